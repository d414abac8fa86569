import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutText } from '../../src/platform/cut-text.ts'

test.each([
  ['abc', 3, 'abc'],
  ['abc', 2, 'ab'],
  ['ab😀', 3, 'ab'],
  ['ab😀', 4, 'ab😀'],
  ['a\uD83Db', 3, 'a\uFFFDb'],
  ['ab\uDE00', 3, 'ab\uFFFD'],
])('%j cut at %i is %j', (text, most, expected) => {
  expect(cutText(text, most)).toBe(expected)
})

test('any text is cut at its limit and whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => {
      const cut = cutText(text, most)
      expect(cut.length).toBeLessThanOrEqual(most)
      expect(cut.isWellFormed()).toBe(true)
      expect(text.toWellFormed().startsWith(cut)).toBe(true)
    }),
  )
})

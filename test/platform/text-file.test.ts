import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeText } from '../../src/platform/text-file.ts'

const utf8 = (text: string) => Buffer.from(text, 'utf8')
const le = (text: string) => Buffer.from(text, 'utf16le')
const be = (text: string) => Buffer.from(text, 'utf16le').swap16()
const text = "curl 'https://p.it/' -H 'Cookie: AGPID_FE=Ab$$; città=sì'"

test.each([
  ['UTF-8', utf8(text)],
  ['UTF-8 with a mark', utf8(`\ufeff${text}`)],
  ['UTF-16, little end first', le(text)],
  ['UTF-16, little end first, with a mark', le(`\ufeff${text}`)],
  ['UTF-16, big end first', be(text)],
  ['UTF-16, big end first, with a mark', be(`\ufeff${text}`)],
])('a file in %s is read', (_, bytes) => {
  expect(decodeText(bytes)).toBe(text)
})

test('any text of ASCII is read in every encoding', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\x20-\x7e\n]{1,50}$/), (any) => {
      for (const encode of [utf8, le, be]) expect(decodeText(encode(any))).toBe(any)
    }),
  )
})

test('any bytes give a text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decodeText(bytes)).toEqual(expect.any(String))
    }),
  )
})

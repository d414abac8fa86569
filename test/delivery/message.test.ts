import fc from 'fast-check'
import type { MessageEntity } from 'grammy/types'
import { describe, expect, test } from 'vitest'
import { button, buttonData, grid, parseButtonData } from '../../src/delivery/button-data.ts'
import { splitMessage } from '../../src/delivery/channels/telegram/split-message.ts'
import { lines, toMessage } from '../../src/delivery/message.ts'

describe('a message too long for Telegram', () => {
  test('is cut at a line, its entities follow, its buttons come last', () => {
    const text = 'prima riga\nseconda riga\nterza'
    const keyboard = [[button('x', 'home')]]
    const entities: MessageEntity[] = [{ type: 'bold', offset: 6, length: 14 }]
    expect(splitMessage({ text, entities, keyboard, silent: true }, 20)).toEqual([
      { text: 'prima riga', entities: [{ type: 'bold', offset: 6, length: 4 }], silent: true },
      {
        text: 'seconda riga\nterza',
        entities: [{ type: 'bold', offset: 0, length: 9 }],
        keyboard,
        silent: true,
      },
    ])
  })

  test('has at most 100 entities a part, and loses none', () => {
    const line = 'dal 10 al 20'
    const text = Array.from({ length: 130 }, () => line).join('\n')
    const entities = Array.from({ length: 130 }, (_, n): MessageEntity[] => [
      { type: 'bold', offset: n * (line.length + 1), length: 3 },
      { type: 'italic', offset: n * (line.length + 1) + 4, length: 2 },
    ]).flat()
    const parts = splitMessage({ text, entities })
    expect(parts.map((part) => part.entities?.length)).toEqual([100, 100, 60])
    expect(parts.map((part) => part.text).join('\n')).toBe(text)
    for (const part of parts)
      for (const { offset, length, type } of part.entities ?? [])
        expect(part.text.slice(offset, offset + length)).toBe(type === 'bold' ? 'dal' : '10')
  })

  test('loses nothing but spaces and line ends, and no part is too long or empty', () => {
    const pieces = fc.array(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', ' ', '👍🏽', 'à')),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(pieces, fc.integer({ min: 4, max: 40 }), (words, max) => {
        const text = words.join('')
        fc.pre(text.trim() !== '')
        const parts = splitMessage({ text }, max)
        for (const part of parts) {
          expect(part.text.length).toBeLessThanOrEqual(max)
          expect(part.text.trim()).not.toBe('')
        }
        const bare = (of: string) => of.replace(/\s/g, '')
        expect(bare(parts.map((part) => part.text).join(''))).toBe(bare(text))
      }),
    )
  })
})

describe('what a button carries', () => {
  test('is read back as it was written', () => {
    const verb = fc.stringMatching(/^[a-z][a-z-]{0,9}$/)
    const args = fc.array(fc.stringMatching(/^[\w.-]{0,9}$/), { maxLength: 4 })
    fc.assert(
      fc.property(verb, args, (of, with_) => {
        expect(parseButtonData(buttonData(of, ...with_))).toEqual({ verb: of, args: with_ })
      }),
    )
  })

  test('never exceeds 64 bytes, and foreign data is not ours', () => {
    expect(() => buttonData('follow', 'x'.repeat(60))).toThrow(RangeError)
    expect(() => buttonData('follow', 'a:b')).toThrow(RangeError)
    for (const data of [
      '',
      'follow:TO',
      '2:follow:TO',
      '1:',
      '1:Follow',
      '1:a:è',
      `1:a:${'b'.repeat(64)}`,
      '1:a\n',
    ]) {
      expect(parseButtonData(data)).toBeNull()
    }
  })

  test('buttons stand in rows, and an empty row is left out', () => {
    const buttons = ['a', 'b', 'c', 'd'].map((text) => button(text, 'home'))
    expect(grid(buttons, 3).map((row) => row.length)).toEqual([3, 1])
    expect(toMessage('x', [[], ...grid(buttons, 2)]).keyboard).toHaveLength(2)
    expect(toMessage('x', [[]])).toEqual({ text: 'x' })
  })
})

test('lines leaves out missing parts and keeps formatting', () => {
  expect(lines('a', null, false, 'b').text).toBe('a\nb')
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  awaitInput,
  type InputOwner,
  openInput,
  readAwaited,
  sealInput,
} from '../../src/chats/awaited-input.ts'
import {
  continuesParts,
  isUnfinished,
  joinParts,
  looksPasted,
  type PastePart,
  partsWith,
} from '../../src/chats/paste-parts.ts'

describe('an awaited input', () => {
  test('is read from the chat row as it was asked for', () => {
    const name = fc.stringMatching(/^[a-z-]{1,20}$/)
    const argument = fc.stringMatching(/^[\w.-]{1,40}$/)
    fc.assert(
      fc.property(name, fc.array(argument, { maxLength: 4 }), (question, args) => {
        expect(readAwaited(awaitInput(question, ...args))).toEqual([question, ...args])
      }),
    )
  })

  test('is nothing for a chat that was asked nothing', () => {
    expect(readAwaited({ awaiting: null })).toEqual([])
  })
})

describe('a sealed argument', () => {
  const owner: InputOwner = {
    keys: ['a key of enough length 0123456789'],
    purpose: 'test',
    userId: 7,
    chatId: 7,
  }
  const shape = z.object({ secret: z.string() })

  test('opens for its owner', async () => {
    const sealed = await sealInput(owner, { secret: 'segreta' })
    expect(sealed).not.toMatch(/segreta|:/)
    expect(await openInput(owner, shape, sealed)).toEqual({ secret: 'segreta' })
  })

  test.each<[string, Partial<InputOwner>]>([
    ['another person', { userId: 8 }],
    ['another chat', { chatId: 8 }],
    ['another purpose', { purpose: 'other' }],
    ['another key', { keys: ['another key of enough length 01234'] }],
  ])('does not open for %s', async (_, other) => {
    const sealed = await sealInput(owner, { secret: 'segreta' })
    expect(await openInput({ ...owner, ...other }, shape, sealed)).toBeNull()
  })

  test.each([undefined, '', 'no seal'])('is null when the row holds %j', async (sealed) => {
    expect(await openInput(owner, shape, sealed)).toBeNull()
  })

  test('is null when it has another shape', async () => {
    expect(await openInput(owner, shape, await sealInput(owner, { secret: 1 }))).toBeNull()
  })
})

describe('the parts of a paste', () => {
  const partOf = (id: number, text: string, date = 0): PastePart => ({ id, text, length: text.length, date })
  /** A command with an open quote, cut after 4,096 characters as Telegram's apps do. */
  const cut = (parts: number) => {
    const text = `curl '${'x'.repeat(4096 * parts - 3000)}'`
    return Array.from({ length: parts }, (_, index) =>
      partOf(index + 1, text.slice(index * 4096, (index + 1) * 4096)),
    )
  }

  test('make one text in whatever order they come', () => {
    const all = cut(4)
    const whole = all.map(({ text }) => text).join('')
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 4 }), (order) => {
        const parts = order.reduce<PastePart[]>((known, part) => partsWith(known, part), [])
        expect(joinParts(parts)).toBe(whole)
        expect(isUnfinished(parts)).toBe(false)
      }),
    )
  })

  test('are unfinished until the last one has come', () => {
    expect(isUnfinished(cut(3).slice(0, 2))).toBe(true)
  })

  test('begin again with a message that does not continue them', () => {
    const short = partOf(1, 'JSESSIONID=1')
    const next = partOf(2, 'JSESSIONID=2')
    expect(partsWith([short], next)).toEqual([next])
  })

  test('begin again when the whole is pasted once more', () => {
    const [first, second] = cut(2) as [PastePart, PastePart]
    const again = cut(2).map((part) => ({ ...part, id: part.id + 10 })) as [PastePart, PastePart]
    expect(partsWith([first], again[0])).toEqual([again[0]])
    expect(joinParts(partsWith([again[0]], again[1]))).toBe(joinParts([first, second]))
  })

  test('a Cookie header that was cut between two cookies is unfinished', () => {
    const header = `Cookie: a=${'x'.repeat(2_500)};`
    expect(isUnfinished([partOf(1, header)])).toBe(true)
    expect(joinParts([partOf(1, header), partOf(2, 'b=2')])).toBe(`${header}\nb=2`)
  })

  test('what an app sends at once is the rest, whatever it says; later it must look like it', () => {
    const part = partOf(1, 'curl', 1_000)
    expect(continuesParts([part], 'abc', 1_001)).toBe(true)
    expect(continuesParts([part], 'abc', 1_030)).toBe(false)
    expect(continuesParts([part], "-H 'accept: x'", 1_030)).toBe(true)
  })

  test('are no more than sixteen', () => {
    expect(isUnfinished(cut(20).slice(0, 16))).toBe(false)
  })
})

describe('a piece of a request or of a key', () => {
  test.each([
    "9f' --compressed",
    ' -H "Accept: text/html"',
    'JSESSIONID=1',
    'Sec-Fetch-Mode: cors',
    'Host: www.passaportonline.poliziadistato.it',
    '&issuer=PoliMi&digits=8',
    'GY3TQOJQGEZDGNBVGY3TQOJQ',
    'GY3TQOJQ',
    'gezd gnbv gy3t qojq',
    'AAAAbbbbCCCCddddEEEEffffGGGG',
    '{"name":"Cookie"}',
    "9'",
    '\\',
  ])('is told from a sentence: %s', (text) => {
    expect(looksPasted(text)).toBe(true)
  })

  test.each([
    'Roma',
    "L'Aquila",
    'L’Aquila',
    "un po' di pazienza, arriva",
    'SIRACUSA',
    'CALTANISSETTA',
    'Roma Pisa Bari',
    'Forlì-Cesena',
    'Reggio nell’Emilia',
    'Friuli-Venezia Giulia',
    "c'è posto a Milano?",
    'dalle 18 alle 20',
    '18:00-20:00',
    'entro il 31/12/2026',
    'scusa, il resto lo mando dopo perché adesso non sono a casa e il computer è spento; va bene lo stesso? grazie',
    '/annulla',
    'sì',
    '',
  ])('is not %s', (text) => {
    expect(looksPasted(text)).toBe(false)
  })
})

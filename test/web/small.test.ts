import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ago } from '../../src/platform/ago.ts'
import { duration } from '../../src/platform/duration.ts'
import { matches } from '../../src/web/etag.ts'
import { acceptedLanguage } from '../../src/web/language.ts'
import { levelOf } from '../../src/web/map/availability.ts'
import { memo } from '../../src/web/memo.ts'
import { sourceOf } from '../../src/web/visitor-limit.ts'

describe('the language of a visit', () => {
  it.each([
    [undefined, 'it'],
    ['', 'it'],
    ['en', 'en'],
    ['en-US,en;q=0.9,it;q=0.8', 'en'],
    ['it-IT,it;q=0.9,en;q=0.8', 'it'],
    ['fr, en;q=0.5', 'en'],
    ['en;q=0.3, it;q=0.7', 'it'],
    ['en;q=0', 'it'],
    ['*', 'it'],
  ] as const)('for Accept-Language %s is %s', (header, language) => {
    expect(acceptedLanguage(header)).toBe(language)
  })

  it('is one of ours for any header', () => {
    fc.assert(fc.property(fc.string(), (header) => ['it', 'en'].includes(acceptedLanguage(header))))
  })
})

describe('times in words', () => {
  it('say how long ago something was', () => {
    expect([0, 12_000, 60_000, 7_200_000, 86_400_000].map((ms) => ago('it', ms))).toEqual([
      'ora',
      '12 secondi fa',
      '1 minuto fa',
      '2 ore fa',
      'ieri',
    ])
  })

  it('say how long something took', () => {
    expect([30_000, 90_000, 3 * 3_600_000, 3 * 86_400_000].map((ms) => duration('en', ms))).toEqual([
      '30 seconds',
      '2 minutes',
      '3 hours',
      '3 days',
    ])
  })
})

describe('If-None-Match', () => {
  it('is met by the same tag, weak or in a list, and by a star', () => {
    expect(['"a"', 'W/"a"', '"b", "a"', '*'].map((header) => matches(header, '"a"'))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect([undefined, '', '"b"', 'a'].map((header) => matches(header, '"a"'))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('the level of a province', () => {
  it('needs somebody who follows it and a reading of the last ten minutes', () => {
    const at = (watched: boolean, lastReadAt: number | null, places: number) =>
      levelOf({ watched, lastReadAt, places }, 1_000_000)
    expect([at(false, 999_000, 5), at(true, null, 5), at(true, 399_999, 5)]).toEqual([
      'unwatched',
      'stale',
      'stale',
    ])
    expect([at(true, 400_000, 0), at(true, 400_000, 9), at(true, 400_000, 10)]).toEqual([
      'none',
      'few',
      'many',
    ])
  })
})

describe('the memory of a page', () => {
  it('reads again after a while, keeps no failure, and forgets the oldest when full', async () => {
    const remember = memo<number>(100, 2)
    let reads = 0
    const read = async () => ++reads
    const keep = () => undefined
    expect(await remember('a', 0, read, keep)).toBe(1)
    expect(await remember('a', 99, read, keep)).toBe(1)
    expect(await remember('a', 100, read, keep)).toBe(2)
    await expect(remember('b', 100, () => Promise.reject(new Error('away')), keep)).rejects.toThrow('away')
    expect(await remember('b', 100, read, keep)).toBe(3)
    expect(await remember('c', 100, read, keep)).toBe(4)
    expect(await remember('a', 101, read, keep)).toBe(5)
  })

  it('is read once for all who come at the same moment', async () => {
    const remember = memo<number>(100, 2)
    let reads = 0
    const read = async () => ++reads
    const visits = Array.from({ length: 10_000 }, () => remember('a', 0, read, () => undefined))
    expect(new Set(await Promise.all(visits))).toEqual(new Set([1]))
    expect(reads).toBe(1)
  })
})

describe('a source of requests', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:7:7::1', '2001:db8:7:7'],
    ['2001:DB8:0007:7:ffff:1:2:3', '2001:db8:7:7'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::ffff:c000:201', '0:0:0:0'],
    ['2001:db8:7:7::', '2001:db8:7:7'],
  ])('of %s is %s', (address, source) => {
    expect(sourceOf(address)).toBe(source)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chatInterval, OPEN_EACH } from '../../src/delivery/channels/telegram/telegram-channel.ts'
import { Pacer, resumePacing } from '../../src/delivery/pacing.ts'
import { RateLimiter } from '../simulators/telegram/limits.ts'
import { broadcast } from './broadcast.ts'
import { fixedWindow, type Limiter, slidingWindow, tokenBucket } from './limiters.ts'

const NOW = 1_800_000_000_000

const believing28 = () => resumePacing(undefined, 28, 0)
/** The simulator's own limiter: a breach closes everything for three seconds, and asking meanwhile makes it longer. */
function withPenalty(globalPerSecond: number, globalWindow: 'bucket' | 'sliding'): Limiter {
  const limiter = new RateLimiter({ globalPerSecond, globalWindow })
  let chatId = 0
  return (now) => limiter.admit(++chatId, false, now) ?? null
}
/** Kinds of limit, and how much longer than it must a broadcast under each may take. */
const kinds: Record<string, { of: (perSecond: number) => Limiter; ratio: number }> = {
  'any one second': { of: (perSecond) => slidingWindow(perSecond), ratio: 1.045 },
  'the seconds of its clock': { of: (perSecond) => fixedWindow(perSecond), ratio: 1.045 },
  'a bucket of one second': { of: (perSecond) => tokenBucket(perSecond, perSecond), ratio: 1.015 },
  'a bucket of two seconds': { of: (perSecond) => tokenBucket(perSecond, 2 * perSecond), ratio: 1.015 },
  'a bucket, with long pauses': { of: (perSecond) => withPenalty(perSecond, 'bucket'), ratio: 1.03 },
  'any one second, with long pauses': { of: (perSecond) => withPenalty(perSecond, 'sliding'), ratio: 1.06 },
}

describe.each([20, 25, 28, 30, 60])(
  'a broadcast of 30,000 that believes in 28 a second, where %i are allowed',
  (allowed) => {
    test.each(Object.entries(kinds))(
      'by %s, takes hardly longer than it must, with hardly a 429',
      (_, { of, ratio }) => {
        for (const seed of [1, 2, 3]) {
          const { ms, limited } = broadcast(of(allowed), 30_000, believing28(), { seed })
          expect(ms / (30_000 / allowed) / 1_000).toBeLessThanOrEqual(ratio)
          expect(limited / 30).toBeLessThanOrEqual(2)
        }
      },
    )
  },
)

describe.each([
  [300, 6],
  [1_000, 18],
])('a paid broadcast of a minute at %i a second by %i senders', (allowed, senders) => {
  const several = { maxOpen: senders * OPEN_EACH, oneWayMs: 40 }
  test.each(Object.entries(kinds))('limited by %s, takes hardly longer than it must', (_, { of }) => {
    const messages = allowed * 60
    const { ms, limited } = broadcast(of(allowed), messages, resumePacing(undefined, allowed, 0), several)
    expect(ms / (messages / allowed) / 1_000).toBeLessThanOrEqual(1.09)
    // At each of the few 429s, what is under way is rejected too.
    expect(limited).toBeLessThanOrEqual(3 * senders * OPEN_EACH)
  })
})

test('a bucket is known for one after two 429s, and served to within half a percent', () => {
  const { state } = broadcast(tokenBucket(25, 25), 3_000, believing28())
  expect(state.refills).toBe(true)
  expect(state.rate).toBeGreaterThan(24.8)
  expect(state.rate).toBeLessThan(25)
})

test('the next broadcast uses the learned rate: no 429 at its beginning', () => {
  const first = broadcast(slidingWindow(25), 3_000, believing28())
  const saved = { ...first.state, pausedUntil: 0 }
  const next = broadcast(slidingWindow(25), 500, resumePacing(saved, 28, saved.limitedAt ?? 0), {
    startAt: 9_000_000,
  })
  expect(next.limited).toBe(0)
})

test('a limit raised meanwhile is found: from 25 to 60 within a long broadcast', () => {
  const low = slidingWindow(25)
  const high = slidingWindow(60)
  const { state } = broadcast((now) => (now < 1_100_000 ? low(now) : high(now)), 60_000, believing28())
  expect(state.ceiling).toBeGreaterThan(54)
})

test('after a stall the pacer catches up where the limit refills, and hardly otherwise', () => {
  const sentAfterStall = (refills: boolean) => {
    const pacer = new Pacer({ ...believing28(), ceiling: 28, refills })
    pacer.reserve(0)
    let sent = 0
    while (pacer.reserve(400) === 0) sent++
    return sent
  }
  expect(sentAfterStall(true)).toBeGreaterThanOrEqual(11)
  expect(sentAfterStall(false)).toBeLessThanOrEqual(3)
})

test('a 429 pauses everybody for as long as it says, and no second one under way lengthens what it teaches', () => {
  const pacer = new Pacer(believing28())
  for (let n = 0; n < 40; n++) {
    pacer.reserve(n * 36)
    pacer.accepted(n * 36, n * 36 + 60)
  }
  pacer.limited(1_440, 1_500, 7_000)
  const { ceiling } = pacer.state
  expect(pacer.reserve(1_500)).toBe(7_000)
  pacer.limited(1_476, 1_540, 7_000)
  expect(pacer.state.ceiling).toBe(ceiling)
  expect(pacer.reserve(8_540)).toBe(0)
})

test('a 429 in scarce traffic, about one chat, leaves the rate of all as it is', () => {
  const pacer = new Pacer(believing28())
  for (const at of [0, 5_000, 10_000]) {
    pacer.reserve(at)
    pacer.accepted(at, at + 60)
  }
  pacer.reserve(15_000)
  pacer.limited(15_000, 15_060, 2_000)
  expect(pacer.state).toMatchObject({ ceiling: null, pausedUntil: 17_060 })
  expect(pacer.state.rate).toBeGreaterThanOrEqual(28)
})

test('a state of an older version, of another configured rate or too old is not believed; its pause is', () => {
  const older = { rate: 5, ceiling: 5, pausedUntil: 99 }
  expect(resumePacing(older, 28, 0)).toMatchObject({ rate: 28, ceiling: null, pausedUntil: 99 })
  const saved = { ...believing28(), rate: 5, ceiling: 5, limitedAt: 1_000 }
  expect(resumePacing(saved, 500, 2_000)).toMatchObject({ rate: 500, ceiling: null })
  expect(resumePacing(saved, 28, 2_000)).toMatchObject({ rate: 5, ceiling: 5 })
  expect(resumePacing(saved, 28, 24 * 3_600_000)).toMatchObject({ rate: 28, ceiling: null })
})

test('whatever Telegram answers, the rate stays within bounds and a pause is kept', () => {
  const answer = fc.record({
    after: fc.integer({ min: 0, max: 3_000 }),
    took: fc.integer({ min: 0, max: 10_000 }),
    retryAfter: fc.option(fc.integer({ min: 1, max: 60_000 })),
  })
  fc.assert(
    fc.property(
      fc.array(answer, { maxLength: 200 }),
      fc.integer({ min: 1, max: 1_000 }),
      (answers, configured) => {
        const pacer = new Pacer(resumePacing(undefined, configured, 0))
        let now = 0
        for (const { after, took, retryAfter } of answers) {
          now += after
          const before = pacer.state.pausedUntil
          const wait = pacer.reserve(now)
          expect(wait).toBeGreaterThanOrEqual(0)
          if (now < before) expect(wait).toBe(before - now)
          if (retryAfter === null) pacer.accepted(now, now + took)
          else pacer.limited(now, now + took, retryAfter)
          expect(pacer.state.rate).toBeGreaterThanOrEqual(0.5)
          expect(pacer.state.rate).toBeLessThanOrEqual(1_000)
          expect(pacer.state.pausedUntil).toBeGreaterThanOrEqual(before)
        }
      },
    ),
  )
})

test('groups take twenty a minute, everybody else one a second', () => {
  expect([chatInterval(7), chatInterval(-7)]).toEqual([1_000, 3_000])
})

test.each([
  ['the schedule of the run before is kept', 40, 40],
  ['a schedule from a clock that was ahead is not', 3_600_000, 0],
])('%s', (_, ahead, wait) => {
  const state = resumePacing({ configured: 25, nextAt: NOW + ahead }, 25, NOW)
  expect(new Pacer(state).reserve(NOW)).toBe(wait)
})

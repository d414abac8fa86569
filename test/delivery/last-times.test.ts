import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LastTimes } from '../../src/delivery/last-times.ts'

test('a share of the last times is what it is after sorting them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 1e4, noNaN: true }))),
      fc.integer({ min: 1, max: 8 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (times, kept, share) => {
        const last = new LastTimes(kept)
        for (const ms of times) last.add(ms)
        const sorted = times.slice(-kept).toSorted((a, b) => a - b)
        expect(last.count).toBe(sorted.length)
        expect(last.at(share)).toBe(sorted[Math.floor(sorted.length * share)] ?? 0)
      },
    ),
  )
})

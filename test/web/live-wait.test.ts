import { expect, test } from 'vitest'
import { nextWait } from '../../src/web/client/live-wait.ts'

const FIRST = 1_500

/** Readings within some milliseconds of a page to which nothing happens. */
function readings(within: number): number {
  let wait = FIRST
  let count = 0
  for (let at = wait; at <= within; at += wait) {
    count += 1
    wait = nextWait(wait, false, FIRST)
  }
  return count
}

test('a page on which nothing happens is read less and less often, and never left alone', () => {
  expect(readings(10_000)).toBeLessThanOrEqual(5)
  // A request waits for hours until its booking opens: every 1.5 s that was 2,400 readings an hour.
  expect(readings(3_600_000)).toBeLessThan(130)
  expect(nextWait(30_000, false, FIRST)).toBe(30_000)
})

test('a change makes it quick again', () => {
  for (const wait of [FIRST, 10_000, 30_000]) expect(nextWait(wait, true, FIRST)).toBe(FIRST)
})

test('a page that asks for a slow pace keeps it', () => {
  expect(nextWait(60_000, false, 60_000)).toBe(60_000)
})

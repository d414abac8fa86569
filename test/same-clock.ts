import { afterAll } from 'vitest'
import { clockShiftSeconds, moveClock } from '../scripts/local/clock.ts'

/** A process runs many files: one that moves the clock and leaves it there would send the next ones to another day. */
const before = clockShiftSeconds()
afterAll(() => {
  const moved = clockShiftSeconds() - before
  moveClock(-moved)
  if (moved !== 0) throw new Error(`This file moved the clock by ${moved} s and did not put it back.`)
})

/**
 * The clock of this process and of every process that it starts. `TEST_NOW=2027-03-28T00:30+01:00` begins at that
 * instant, `CLOCK_SHIFT_SECONDS=3600` an hour ahead; time passes as usual from there. Imported before anything
 * reads the time.
 */
import { describeError } from '../../src/platform/log.ts'
import {
  addDays,
  dayOfWeek,
  FURTHEST_SHIFT_SECONDS,
  type RomeTime,
  romeDate,
  romeInstant,
  SECOND,
} from '../../src/platform/time.ts'
import { shiftDate } from './shift-date.ts'

/**
 * How far the environment wants the clock to be moved, in seconds. `CLOCK_SHIFT_SECONDS` wins: a process that was
 * started with `TEST_NOW` passes it on to those that it starts itself.
 * @param now the real time, epoch ms
 * @throws Error with a sentence for the person who set it
 */
export function clockShiftOf(env: NodeJS.ProcessEnv, now: number): number {
  const { CLOCK_SHIFT_SECONDS: given, TEST_NOW: wanted } = env
  if (!given && !wanted) return 0
  if (!given && !/(?:Z|[+-]\d\d:\d\d)$/.test(wanted ?? '')) {
    throw new Error(`TEST_NOW should be an instant like 2027-03-28T00:30+01:00, not "${wanted}".`)
  }
  const seconds = given ? Number(given) : Math.round((Date.parse(wanted ?? '') - now) / SECOND)
  if (!Number.isInteger(seconds) || Math.abs(seconds) > FURTHEST_SHIFT_SECONDS) {
    const [name, value] = given ? ['CLOCK_SHIFT_SECONDS', given] : ['TEST_NOW', wanted]
    throw new Error(`${name} should be at most twenty years away, not "${value}".`)
  }
  return seconds
}

/** Whole seconds from an instant (epoch ms) to the next day of the week (1 = Monday) at a time in Rome. */
export function secondsUntil(day: number, time: RomeTime, now: number): number {
  const today = romeDate(now)
  const daysAhead = (day - dayOfWeek(today) + 7) % 7
  const at = romeInstant(addDays(today, daysAhead), time)
  return Math.ceil(((at > now ? at : romeInstant(addDays(today, daysAhead + 7), time)) - now) / SECOND)
}

/**
 * Kept in the realm, because a test runner evaluates this module several times in one process and the clock must
 * move once.
 */
const realm = globalThis as { sportelloClockShift?: number }

/** How far this process's clock is moved, in whole seconds. */
export const clockShiftSeconds = (): number => realm.sportelloClockShift ?? 0

/** Moves the clock of this process, and of what it starts from now on, by whole seconds. */
export function moveClock(seconds: number): void {
  realm.sportelloClockShift = clockShiftSeconds() + seconds
  if (seconds === 0) return
  process.env.CLOCK_SHIFT_SECONDS = String(realm.sportelloClockShift)
  shiftDate(seconds * SECOND)
}

if (realm.sportelloClockShift === undefined) {
  try {
    moveClock(clockShiftOf(process.env, Date.now()))
  } catch (error) {
    console.error(describeError(error).replace(/^\w*Error: /, ''))
    process.exit(1)
  }
}

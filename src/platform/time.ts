import { Temporal } from 'temporal-polyfill'

/** The one zone of the portal, of Sportrick and of every time shown to a person. */
export const ROME = 'Europe/Rome'

/** A calendar day in Rome, `YYYY-MM-DD`. */
export type RomeDate = string
/** A wall-clock time in Rome, `HH:MM`. */
export type RomeTime = string

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Reads the time and waits. Entry points pass the system clock, tests their own. */
export interface Clock {
  /** Now, in epoch milliseconds UTC. */
  now(): number
  /** Resolves after `ms` milliseconds (at once when not positive). */
  sleep(ms: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms))),
}

/** How far the local runtime may move a clock, s: twenty years, so that states and tests of any age can be tried. */
export const FURTHEST_SHIFT_SECONDS = 20 * 31_557_600

/** The system clock plus some milliseconds: for the playground's "jump to 8:56". */
export const shiftedClock = (shiftMs: number): Clock =>
  shiftMs === 0 ? systemClock : { now: () => Date.now() + shiftMs, sleep: systemClock.sleep }

const inRome = (instant: number) => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(ROME)

/** The Rome day on which an instant (epoch ms UTC) falls. */
export const romeDate = (instant: number): RomeDate => inRome(instant).toPlainDate().toString()

/** The Rome wall-clock time (`HH:MM`) of an instant (epoch ms UTC). */
export const romeTime = (instant: number): RomeTime =>
  inRome(instant).toPlainTime().toString({ smallestUnit: 'minute' })

/** The Rome wall-clock time of an instant (epoch ms UTC) with its seconds, `HH:MM:SS`. */
export const romeTimeInSeconds = (instant: number): string =>
  inRome(instant).toPlainTime().toString({ smallestUnit: 'second' })

/**
 * The instant (epoch ms UTC) at which Rome's clocks show `date` `time`. In the hour that March skips it is the
 * instant after the jump; in the hour that October repeats it is the first of the two.
 * @throws RangeError when date or time is not a real one.
 */
export const romeInstant = (date: RomeDate, time: RomeTime): number =>
  Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: ROME, plainTime: Temporal.PlainTime.from(time) })
    .epochMilliseconds

/** `date` moved by a number of days (negative: back). */
export const addDays = (date: RomeDate, days: number): RomeDate =>
  Temporal.PlainDate.from(date).add({ days }).toString()

/** Day of the week of a Rome day, 1 = Monday … 7 = Sunday (ISO 8601). */
export const dayOfWeek = (date: RomeDate): number => Temporal.PlainDate.from(date).dayOfWeek

/** Hours in a week of Rome's clocks. */
export const HOURS_OF_WEEK = 168

/** The hour of the week in which an instant (epoch ms UTC) falls by Rome's clocks, 0 to 167; 0 is Monday at midnight. */
export const romeHourOfWeek = (instant: number): number => {
  const { dayOfWeek, hour } = inRome(instant)
  return (dayOfWeek - 1) * 24 + hour
}

/** A Rome day as Italians write it, `19/12/2023`. */
export const italianDate = (date: RomeDate): string => date.split('-').reverse().join('/')

/** True for a real day written `YYYY-MM-DD`. */
export function isRomeDate(text: string): text is RomeDate {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** True for a wall-clock time written `HH:MM`, 00:00 to 23:59. */
export const isRomeTime = (text: string): text is RomeTime => /^([01]\d|2[0-3]):[0-5]\d$/.test(text)

import { addDays, HOUR, MINUTE, romeDate, romeInstant, romeTime } from '../platform/time.ts'

/** Hours before a class at which the question is asked, and by which the answer must come. */
export const confirmChoices: readonly number[] = [3, 6, 12, 24, 36]
export const deadlineChoices: readonly number[] = [0.5, 1, 2, 4]

/** When a question is asked and until when it waits for an answer, epoch ms. */
export interface QuestionTimes {
  askAt: number
  deadline: number
}

/** Waking hours, Rome time: other hours do not count as time to answer. */
const WAKING = { from: '08:00', to: '22:00' }
/** The latest time of a question in the evening: an hour is left before the night. */
const LAST_ASKED = '21:00'
/** A person has this much waking time to answer before a booking is cancelled. */
const TIME_TO_ANSWER = 30 * MINUTE
/** The latest deadline is this long before the class. */
const LAST_ANSWER = 15 * MINUTE
/** "Ask, then book" asks this long before the class, or before the end of the watch. */
const ASK_FIRST_LEAD = HOUR
/** A question whether to book is not asked when it would wait less than this. */
const WORTH_ASKING = 5 * MINUTE

/** True when a person may be asked at that instant. */
const isAskable = (instant: number): boolean => {
  const time = romeTime(instant)
  return time >= WAKING.from && time <= LAST_ASKED
}

/** Moves an instant out of the night, to the evening before. */
export function awake(instant: number): number {
  if (isAskable(instant)) return instant
  const evening = romeTime(instant) > LAST_ASKED ? romeDate(instant) : addDays(romeDate(instant), -1)
  return romeInstant(evening, LAST_ASKED)
}

/** Moves an instant out of the night, to the morning after. */
function nextAskable(instant: number): number {
  if (isAskable(instant)) return instant
  const morning = romeTime(instant) > LAST_ASKED ? addDays(romeDate(instant), 1) : romeDate(instant)
  return romeInstant(morning, WAKING.from)
}

/** The instant at which `ms` of waking time have passed since a waking instant. All epoch ms. */
function afterWaking(since: number, ms: number): number {
  let at = since
  for (let left = ms; ; ) {
    const evening = romeInstant(romeDate(at), WAKING.to)
    if (evening - at >= left) return at + left
    left -= evening - at
    at = nextAskable(evening)
  }
}

/**
 * When to ask whether to keep a booking. A late alarm or a late booking postpones the question, and its deadline as far
 * as needed: there is always half an hour of waking time to answer, an hour before a night.
 * @returns null when there is no such time left: the booking is kept
 */
export function keepQuestion(
  starts: number,
  hours: { confirmHours: number; deadlineHours: number },
  now: number,
): QuestionTimes | null {
  const askAt = nextAskable(Math.max(now, awake(starts - hours.confirmHours * HOUR)))
  const answerable = afterWaking(askAt, TIME_TO_ANSWER)
  const deadline = Math.max(starts - hours.deadlineHours * HOUR, answerable)
  const last = starts - LAST_ANSWER
  return answerable <= last ? { askAt, deadline: Math.min(deadline, last) } : null
}

/**
 * When to ask whether to book a class: one hour before it, or before its watch ends, by day.
 * @param watchHours how many hours before the class a watch on it ends; 0: none is wanted
 * @returns null when there is no time left to ask: the occurrence counts as missed
 */
export function bookQuestion(starts: number, now: number, watchHours = 0): QuestionTimes | null {
  const askAt = nextAskable(Math.max(now, awake(starts - watchHours * HOUR - ASK_FIRST_LEAD)))
  const deadline = starts - LAST_ANSWER
  return deadline - askAt >= WORTH_ASKING ? { askAt, deadline } : null
}

import { addDays, HOUR, MINUTE, romeDate, romeInstant, romeTime } from '../platform/time.ts'

/** Hours before a class at which the question may be asked, and at which the answer must have come. */
export const confirmChoices: readonly number[] = [3, 6, 12, 24, 36]
export const deadlineChoices: readonly number[] = [0.5, 1, 2, 4]

/** When a question is asked and until when it waits for an answer, epoch ms. */
export interface QuestionTimes {
  askAt: number
  deadline: number
}

/** Nobody is asked between these Rome times: they would lose the place asleep. Asked in the evening before instead. */
const NIGHT = { from: '22:00', to: '08:00', askAt: '21:00' }
/** A question waits at least this long, however late it was asked. */
const MIN_WAIT = 30 * MINUTE
/** The last answer that can still be acted upon comes this long before the class. */
const LAST_ANSWER = 15 * MINUTE
/** "Ask, then book" asks this long before the class. */
const ASK_FIRST_LEAD = HOUR
/** A question that would wait less than this is not asked. */
const WORTH_ASKING = 5 * MINUTE

/** An instant moved out of the night, to the evening before it. */
export function awake(instant: number): number {
  const time = romeTime(instant)
  if (time >= NIGHT.to && time < NIGHT.from) return instant
  const evening = time >= NIGHT.from ? romeDate(instant) : addDays(romeDate(instant), -1)
  return romeInstant(evening, NIGHT.askAt)
}

/**
 * When to ask whether a booking made shall be kept. A late alarm or a late booking moves the question, and its
 * deadline as far as needed.
 * @returns null when there is no time left to ask: the booking is kept
 */
export function keepQuestion(
  starts: number,
  hours: { confirmHours: number; deadlineHours: number },
  now: number,
): QuestionTimes | null {
  const askAt = Math.max(now, awake(starts - hours.confirmHours * HOUR))
  const deadline = Math.min(
    Math.max(starts - hours.deadlineHours * HOUR, askAt + MIN_WAIT),
    starts - LAST_ANSWER,
  )
  return deadline - askAt >= WORTH_ASKING ? { askAt, deadline } : null
}

/**
 * When to ask whether a class shall be booked: one hour before it.
 * @returns null when there is no time left to ask: the occurrence is skipped
 */
export function bookQuestion(starts: number, now: number): QuestionTimes | null {
  const askAt = Math.max(now, starts - ASK_FIRST_LEAD)
  const deadline = starts - LAST_ANSWER
  return deadline - askAt >= WORTH_ASKING ? { askAt, deadline } : null
}

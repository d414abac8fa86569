import { SECOND } from '../../platform/time.ts'
import { bookedAmong, type IsBooked } from '../booked-classes.ts'
import type { AskOwn } from './ask-student.ts'

/** The longest wait for a reading of the schedule, ms. */
const READING_PATIENCE = 8 * SECOND

/** The classes that a person has booked; none when their object does not answer. */
export async function bookedClasses(ask: AskOwn): Promise<IsBooked> {
  const bookings = await ask((student) => student.bookings())
  return bookedAmong(bookings.ok ? bookings.value : [])
}

/**
 * Reads the schedule with a person's own session, if they agreed to that, and waits for it at most some seconds.
 * @param keepAlive lets a longer reading end after the answer
 */
export async function readScheduleAndWait(
  ask: AskOwn,
  keepAlive: (reading: Promise<unknown>) => void,
): Promise<void> {
  const reading = ask(async (student) => ({ ok: true, value: await student.refreshSchedule(false) }))
  keepAlive(reading)
  await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, READING_PATIENCE))])
}

import { and, asc, eq, isNotNull, lt, sql } from 'drizzle-orm'
import type { BookingEnv } from './bindings.d.ts'
import { connect } from './db/database.ts'
import { saveTally } from './db/metrics.ts'
import { students } from './db/schema/sport.ts'
import { tally } from './db/tally.ts'
import { runSteps } from './platform/attempt.ts'
import { readConfig } from './platform/config.ts'
import { describeError, log } from './platform/log.ts'
import { MINUTE, romeTime, SECOND, shiftedClock } from './platform/time.ts'
import { coursesAreStale, READ_FROM } from './sport/course-store.ts'
import { eraseWaiting } from './sport/erasures.ts'

export { Student } from './sport/student/student.ts'

/** The cron that wakes objects, as in booking.wrangler.toml; the other one is for the schedule. */
const SWEEP = '*/10 * * * *'
/** An object whose timer is this late has lost its alarm. */
const OVERDUE = 2 * MINUTE
const MAX_WOKEN = 200
const MAX_ASKED = 10

const studentOf = (env: BookingEnv, userId: number) =>
  env.STUDENTS.get(env.STUDENTS.idFromName(String(userId)), { locationHint: 'weur' })

/** Wakes the objects whose next timer is overdue. */
async function wakeOverdue(env: BookingEnv, now: number): Promise<void> {
  const late = await connect(env.DB)
    .select({ userId: students.userId })
    .from(students)
    .where(and(isNotNull(students.nextTimerAt), lt(students.nextTimerAt, now - OVERDUE)))
    .orderBy(asc(students.nextTimerAt))
    .limit(MAX_WOKEN)
  const results = await Promise.allSettled(late.map(({ userId }) => studentOf(env, userId).wake()))
  const failed = results.filter(({ status }) => status === 'rejected').length
  if (late.length > 0) log('info', 'students-woken', { woken: late.length, failed })
}

/** Erases the objects that could not be reached when their people deleted everything. */
async function eraseOverdue(env: BookingEnv): Promise<void> {
  const outcome = await eraseWaiting(connect(env.DB), async (userId, since) => {
    try {
      return (await studentOf(env, userId).deleteEverything(since)).ok
    } catch (error) {
      log('warn', 'erasure-failed', { error: describeError(error) })
      return false
    }
  })
  if (outcome.erased + outcome.waiting > 0) log('info', 'objects-erased', outcome)
}

/**
 * Refreshes the week's schedule when it was last read before 06:00 (Rome). Asks objects of students who agreed, in turn, the one
 * asked least recently first, until one succeeds. Each attempt is recorded, so that a student whose session fails is
 * asked last next time.
 * @param mayLogIn when no student has a live session, log in with a browser
 */
async function refreshCourses(env: BookingEnv, now: number, mayLogIn: boolean): Promise<void> {
  const db = connect(env.DB)
  if (!(await coursesAreStale(db, now))) return
  const asked = await db
    .select({ userId: students.userId })
    .from(students)
    .where(eq(students.sharesSchedule, true))
    .orderBy(sql`coalesce(${students.lastAskedAt}, 0)`, students.userId)
    .limit(MAX_ASKED)
  for (const browser of mayLogIn ? [false, true] : [false])
    for (const { userId } of asked) {
      await db.update(students).set({ lastAskedAt: now }).where(eq(students.userId, userId))
      const problem = await studentOf(env, userId)
        .refreshSchedule(browser)
        .catch((error: unknown) => describeError(error))
      log('info', 'courses-read', { problem })
      if (problem === null) return
    }
}

export default {
  async scheduled({ cron, scheduledTime }, env) {
    const shift = readConfig(env, ['CLOCK_SHIFT_SECONDS']).CLOCK_SHIFT_SECONDS * SECOND
    const clock = shiftedClock(shift)
    const startedAt = clock.now()
    const due = scheduledTime + shift
    const atSix = romeTime(due) === READ_FROM
    // Both crons fire at 06:00: the sweep leaves the refresh to the daily one.
    const refreshes = atSix !== (cron === SWEEP)
    try {
      await runSteps({
        ...(cron === SWEEP && { wake: () => wakeOverdue(env, due), erase: () => eraseOverdue(env) }),
        ...(refreshes && { refresh: () => refreshCourses(env, due, atSix) }),
      })
    } finally {
      const now = clock.now()
      tally.add('cron', 1, now - startedAt)
      await saveTally(connect(env.DB), now)
    }
  },
} satisfies ExportedHandler<BookingEnv>

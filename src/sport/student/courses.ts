import { addDays, romeDate } from '../../platform/time.ts'
import { coursesAreStale, DAYS_READ, writeCourses } from '../course-store.ts'
import type { ClassSlot, SiteReason } from '../site/site-model.ts'
import { openSession } from './session.ts'
import type { Errand } from './work.ts'

/** Why a volunteer could not read the schedule: the site's reason, no session, or a week without any class. */
export type NotRead = SiteReason | 'session-needed' | 'not-linked' | 'empty'

/**
 * Reads the week's schedule with this student's session and writes it to D1 for everybody.
 * @param browser whether it may log in when the session is dead
 * @returns null when it was read and written
 */
export async function readCourses(errand: Errand, browser: boolean): Promise<NotRead | null> {
  const { desk } = errand
  const opened = await openSession(errand, browser)
  if (!opened.ok) return opened.why === 'failure' ? opened.failure.reason : opened.why
  const activities = await errand.inside('activities', (session) => desk.site.activities(session))
  if (!activities.ok) return activities.failure.reason
  const now = desk.clock.now()
  const slots: ClassSlot[] = []
  for (const activity of activities.value)
    for (let day = 0; day < DAYS_READ; day++) {
      const date = addDays(romeDate(now), day)
      const read = await errand.inside('schedule', (session) => desk.site.schedule(session, activity, date))
      if (!read.ok) return read.failure.reason
      slots.push(...read.value.slots)
    }
  if (slots.length === 0) return 'empty'
  await writeCourses(desk.d1, slots, now)
  return null
}

/** After linking: the schedule is read at once when nobody read it today. */
export async function firstCourses(errand: Errand): Promise<void> {
  if (await coursesAreStale(errand.desk.d1, errand.desk.clock.now())) await readCourses(errand, false)
}

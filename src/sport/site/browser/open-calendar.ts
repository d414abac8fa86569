import { BOOKING_PAGE } from '../booking-page.ts'
import type { SiteResult, SiteSession } from '../site-model.ts'
import { ok } from '../site-result.ts'
import { type BrowserKit, htmlOfPage, open, type Visit, withPage } from './browser-visit.ts'

/** An activity's calendar, path and query. */
export const calendarPath = (activityId: string) =>
  `${BOOKING_PAGE}/BookActivity?activityId=${activityId}&activityFlags=Classes`

/** Opens an activity's calendar and waits until it is there. */
export async function openCalendar(visit: Visit, activityId: string): Promise<void> {
  await open(visit, calendarPath(activityId))
  const { page, broken } = visit
  const there = async () => {
    await page.locator('#booking-calendar').waitFor({ state: 'attached' })
    await page.locator('.day-schedule-label').first().waitFor({ state: 'attached' })
  }
  await Promise.race([there(), broken])
}

/** The HTML of an activity's calendar, once it has appeared. */
export const calendarHtml = (
  kit: BrowserKit,
  session: SiteSession,
  activityId: string,
): Promise<SiteResult<string>> =>
  withPage(kit, session, async (visit) => {
    await openCalendar(visit, activityId)
    return ok(await htmlOfPage(visit.page))
  })

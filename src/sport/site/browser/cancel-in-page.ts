import type { Page } from '@cloudflare/playwright'
import { italianDate } from '../../../platform/time.ts'
import { BOOKING_PAGE } from '../booking-page.ts'
import { sameBooking } from '../class-key.ts'
import type { SiteBooking, SiteResult, SiteSession } from '../site-model.ts'
import { readBookings } from '../site-pages.ts'
import { fail, ok } from '../site-result.ts'
import {
  alertsOf,
  type BrowserKit,
  htmlOfPage,
  open,
  readSentence,
  type Visit,
  withPage,
} from './browser-visit.ts'

/** A dialog's button, which some themes write as a link. */
const choice = (page: Page, name: RegExp) =>
  page.getByRole('button', { name }).or(page.getByRole('link', { name })).filter({ visible: true }).first()

async function clickThrough(visit: Visit, booking: SiteBooking): Promise<SiteResult<null>> {
  const { page, broken } = visit
  await open(visit, BOOKING_PAGE)
  const before = readBookings(await htmlOfPage(page))
  if (!before.ok) return before
  const place = before.value.findIndex((entry) => sameBooking(entry, booking))
  const when = `${italianDate(booking.date)} ${booking.start}`
  if (place < 0) return fail('booking-not-found', `the list has no booking on ${when}`)

  await page.locator('#event-repository .event-main-block').nth(place).locator('button.btn-delete').click()
  const yes = choice(page, /^\s*s[iìí]\s*$/i)
  await Promise.race([yes.waitFor(), broken])
  visit.commit()
  await yes.click()
  const done = choice(page, /^\s*ok\s*$/i)
  await Promise.race([done.waitFor(), broken])
  const alerts = alertsOf(page)
  const message = (await alerts.count()) > 0 ? await readSentence(alerts.first()) : ''
  await done.click()

  await open(visit, BOOKING_PAGE)
  const after = readBookings(await htmlOfPage(page))
  if (!after.ok) return fail('answer-lost', `cancelled, but the list cannot be read: ${after.failure.detail}`)
  return after.value.some((entry) => sameBooking(entry, booking))
    ? fail('refused', `the booking on ${when} is still in the list`, message ? { message } : {})
    : ok(null)
}

/** Cancels through the page: the card's button, "Sì", "Ok"; `ok` only when the list no longer shows the booking. */
export const cancelInPage = (
  kit: BrowserKit,
  session: SiteSession,
  booking: SiteBooking,
): Promise<SiteResult<null>> => withPage(kit, session, (visit) => clickThrough(visit, booking))

import type { Locator, Page } from '@cloudflare/playwright'
import { romeInstant } from '../../../platform/time.ts'
import { BOOKING_PAGE } from '../booking-page.ts'
import { bookingKey, findBooking, sameBooking } from '../class-key.ts'
import { classifyRejection } from '../rejection.ts'
import { saysBooked } from '../rejection-words.ts'
import type { ClassSlot, SiteResult, SiteSession } from '../site-model.ts'
import { dayTitle, readBookings, readColumn } from '../site-pages.ts'
import { fail, ok } from '../site-result.ts'
import { parsePage } from '../site-text.ts'
import {
  alertsOf,
  type BrowserKit,
  htmlOf,
  htmlOfPage,
  isTimeout,
  open,
  readSentence,
  readText,
  Stop,
  type Visit,
  withPage,
} from './browser-visit.ts'
import { openCalendar } from './open-calendar.ts'

/** How many days on the calendar may be moved. */
const MAX_MOVES = 14

/** The day's title in the part of the calendar that shows, moving on day by day until it is there. */
async function showDay(page: Page, date: string): Promise<Locator> {
  const titles = page.locator('#day-schedule-container .day-schedule-label').filter({ visible: true })
  const wanted = titles.filter({ hasText: dayTitle(date) }).first()
  const onward = page.locator("a.btn-move-date[data-date-target='+1']").first()
  await titles.first().waitFor()
  for (let moves = 0; !(await wanted.isVisible()); moves++) {
    const first = await readText(titles.first())
    if (moves === MAX_MOVES) throw new Stop(fail('class-gone', `the calendar does not reach ${date}`).failure)
    await onward.click()
    try {
      await titles.first().filter({ hasNotText: first }).waitFor()
    } catch (error) {
      if (!isTimeout(error)) throw error
      throw new Stop(fail('class-gone', `the calendar ends before ${date}`).failure)
    }
  }
  return wanted
}

/** The class in its day's column, by start and course: where it is, and how the page shows it. */
async function slotIn(title: Locator, slot: ClassSlot): Promise<{ place: Locator; seen: ClassSlot } | null> {
  const column = title.locator(
    'xpath=ancestor::*[.//*[contains(concat(" ", normalize-space(@class), " "), " day-schedule-slots ")]][1]',
  )
  const activity = { activityId: slot.activityId, name: slot.name }
  const shown = readColumn(parsePage(await htmlOf(column)), activity, slot.date) ?? []
  const index = shown.findIndex((entry) => sameBooking(bookingKey(entry), bookingKey(slot)))
  const seen = shown[index]
  return seen ? { place: column.locator('.event-slot').nth(index), seen } : null
}

async function clickThrough(visit: Visit, slot: ClassSlot, opensAt: number): Promise<SiteResult<null>> {
  const { page, kit, broken } = visit
  await openCalendar(visit, slot.activityId)
  const found = await slotIn(await showDay(page, slot.date), slot)
  if (!found) return fail('class-gone', `no ${slot.name} on ${slot.date} at ${slot.start} in the calendar`)

  const { place, seen } = found
  const reject = (message: string): SiteResult<null> => {
    const reason = classifyRejection({
      message,
      slot: seen,
      now: kit.clock.now(),
      startsAt: romeInstant(slot.date, slot.start),
      opensAt,
    })
    return fail(reason, 'the page rejected the booking', { message })
  }
  if (seen.state !== 'open') return reject('')

  await place.click()
  const confirm = page
    .getByRole('button', { name: 'Conferma Prenotazione' })
    .or(page.locator('#btnConfirmAppointmentBooking'))
    .first()
  const waitingList = page
    .locator('#booking-confirm-container')
    .getByRole('button', { name: /lista/i })
    .first()
  const alerts = alertsOf(page)
  await Promise.race([confirm.or(waitingList).or(alerts).first().waitFor(), broken])
  if (!(await confirm.isVisible()))
    return (await waitingList.isVisible())
      ? fail('full', 'the page offers its waiting list only')
      : reject(await readSentence(alerts.first()))

  visit.commit()
  await confirm.click()
  const another = page.locator('#srModal_g_confirm_dialog :visible').first()
  const atList = (url: URL) => /\/booking\/?$/i.test(url.pathname)
  await Promise.race([
    another.or(alerts).first().waitFor(),
    page.waitForURL(atList, { waitUntil: 'domcontentloaded' }),
    broken,
  ])
  if (await another.isVisible()) {
    const dialog = page.locator('#srModal_g_confirm_dialog')
    const no = dialog
      .locator('[data-modalrole="cancel"]')
      .or(dialog.getByRole('button', { name: 'No', exact: true }))
    await Promise.all([page.waitForURL(atList, { waitUntil: 'domcontentloaded' }), no.first().click()])
  } else if (!atList(new URL(page.url()))) {
    const objection = await readSentence(alerts.first())
    if (saysBooked(objection)) return ok(null)
    await open(visit, BOOKING_PAGE)
    const listed = readBookings(await htmlOfPage(page))
    if (!listed.ok)
      return fail('answer-lost', `the page objects, and the list cannot be read: ${listed.failure.detail}`)
    return findBooking(listed.value, slot) ? ok(null) : reject(objection)
  }
  return ok(null)
}

/** Books by clicking through the calendar, as a person does; `ok` when the page accepted it. */
export const bookInPage = (
  kit: BrowserKit,
  session: SiteSession,
  slot: ClassSlot,
  opensAt: number,
): Promise<SiteResult<null>> => withPage(kit, session, (visit) => clickThrough(visit, slot, opensAt))

import type { Locator, Page } from '@cloudflare/playwright'
import { romeInstant } from '../../../platform/time.ts'
import { holds, keyOfSlot } from '../class-key.ts'
import { classifyRefusal } from '../rejection.ts'
import type { ClassSlot, SiteResult, SiteSession } from '../site-model.ts'
import { dayTitle, readBookings, stateOfClass } from '../site-pages.ts'
import { fail, ok } from '../site-result.ts'
import { readNumber } from '../site-schedule.ts'
import { openCalendar } from './open-calendar.ts'
import { alertsOf, type BrowserKit, isTimeout, open, readText, Stop, type Visit, withPage } from './visit.ts'

/** How many days on the calendar may be moved. */
const MAX_MOVES = 14

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+')
const exactly = (text: string) => new RegExp(`^\\s*${escaped(text)}\\s*$`, 'i')

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

/** The class in its day's column, by start and course. */
function slotIn(page: Page, title: Locator, slot: ClassSlot): Locator {
  const column = title.locator(
    'xpath=ancestor::*[.//*[contains(concat(" ", normalize-space(@class), " "), " day-schedule-slots ")]][1]',
  )
  const atStart = column
    .locator('.event-slot')
    .filter({ has: page.locator('.time-start', { hasText: exactly(slot.start) }) })
  return slot.type === 'fit-center'
    ? atStart.first()
    : atStart.filter({ has: page.locator('.skill', { hasText: exactly(slot.name) }) }).first()
}

interface SlotOnPage {
  state: ClassSlot['state']
  places: number | null
}

async function readSlot(found: Locator): Promise<SlotOnPage> {
  const places = found.locator('.slot-description3')
  return {
    state: stateOfClass((await found.getAttribute('class')) ?? ''),
    places: (await places.count()) > 0 ? readNumber(await readText(places.first())) : null,
  }
}

async function clickThrough(visit: Visit, slot: ClassSlot, opensAt: number): Promise<SiteResult<null>> {
  const { page, kit, broken } = visit
  await openCalendar(visit, `/Booking/BookActivity?activityId=${slot.activityId}&activityFlags=Classes`)
  const found = slotIn(page, await showDay(page, slot.date), slot)
  if ((await found.count()) === 0)
    return fail('class-gone', `no ${slot.name} on ${slot.date} at ${slot.start} in the calendar`)

  const seen = await readSlot(found)
  const refuse = (message: string): SiteResult<null> => {
    const now = kit.clock.now()
    const startsAt = romeInstant(slot.date, slot.start)
    return fail(
      classifyRefusal({ message, slot: seen, now, startsAt, opensAt }),
      'the page refused the booking',
      {
        message,
      },
    )
  }
  if (seen.state !== 'open') return refuse('')

  await found.click()
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
      : refuse(await readText(alerts.first()))

  visit.commit()
  await confirm.click()
  const another = page.locator('#srModal_g_confirm_dialog :visible').first()
  const atList = (url: URL) => /\/booking\/?$/i.test(url.pathname)
  await Promise.race([
    another.or(alerts).first().waitFor(),
    page.waitForURL(atList, { waitUntil: 'domcontentloaded' }),
    broken,
  ])
  let objection = ''
  if (await another.isVisible()) {
    const dialog = page.locator('#srModal_g_confirm_dialog')
    const no = dialog
      .locator('[data-modalrole="cancel"]')
      .or(dialog.getByRole('button', { name: 'No', exact: true }))
    await Promise.all([page.waitForURL(atList, { waitUntil: 'domcontentloaded' }), no.first().click()])
  } else if (!atList(new URL(page.url()))) {
    objection = await readText(alerts.first())
  }

  await open(visit, '/Booking')
  const listed = readBookings(await page.content())
  if (!listed.ok)
    return fail('answer-lost', `confirmed, but the list cannot be read: ${listed.failure.detail}`)
  if (holds(listed.value, keyOfSlot(slot))) return ok(null)
  return objection
    ? refuse(objection)
    : fail('answer-lost', 'confirmed, but the list does not show the booking')
}

/** Books by clicking through the calendar, as a person does; `ok` only when the list shows the booking. */
export const bookInPage = (
  kit: BrowserKit,
  session: SiteSession,
  slot: ClassSlot,
  opensAt: number,
): Promise<SiteResult<null>> => withPage(kit, session, [], (visit) => clickThrough(visit, slot, opensAt))

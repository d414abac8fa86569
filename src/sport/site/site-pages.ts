import { type HTMLElement, parse } from 'node-html-parser'
import { addDays, isRomeDate, type RomeDate } from '../../platform/time.ts'
import { looksLikeLogin } from './site-http.ts'
import type { Activity, ClassSlot, SiteBooking, SiteResult, SlotState } from './site-model.ts'
import { fail, ok } from './site-result.ts'
import { placeOf, readNumber, readTeacher, readTime, timeAfter } from './site-schedule.ts'

const EVIDENCE_CHARS = 20_000

/** A page trimmed for the operator: no scripts, no values of fields, no long tokens, nothing of `secrets`. */
export function trimmedHtml(html: string, secrets: readonly string[] = []): string {
  const root = parse(html, { comment: false })
  for (const node of root.querySelectorAll('script, style, svg, link, meta')) node.remove()
  for (const node of root.querySelectorAll('input, textarea, option')) {
    node.removeAttribute('value')
    if (node.tagName === 'TEXTAREA') node.textContent = ''
  }
  let text = root.toString().replace(/[\w+/=.-]{40,}/g, '…')
  for (const secret of secrets) if (secret) text = text.replaceAll(secret, '…')
  return text.replace(/\s{2,}/g, ' ').slice(0, EVIDENCE_CHARS)
}

const textAt = (node: HTMLElement, selector: string) =>
  (node.querySelector(selector)?.textContent ?? '').replace(/\s+/g, ' ').trim()

/** `07/10/2025` (or `7/10/2025`, `2025-10-07`) as a Rome day. */
export function readDate(text: string): RomeDate | null {
  const italian = /(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})/.exec(text)
  const date = italian
    ? `${italian[3]}-${italian[2]?.padStart(2, '0')}-${italian[1]?.padStart(2, '0')}`
    : (/\d{4}-\d{2}-\d{2}/.exec(text)?.[0] ?? '')
  return isRomeDate(date) ? date : null
}

const changed = (detail: string, html: string) =>
  fail('markup-changed', detail, { evidence: { html: trimmedHtml(html) } })

/**
 * Reads `/Booking`. Only a page recognised as the list counts: it holds the list itself and the link for a new
 * booking. An error page that looks empty, or a login page, is a failure and never "no bookings".
 */
export function readBookings(html: string): SiteResult<SiteBooking[]> {
  const root = parse(html)
  const list = root.querySelector('#event-repository')
  const link = root.querySelector('.btn_nuovaprenotazione')
  if (!list) {
    if (looksLikeLogin(html)) return fail('session-expired', 'the login page came in place of the bookings')
    const said = root.querySelector('.alert, .error, .field-validation-error, h1')?.textContent ?? ''
    return /errore|error|eccezione|exception|non disponibile|unavailable/i.test(
      `${said} ${textAt(root, 'title')}`,
    )
      ? fail('site-down', 'an error page came in place of the bookings', {
          message: said.trim().slice(0, 300),
        })
      : changed('the page has no list of bookings', html)
  }
  const cards = list.querySelectorAll('.event-main-block')
  if (cards.length === 0 && /si è verificato un errore|an error (has )?occurred/i.test(root.textContent))
    return fail('site-down', 'the list of bookings is empty beside an error')
  if (cards.length === 0 && !link)
    return changed('the list of bookings is empty and its page is not whole', html)

  const bookings: SiteBooking[] = []
  for (const card of cards) {
    const date = readDate(textAt(card, '.event-info-schedule'))
    const start = readTime(textAt(card, '.time-start'))
    if (!date || !start) return changed('a booking has no date or time', html)
    bookings.push({
      date,
      start,
      minutes: readNumber(textAt(card, '.time-duration')) ?? 0,
      location: textAt(card, '.event-info-description'),
      course: textAt(card, '.event-info-skill-level').toUpperCase() || null,
    })
  }
  return ok(bookings)
}

/** Reads `/Booking/ChooseActivity`: the links to each activity's calendar. */
export function readActivities(html: string): SiteResult<Activity[]> {
  const activities = new Map<string, Activity>()
  for (const link of parse(html).querySelectorAll('a')) {
    const activityId = /BookActivity[^"]*[?&;]activityId=(\d+)/i.exec(link.getAttribute('href') ?? '')?.[1]
    const name = link.textContent.replace(/\s+/g, ' ').trim()
    if (!activityId || !name) continue
    activities.set(activityId, {
      activityId,
      name,
      type: /fit\s*center|fitness/i.test(name) ? 'fit-center' : 'course',
    })
  }
  if (activities.size > 0) return ok([...activities.values()])
  return looksLikeLogin(html)
    ? fail('session-expired', 'the login page came in place of the activities')
    : changed('the page lists no activity', html)
}

const MONTHS =
  'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre'.split(' ')

/** Matches the calendar's title of a day (`Lunedì, 10 ottobre`), by its number and month. */
export function dayTitle(date: RomeDate): RegExp {
  const [, month, day] = date.split('-').map(Number) as [number, number, number]
  return new RegExp(`(^|\\D)0?${day}\\s+${MONTHS[month - 1]}`, 'i')
}

const SLOT_STATES: [string, SlotState][] = [
  ['slot-booked', 'mine'],
  ['slot-disabled', 'closed'],
  ['slot-available', 'open'],
]

/** The state that an `.event-slot`'s class says. */
export const stateOfClass = (names: string): SlotState =>
  SLOT_STATES.find(([name]) => names.split(/\s+/).includes(name))?.[1] ?? 'closed'

/** Reads a day out of the calendar's page, for when the schedule request fails. Its slots have no appointment id. */
export function readCalendar(html: string, activity: Activity, date: RomeDate): SiteResult<ClassSlot[]> {
  const root = parse(html)
  const titles = root.querySelectorAll('.day-schedule-label')
  if (titles.length === 0) return changed('the calendar has no days', html)
  const title = titles.find((node) => dayTitle(date).test(node.textContent))
  if (!title)
    return fail('class-gone', `the calendar does not reach ${date} (it ends before ${addDays(date, 1)})`)
  const slots: ClassSlot[] = []
  for (const node of title.parentNode?.querySelectorAll('.event-slot') ?? []) {
    const start = readTime(textAt(node, '.time-start'))
    if (!start) return changed('a class of the calendar has no time', html)
    const minutes = readNumber(textAt(node, '.time-duration')) ?? (activity.type === 'course' ? 55 : 90)
    slots.push({
      appointmentId: '',
      activityId: activity.activityId,
      type: activity.type,
      name: textAt(node, '.skill').toUpperCase() || activity.name,
      location: placeOf(activity),
      teacher: readTeacher(textAt(node, '.slot-description2')),
      date,
      start,
      end: timeAfter(start, minutes),
      places: readNumber(textAt(node, '.slot-description3')),
      state: stateOfClass(node.getAttribute('class') ?? ''),
    })
  }
  return ok(slots)
}

import type { HTMLElement } from 'node-html-parser'
import { addDays, type RomeDate } from '../../platform/time.ts'
import { looksLikeLogin } from './site-http.ts'
import type { Activity, ClassSlot, SiteBooking, SiteResult, SlotState } from './site-model.ts'
import { fail, ok } from './site-result.ts'
import { placeOf } from './site-schedule.ts'
import { courseName, parsePage, siteText, textAt } from './site-text.ts'
import { readDate, readMinutes, readTime, timeAfter, usualMinutes } from './site-times.ts'
import { bookableState, readPlaces, readTeacher, typeOfCourse } from './slot-fields.ts'

/**
 * Reads `/Booking`. Only a page recognised as the list counts: it holds the list itself and the link for a new
 * booking. An error page that looks empty, or a login page, is a failure and never "no bookings".
 */
export function readBookings(html: string): SiteResult<SiteBooking[]> {
  const root = parsePage(html)
  const list = root.querySelector('#event-repository')
  const link = root.querySelector('.btn_nuovaprenotazione')
  if (!list) {
    if (looksLikeLogin(html)) return fail('session-expired', 'the login page came in place of the bookings')
    const said = textAt(root, '.alert, .error, .field-validation-error, h1')
    return /errore|error|eccezione|exception|non disponibile|unavailable/i.test(
      `${said} ${textAt(root, 'title')}`,
    )
      ? fail('site-down', 'an error page came in place of the bookings', {
          message: said.slice(0, 300),
        })
      : fail('markup-changed', 'the page has no list of bookings')
  }
  const cards = list.querySelectorAll('.event-main-block')
  if (cards.length === 0 && /si è verificato un errore|an error (has )?occurred/i.test(root.textContent))
    return fail('site-down', 'the list of bookings is empty beside an error')
  if (cards.length === 0 && !link)
    return fail('markup-changed', 'the list of bookings is empty and its page is not whole')

  const bookings: SiteBooking[] = []
  for (const card of cards) {
    const date = readDate(textAt(card, '.event-info-schedule'))
    const start = readTime(textAt(card, '.time-start'))
    if (!date || !start) return fail('markup-changed', 'a booking has no date or time')
    const course = textAt(card, '.event-info-skill-level').toUpperCase()
    bookings.push({
      date,
      start,
      minutes: readMinutes(textAt(card, '.time-duration')) ?? usualMinutes(typeOfCourse(course)),
      location: textAt(card, '.event-info-description'),
      course: course || null,
    })
  }
  return ok(bookings)
}

/** The activity that a link leads to; null for any other link. */
function activityOf(href: string): string | null {
  const [path = '', query = ''] = href.split('?')
  if (!/\/BookActivity\/?$/i.test(path)) return null
  const named = [...new URLSearchParams(query)].find(([name]) => name.toLowerCase() === 'activityid')
  return named && /^\d+$/.test(named[1]) ? named[1] : null
}

/** Reads `/Booking/ChooseActivity`: the links to each activity's calendar. */
export function readActivities(html: string): SiteResult<Activity[]> {
  const activities = new Map<string, Activity>()
  for (const link of parsePage(html).querySelectorAll('a')) {
    const activityId = activityOf(siteText(link.getAttribute('href') ?? ''))
    const name = siteText(link.innerHTML)
    if (activityId && name) activities.set(activityId, { activityId, name })
  }
  if (activities.size > 0) return ok([...activities.values()])
  return looksLikeLogin(html)
    ? fail('session-expired', 'the login page came in place of the activities')
    : fail('markup-changed', 'the page lists no activity')
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
const stateOfClass = (names: string): SlotState =>
  SLOT_STATES.find(([name]) => names.split(/\s+/).includes(name))?.[1] ?? 'closed'

/** The slots of one day's column, in the page's order; null when one of them has no time. They have no appointment id. */
export function readColumn(column: HTMLElement, activity: Activity, date: RomeDate): ClassSlot[] | null {
  const slots: ClassSlot[] = []
  for (const node of column.querySelectorAll('.event-slot')) {
    const start = readTime(textAt(node, '.time-start'))
    if (!start) return null
    const course = courseName(node.querySelector('.skill')?.innerHTML ?? '')
    const type = typeOfCourse(course)
    const minutes = readMinutes(textAt(node, '.time-duration')) ?? usualMinutes(type)
    const places = readPlaces(textAt(node, '.slot-description3'))
    const notes = node.querySelectorAll('.slot-notes').map((note) => note.innerHTML)
    slots.push({
      appointmentId: '',
      activityId: activity.activityId,
      type,
      name: course || activity.name,
      location: placeOf(activity),
      teacher: readTeacher(textAt(node, '.slot-description2')),
      date,
      start,
      end: timeAfter(start, minutes),
      places,
      state: bookableState(stateOfClass(node.getAttribute('class') ?? ''), places, notes.join(' ')),
    })
  }
  return slots
}

/** Reads a day out of the calendar's page, for when the schedule request fails. */
export function readCalendar(html: string, activity: Activity, date: RomeDate): SiteResult<ClassSlot[]> {
  const titles = parsePage(html).querySelectorAll('.day-schedule-label')
  if (titles.length === 0) return fail('markup-changed', 'the calendar has no days')
  const title = titles.find((node) => dayTitle(date).test(siteText(node.innerHTML)))
  if (!title?.parentNode)
    return fail('class-gone', `the calendar does not reach ${date} (it ends before ${addDays(date, 1)})`)
  const slots = readColumn(title.parentNode, activity, date)
  return slots ? ok(slots) : fail('markup-changed', 'a class of the calendar has no time')
}

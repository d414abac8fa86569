import { foldText } from '../../platform/fold.ts'
import type { RomeDate } from '../../platform/time.ts'
import { fieldsOf, type LenientJson, parseLenient, textOf } from './lenient-json.ts'
import { certainReason } from './rejection-words.ts'
import type { Activity, ClassSlot, SiteResult, SlotState } from './site-model.ts'
import { fail, ok } from './site-result.ts'
import { courseName, parsePage, siteText } from './site-text.ts'
import { endOf, readDate, readMinutes, readMoment, readTime } from './site-times.ts'
import { bookableState, readPlaces, readTeacher, typeOfCourse } from './slot-fields.ts'

type Row = Record<string, LenientJson>

/** The course in `Giuriati - Corsi Platinum - <span class="skill">YOGA</span>`; empty for the Fit Center. */
function courseOf(item: Row, activity: Activity): string {
  const skill = courseName(textOf(item.skillname))
  if (skill) return skill
  const description = textOf(item.eventdescription)
  const marked = parsePage(description).querySelector('.skill')
  if (marked) return courseName(marked.innerHTML)
  const plain = siteText(description)
  if (plain.toLowerCase().startsWith(`${activity.name.toLowerCase()} - `))
    return courseName(plain.slice(activity.name.length + 3))
  // A schedule without a field for courses names them as the event.
  const name = siteText(textOf(item.eventname))
  if (item.skillname !== undefined || ` ${foldText(activity.name)} `.includes(` ${foldText(name)} `))
    return ''
  return courseName(name.split(' - ').at(-1) ?? '')
}

const OPEN = /^(slot-?)?(available|open|free|bookable|prenotabile|disponibile|liber[oa])$/
const MINE = /^(slot-?)?(booked|alreadybooked|bookedbyme|mine|reserved|prenotat[oa])$/
const CLOSED =
  /^(slot-?)?(disabled|closed|full|fullybooked|unavailable|notavailable|past|chius[oa]|pien[oa]|complet[oa]|esaurit[oa]|nondisponibile|waitinglist)$/

function stateOf(item: Row, places: number | null): SlotState {
  const status = textOf(item.status)
    .toLowerCase()
    .replace(/[\s_]+/g, '')
  const notes = textOf(item.notes)
  if (OPEN.test(status)) return bookableState('open', places, notes)
  if (MINE.test(status)) return 'mine'
  if (CLOSED.test(status)) return 'closed'
  // A status that nobody has seen yet proves nothing: what a person would read decides.
  const offered = places === null ? /^(prenota|book)\b/i.test(siteText(notes)) : places > 0
  return offered ? bookableState('open', places, notes) : 'closed'
}

/** Where an activity takes place: the part of its name before the first dash (`Giuriati`). */
export const placeOf = (activity: Activity): string => activity.name.split(' - ')[0]?.trim() || activity.name

/**
 * When a row's class starts, and where its end stands. A zone after times whose digits are those of `TimeStart` is not
 * meant: some servers write `Z` after Rome's time.
 */
function timesOf(item: Row, asked: RomeDate) {
  const written = textOf(item.timestart)
  const said = readTime(written) ?? readMoment(written)?.time ?? null
  const from = textOf(item.startdatetime)
  const asWritten = said !== null && readMoment(from, true)?.time === said
  const moment = readMoment(from, asWritten)
  const time = said ?? moment?.time ?? readMoment(textOf(item.datestart))?.time ?? null
  const day = moment?.date ?? readMoment(textOf(item.datestart))?.date ?? readDate(textOf(item.datestart))
  return { time, date: day ?? asked, end: readMoment(textOf(item.enddatetime), asWritten) }
}

function readSlot(item: Row, activity: Activity, asked: RomeDate): ClassSlot | null {
  const appointmentId = textOf(item.appointmentid) || textOf(item.appointment_id)
  const { time: start, date, end } = timesOf(item, asked)
  if (!/^\d+$/.test(appointmentId) || !start) return null
  const course = courseOf(item, activity)
  const type = typeOfCourse(course)
  const minutes = readMinutes(textOf(item.durationminutes)) ?? readMinutes(textOf(item.timeduration))
  const places = readPlaces(textOf(item.eventdescription3))
  return {
    appointmentId,
    activityId: activity.activityId,
    type,
    name: course || activity.name,
    location: placeOf(activity),
    teacher: readTeacher(textOf(item.eventdescription2)),
    date,
    start,
    end: endOf({ date, time: start }, { end, minutes, type }),
    places,
    state: stateOf(item, places),
  }
}

/** The rows of `data`: a list, or an object of lists. */
function rowsOf(data: LenientJson | undefined): LenientJson[] | null {
  if (Array.isArray(data)) return data
  const lists = Object.values(fieldsOf(data) ?? {}).filter(Array.isArray)
  return lists.length > 0 ? lists.flat() : null
}

/**
 * Reads the answer of GetActivitySchedule. A row that cannot be understood makes the whole answer `markup-changed`:
 * a class that silently vanished would look cancelled.
 */
export function readSchedule(text: string, activity: Activity, date: RomeDate): SiteResult<ClassSlot[]> {
  const answer = fieldsOf(parseLenient(text))
  if (!answer) return fail('markup-changed', 'the schedule is not JSON')
  const status = textOf(answer.status)
  if (status && !/^(ok|success)$/i.test(status)) {
    const message = textOf(answer.error_message) || textOf(answer.errormessage) || textOf(answer.message)
    return certainReason(message) === 'session-expired'
      ? fail('session-expired', 'the schedule says that the session is over', { message })
      : fail('site-down', `the schedule answered ${status}`, { message })
  }
  const rows = rowsOf(answer.data)
  if (!rows) return fail('markup-changed', 'the schedule has no list of classes')
  const slots: ClassSlot[] = []
  for (const row of rows) {
    const slot = readSlot(fieldsOf(row) ?? {}, activity, date)
    if (!slot) return fail('markup-changed', 'a class of the schedule has no id or time')
    if (slot.date === date) slots.push(slot)
  }
  return ok(slots.sort((a, b) => a.start.localeCompare(b.start)))
}

import { isRomeDate, type RomeDate, type RomeTime, romeDate, romeTime } from '../../platform/time.ts'
import { fieldsOf, type LenientJson, parseLenient, textOf } from './lenient-json.ts'
import { reasonOfText } from './rejection.ts'
import type { Activity, ClassSlot, SiteResult, SlotState } from './site-model.ts'
import { fail, ok } from './site-result.ts'

/** A moment of Rome's clocks. */
export interface RomeMoment {
  date: RomeDate
  time: RomeTime
}

/** Minutes after a Rome time, on the clock's face. */
export function timeAfter(start: RomeTime, minutes: number): RomeTime {
  const [hour = 0, minute = 0] = start.split(':').map(Number)
  const total = (hour * 60 + minute + minutes) % (24 * 60)
  return `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`
}

/** `HH:MM` out of `8:30`, `08:30:00` or `2026-05-24T08:30:00`; null when there is no time in it. */
export function readTime(text: string): RomeTime | null {
  const found = /(?:^|[T\s])(\d{1,2})[:.](\d{2})/.exec(text)
  return found && Number(found[1]) < 24 ? `${found[1]?.padStart(2, '0')}:${found[2]}` : null
}

/** A moment as .NET writes it: ISO without zone (Rome), or `/Date(ms)/` (an instant). */
export function readMoment(text: string): RomeMoment | null {
  const dotNet = /\/Date\((-?\d+)/.exec(text)
  if (dotNet) return { date: romeDate(Number(dotNet[1])), time: romeTime(Number(dotNet[1])) }
  const date = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0]
  const time = readTime(text)
  return date && time && isRomeDate(date) ? { date, time } : null
}

/** The first whole number of a text such as `55 min` or `Posti disponibili: 7`. */
export const readNumber = (text: string): number | null => {
  const found = /\d+/.exec(text)
  return found ? Number(found[0]) : null
}

const withoutTags = (text: string) =>
  text
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim()

/** The teacher in `con ROSSI MARIO`. */
export const readTeacher = (text: string): string | null =>
  withoutTags(text).replace(/^(con|with)\s+/i, '') || null

/** The course in `Giuriati - Corsi Platinum - <span class="skill">YOGA</span>`; empty for the Fit Center. */
function courseOf(item: Record<string, LenientJson>, activity: Activity): string {
  const skill = withoutTags(textOf(item.skillname))
  if (skill) return skill.toUpperCase()
  const marked = /class=["']skill["'][^>]*>([^<]+)/.exec(textOf(item.eventdescription))?.[1]?.trim()
  if (marked) return marked.toUpperCase()
  if (activity.type === 'fit-center') return ''
  const name = withoutTags(textOf(item.eventname))
  return (
    name.toLowerCase() === activity.name.toLowerCase() ? '' : (name.split(' - ').at(-1) ?? '')
  ).toUpperCase()
}

function stateOf(item: Record<string, LenientJson>, places: number | null): SlotState {
  const status = textOf(item.status).toLowerCase()
  if (/^(slot-)?(available|open|bookable|prenotabile|disponibile|libero)/.test(status)) return 'open'
  if (/^(slot-)?(booked|mine|reserved|prenotat[oa])$/.test(status)) return 'mine'
  if (status !== '') return 'closed'
  return places !== null
    ? places > 0
      ? 'open'
      : 'closed'
    : /prenota/i.test(textOf(item.notes))
      ? 'open'
      : 'closed'
}

/** Where an activity takes place: the part of its name before the first dash (`Giuriati`). */
export const placeOf = (activity: Activity): string => activity.name.split(' - ')[0]?.trim() || activity.name

function readSlot(item: Record<string, LenientJson>, activity: Activity, asked: RomeDate): ClassSlot | null {
  const appointmentId = textOf(item.appointmentid) || textOf(item.appointment_id)
  const startText = textOf(item.startdatetime) || textOf(item.datestart)
  const start = readTime(textOf(item.timestart)) ?? readMoment(startText)?.time
  if (!/^\d+$/.test(appointmentId) || !start) return null
  const minutes = readNumber(textOf(item.durationminutes)) ?? readNumber(textOf(item.timeduration))
  const end = readMoment(textOf(item.enddatetime))?.time
  const places = readNumber(withoutTags(textOf(item.eventdescription3)))
  const day = /^\d{4}-\d{2}-\d{2}/.exec(startText)?.[0] ?? readMoment(startText)?.date
  return {
    appointmentId,
    activityId: activity.activityId,
    type: activity.type,
    name: courseOf(item, activity) || activity.name,
    location: placeOf(activity),
    teacher: readTeacher(textOf(item.eventdescription2)),
    date: day ?? asked,
    start,
    end: end ?? timeAfter(start, minutes ?? (activity.type === 'course' ? 55 : 90)),
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
  if (!answer)
    return fail('markup-changed', 'the schedule is not JSON', { evidence: { html: text.slice(0, 2_000) } })
  const status = textOf(answer.status)
  if (status && !/^(ok|success)$/i.test(status)) {
    const message = textOf(answer.error_message) || textOf(answer.errormessage) || textOf(answer.message)
    return reasonOfText(message) === 'session-expired'
      ? fail('session-expired', 'the schedule says that the session is over', { message })
      : fail('site-down', `the schedule answered ${status}`, { message })
  }
  const rows = rowsOf(answer.data)
  if (!rows)
    return fail('markup-changed', 'the schedule has no list of classes', {
      evidence: { html: text.slice(0, 2_000) },
    })
  const slots: ClassSlot[] = []
  for (const row of rows) {
    const slot = readSlot(fieldsOf(row) ?? {}, activity, date)
    if (!slot)
      return fail('markup-changed', 'a class of the schedule has no id or time', {
        evidence: { html: JSON.stringify(row).slice(0, 2_000) },
      })
    if (slot.date === date) slots.push(slot)
  }
  return ok(slots.sort((a, b) => a.start.localeCompare(b.start)))
}

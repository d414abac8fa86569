import { addDays, dayOfWeek, type RomeDate, type RomeTime } from '../../../platform/time.ts'
import type { ActionView, BookingView, Occurrence, OccurrenceState } from '../../../sport/student-types.ts'

/** The state of an entry of the week: an occurrence's state, or an open request. */
export type EntryState = OccurrenceState | 'request'

/** One class in a person's week: booked, to be booked, or not. */
export interface Entry {
  date: RomeDate
  start: RomeTime
  name: string
  location: string
  state: EntryState
  /** Its link: a booking, a weekly booking or a request, by id. */
  leadsTo: { kind: 'booking' | 'weekly' | 'request'; id: number }
  /** When its booking opens, epoch ms; null: it is booked, or it does not matter. */
  opensAt: number | null
}

export interface WeekSources {
  bookings: readonly BookingView[]
  occurrences: readonly Occurrence[]
  actions: readonly ActionView[]
}

/** The Monday of the week that a Rome day is in. */
export const mondayOf = (date: RomeDate): RomeDate => addDays(date, 1 - dayOfWeek(date))

const isSame = (
  one: { date: RomeDate; start: RomeTime; name: string },
  other: { date: RomeDate; start: RomeTime; name: string },
): boolean => one.date === other.date && one.start === other.start && one.name === other.name

/** A booking request that no other entry of the week represents. */
const isUnderWay = ({ kind, status, weeklyId }: ActionView): boolean =>
  kind === 'book' && weeklyId === null && (status === 'pending' || status === 'processing')

/**
 * The seven days of a week with a person's entries, in order of time. A booking made by a weekly one is shown once, as
 * the booking, in the state of its occurrence.
 * @param monday the week's first Rome day
 */
export function weekOf(
  { bookings, occurrences, actions }: WeekSources,
  monday: RomeDate,
): { date: RomeDate; entries: Entry[] }[] {
  const active = bookings.filter(({ state }) => state === 'active')
  const occurrenceOf = (booking: BookingView) =>
    occurrences.find(({ weeklyId, date }) => weeklyId === booking.weeklyId && date === booking.date)
  const entries: Entry[] = [
    ...active.map((booking): Entry => {
      const state = occurrenceOf(booking)?.state
      return {
        date: booking.date,
        start: booking.start,
        name: booking.name,
        location: booking.location,
        state: state === 'asked' || state === 'confirmed' ? state : 'booked',
        leadsTo: { kind: 'booking', id: booking.id },
        opensAt: null,
      }
    }),
    ...occurrences
      .filter((one) => !active.some((booking) => isSame(booking, one) || occurrenceOf(booking) === one))
      .map(
        (one): Entry => ({
          date: one.date,
          start: one.start,
          name: one.name,
          location: one.location,
          state: one.state,
          leadsTo: { kind: 'weekly', id: one.weeklyId },
          opensAt: one.opensAt,
        }),
      ),
    ...actions
      .filter(isUnderWay)
      .flatMap(({ id, target, opensAt }): Entry[] =>
        target && !active.some((booking) => isSame(booking, target))
          ? [{ ...target, state: 'request', leadsTo: { kind: 'request', id }, opensAt }]
          : [],
      ),
  ]
  return Array.from({ length: 7 }, (_, day) => {
    const date = addDays(monday, day)
    const own = entries.filter((entry) => entry.date === date)
    return {
      date,
      entries: own.sort((a, b) => a.start.localeCompare(b.start) || a.name.localeCompare(b.name)),
    }
  })
}

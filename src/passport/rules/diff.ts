import type { AlertKind, SlotEventKind } from '../../db/schema/passport.ts'
import type { RomeDate, RomeTime } from '../../platform/time.ts'
import type { ObservedOffice, ObservedSlot } from '../model.ts'
import { bookability } from './bookable.ts'
import { addedPlaces, mostPlaces, type PlacesChange } from './day-places.ts'
import {
  type Agenda,
  byTime,
  type KnownOffice,
  type KnownSlot,
  type Observation,
  slotKey,
} from './known-office.ts'
import { firstLivingMonth, monthOf } from './months.ts'
import { type Opening, type Publication, publicationOf } from './publication.ts'
import { slotsOfReset } from './reset.ts'
import { secondReadingAgrees } from './suspicion.ts'

/** An office's row as it should be from now on. */
export interface OfficeChange extends ObservedOffice {
  listed: boolean
  doubtSince: number | null
  /** The opening that its last early notice was about; null: it had none. */
  publishedFor: Opening | null
}

/** A slot that opened, for the first time or again. */
export interface OpenedSlot extends ObservedSlot {
  officeId: string
  announced: boolean
}

type SlotState = Omit<KnownSlot, 'date' | 'time'>

/** A known slot's row as it should be from now on. */
export interface SlotChange extends SlotState {
  gone: boolean
}

/** A slot that was absent during an office's reset: it is open as before. */
export interface RestoredSlot extends ObservedSlot {
  id: number
  officeId: string
  /** When it seemed to close, epoch ms. */
  goneAt: number
}

/** A slot event. */
export interface SlotStep extends ObservedSlot {
  officeId: string
  kind: SlotEventKind
}

/** An alert: a message about new slots or more places (`open`), or edits of earlier messages. */
export interface OfficeAlert {
  kind: Extract<AlertKind, 'open' | 'gone' | 'restored'>
  officeId: string
  /** Of `open`: the new ones; empty when a reading showed more places, but no new slot. */
  slots: [date: RomeDate, time: RomeTime][]
  /** `HH:MM` when booking opens within minutes; null: now. */
  bookableAt: RomeTime | null
  /** Of `open`: all slots of the days on which it showed more places. */
  places?: PlacesChange[]
}

/** Everything that one reading of a province changes; empty lists when nothing. */
export interface Changes {
  offices: OfficeChange[]
  opened: OpenedSlot[]
  changed: SlotChange[]
  restored: RestoredSlot[]
  steps: SlotStep[]
  alerts: OfficeAlert[]
  /** What followers who asked for it are told before it can be booked. */
  published: Publication[]
  /** Slots open in the province afterwards. */
  leftOpen: number
}

const OFFICE_FIELDS = [
  'code',
  'name',
  'address',
  'city',
  'firstDate',
  'bookableFrom',
  'listed',
  'doubtSince',
  'publishedFor',
] as const

const sameOffice = (a: OfficeChange, b: OfficeChange) => OFFICE_FIELDS.every((field) => a[field] === b[field])

const sameSlot = (a: SlotState, b: SlotState) =>
  a.places === b.places &&
  a.announced === b.announced &&
  (a.unconfirmedPlaces ?? 0) === (b.unconfirmedPlaces ?? 0)

const asRow = (office: KnownOffice): OfficeChange => {
  const { slots: _, vanished: __, restored: ___, unsteady: ____, publishedFor = null, ...row } = office
  return { ...row, publishedFor }
}

/** Each slot once; a slot named twice keeps the larger number of places. */
function distinct(slots: readonly ObservedSlot[]): Map<string, ObservedSlot> {
  const byKey = new Map<string, ObservedSlot>()
  for (const slot of slots) {
    const other = byKey.get(slotKey(slot))
    if (!other || other.places < slot.places) byKey.set(slotKey(slot), slot)
  }
  return byKey
}

/**
 * Whether slots absent from this reading of a listed office are gone: true when the list says that nothing is free, or
 * when each requested month was read. When the list names a first free day and the agenda of its month is empty, a
 * second reading must agree.
 */
function evaluateAbsence(
  observed: ObservedOffice,
  agenda: Agenda | undefined,
  known: KnownOffice | undefined,
  now: number,
): { closes: boolean; doubtSince: number | null } {
  if (observed.firstDate === null) return { closes: true, doubtSince: null }
  const before = known?.doubtSince ?? null
  if (!agenda?.complete) return { closes: false, doubtSince: before }
  const first = monthOf(observed.firstDate)
  const contradicts =
    (known?.slots.length ?? 0) > 0 && !agenda.slots.some((slot) => monthOf(slot.date) === first)
  if (!contradicts) return { closes: true, doubtSince: null }
  if (secondReadingAgrees(before, now)) return { closes: true, doubtSince: null }
  return { closes: false, doubtSince: before ?? now }
}

/** True when the month was read, or is past. */
const covered = (slot: KnownSlot, observed: ObservedOffice, agenda: Agenda | undefined, now: number) =>
  observed.firstDate === null ||
  agenda?.months.has(monthOf(slot.date)) ||
  monthOf(slot.date) < firstLivingMonth(observed.firstDate, now)

const close = (changes: Changes, officeId: string, slots: readonly KnownSlot[]) => {
  for (const { id, date, time, places, announced } of slots) {
    changes.changed.push({ id, places, announced, gone: true })
    changes.steps.push({ officeId, date, time, places, kind: 'gone' })
  }
  const announced = slots.filter((slot) => slot.announced).sort(byTime)
  if (announced.length > 0) {
    const pairs = announced.map((slot): [RomeDate, RomeTime] => [slot.date, slot.time])
    changes.alerts.push({ kind: 'gone', officeId, slots: pairs, bookableAt: null })
  }
}

function diffOffice(
  changes: Changes,
  observed: ObservedOffice,
  agenda: Agenda | undefined,
  known: KnownOffice | undefined,
  now: number,
  mayClose: boolean,
) {
  const absence = evaluateAbsence(observed, agenda, known, now)
  const bookable = bookability(observed.bookableFrom, now)
  const announceable = bookable.when !== 'later'
  const unsteady = known?.unsteady ?? false
  const announcedAtOnce = announceable && !unsteady
  const seen = distinct(agenda?.slots ?? [])
  const open = new Map(known?.slots.map((slot) => [slotKey(slot), slot]))
  const announced: ObservedSlot[] = []
  const places: PlacesChange[] = []
  const waiting: ObservedSlot[] = []
  const reset = new Map((known ? slotsOfReset(known, seen, now) : []).map((slot) => [slotKey(slot), slot]))

  for (const [key, slot] of seen) {
    const before = open.get(key)
    const back = reset.get(key)
    const told = back ?? (before?.announced ? before : undefined)
    const isAnnounced = told !== undefined || (before ? announceable : announcedAtOnce)
    const free = Math.min(slot.places, mostPlaces(announceable, unsteady, before, told))
    const unconfirmed = unsteady && slot.places > free ? slot.places : undefined
    const step = { officeId: observed.id, date: slot.date, time: slot.time, places: free }
    places.push([slot.date, slot.time, told?.places ?? 0, isAnnounced ? free : 0])
    if (isAnnounced && !told) announced.push(slot)
    if (back) {
      changes.restored.push({ ...step, id: back.id, goneAt: back.goneAt })
      changes.steps.push({ ...step, kind: 'restored' })
      continue
    }
    if (!before) {
      changes.opened.push({ ...step, announced: announcedAtOnce })
      changes.steps.push({ ...step, kind: 'seen' })
    } else {
      if (before.places !== free) changes.steps.push({ ...step, kind: 'places' })
      const after = { id: before.id, places: free, announced: isAnnounced, unconfirmedPlaces: unconfirmed }
      if (!sameSlot(before, after)) changes.changed.push({ ...after, gone: false })
    }
    if (before ? !before.announced : !unsteady) waiting.push(slot)
  }

  const absent = [...open.values()].filter((slot) => !seen.has(slotKey(slot)))
  const gone = mayClose && absence.closes ? absent.filter((slot) => covered(slot, observed, agenda, now)) : []
  const closed = new Set(gone)
  for (const slot of absent)
    if (slot.announced) places.push([slot.date, slot.time, slot.places, closed.has(slot) ? 0 : slot.places])
  const added = addedPlaces(places)
  if (added.length > 0) {
    changes.alerts.push({
      kind: 'open',
      officeId: observed.id,
      slots: announced.sort(byTime).map((slot) => [slot.date, slot.time]),
      bookableAt: bookable.when === 'soon' ? bookable.at : null,
      places: added,
    })
  }

  if (reset.size > 0) {
    changes.alerts.push({
      kind: 'restored',
      officeId: observed.id,
      slots: [...reset.values()].sort(byTime).map((slot) => [slot.date, slot.time]),
      bookableAt: null,
    })
  }

  // An early notice says how many slots there are: it waits for a reading that shows all.
  const publishedFor = known?.publishedFor ?? null
  const publication = agenda?.complete ? publicationOf(observed, waiting, publishedFor, now) : undefined
  if (publication) changes.published.push(publication)
  const row: OfficeChange = {
    ...observed,
    listed: true,
    doubtSince: mayClose ? absence.doubtSince : (known?.doubtSince ?? null),
    publishedFor: publication?.opening ?? publishedFor,
  }
  if (!known || !sameOffice(row, asRow(known))) changes.offices.push(row)

  close(changes, observed.id, gone)
  changes.leftOpen += seen.size + absent.length - gone.length
}

/**
 * What a reading changes in what is known of a province.
 *
 * A slot is new if it is not known as open, unless a reset of its office took it away minutes ago. It is announced when
 * the office's hour has come or comes within minutes; otherwise it waits unannounced and a later reading announces it, as
 * it does for a new slot of an unsteady office. More places of an announced slot make an alert too, for followers who need
 * several, and wait for the office's hour or a second reading as well. A slot closes only by a complete reading of its office,
 * or by a list that says that the office has nothing or does not name it any more.
 * @param now when the reading ended, epoch ms
 * @param mayClose false for a suspicious reading: it opens slots, but closes and unlists nothing
 */
export function diff(
  known: readonly KnownOffice[],
  observation: Observation,
  now: number,
  mayClose: boolean,
): Changes {
  const changes: Changes = {
    offices: [],
    opened: [],
    changed: [],
    restored: [],
    steps: [],
    alerts: [],
    published: [],
    leftOpen: 0,
  }
  const before = new Map(known.map((office) => [office.id, office]))
  const observed = new Map(observation.offices.map((office) => [office.id, office]))
  for (const office of observed.values()) {
    diffOffice(changes, office, observation.agendas.get(office.id), before.get(office.id), now, mayClose)
  }
  for (const office of known) {
    if (observed.has(office.id)) continue
    if (!mayClose) {
      changes.leftOpen += office.slots.length
    } else if (office.listed || office.slots.length > 0) {
      changes.offices.push({ ...asRow(office), firstDate: null, listed: false, doubtSince: null })
      close(changes, office.id, office.slots)
    }
  }
  return changes
}

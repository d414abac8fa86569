import type { RomeDate, RomeTime } from '../../platform/time.ts'
import type { ObservedOffice, ObservedSlot, RomeMonth } from '../model.ts'

/** A slot that the last readings showed as open. */
export interface KnownSlot extends ObservedSlot {
  /** Row id. */
  id: number
  /** This opening was announced. */
  announced: boolean
  /** More places that the last reading of an unsteady office showed first. Null or absent: none. */
  unconfirmedPlaces?: number | null | undefined
}

/** An announced slot that closed a short while ago. */
export interface VanishedSlot extends ObservedSlot {
  /** Row id. */
  id: number
  /** When it closed, epoch ms. */
  goneAt: number
}

/** An office after the last accepted reading, with its open slots. */
export interface KnownOffice extends ObservedOffice {
  /** The last accepted list contains it. */
  listed: boolean
  /** Since when the list says that it has free slots and its agenda shows none; null: they agree. */
  doubtSince: number | null
  /** New slots and more places are announced only by a second reading. Absent: at once. */
  unsteady?: boolean
  /** The opening that its last early notice was about (see publication.ts); null or absent: it had none. */
  publishedFor?: string | null
  slots: KnownSlot[]
  /** Slots that closed within the last `RESET_WINDOW` and did not return. */
  vanished: VanishedSlot[]
  /** How many slots were restored within the last `RESET_WINDOW`. */
  restored: number
}

/** What one round read of an office's agenda. */
export interface Agenda {
  /** Months that were read successfully. */
  months: ReadonlySet<RomeMonth>
  /** Everything free in them. */
  slots: ObservedSlot[]
  /** Every month that the plan asked for was read. */
  complete: boolean
}

/** What one round read of a province: the complete list, and the agendas of the offices with something free. */
export interface Observation {
  offices: ObservedOffice[]
  agendas: ReadonlyMap<string, Agenda>
}

/** Identifies a slot within its office. */
export const slotKey = (slot: { date: RomeDate; time: RomeTime }): string => `${slot.date} ${slot.time}`

/** Sorts slots by date and time. */
export const byTime = (
  a: { date: RomeDate; time: RomeTime },
  b: { date: RomeDate; time: RomeTime },
): number => (slotKey(a) < slotKey(b) ? -1 : slotKey(a) > slotKey(b) ? 1 : 0)

/** How many slots of a province are known as open. */
export const countOpen = (offices: readonly KnownOffice[]): number =>
  offices.reduce((total, office) => total + office.slots.length, 0)

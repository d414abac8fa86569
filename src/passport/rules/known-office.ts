import type { RomeDate, RomeTime } from '../../platform/time.ts'
import type { ObservedOffice, ObservedSlot, RomeMonth } from '../model.ts'

/** A slot that the last readings showed as open. */
export interface KnownSlot extends ObservedSlot {
  /** Row id. */
  id: number
  /** This opening was told to followers. */
  announced: boolean
}

/** A slot that followers were told of and that closed a short while ago. */
export interface VanishedSlot extends ObservedSlot {
  /** Row id. */
  id: number
  /** When it closed, epoch ms. */
  goneAt: number
}

/** An office as the last believed readings left it, with its open slots. */
export interface KnownOffice extends ObservedOffice {
  /** The last believed list named it. */
  listed: boolean
  /** The list says "free", the agenda says "none", since this instant; null: they agree. */
  doubtSince: number | null
  slots: KnownSlot[]
  /** What closed within the last `RESET_WINDOW` and did not come back. */
  vanished: VanishedSlot[]
  /** How many slots came back within the last `RESET_WINDOW` because the office was reset. */
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

import { MINUTE } from '../../platform/time.ts'
import type { ObservedSlot } from '../model.ts'
import { type KnownOffice, slotKey, type VanishedSlot } from './known-office.ts'

/** Slots that a reset takes away are back within this time, ms. */
export const RESET_WINDOW = 15 * MINUTE

/** An office that loses fewer slots is not being reset: people booked them. */
const SMALLEST_RESET = 3

/** Whether the office lost most of its announced slots within the last minutes. */
export function mayBeReset({ slots, vanished, restored }: KnownOffice): boolean {
  const lost = vanished.length + restored
  return lost >= SMALLEST_RESET && lost > slots.length - restored
}

/**
 * The slots that a reset of the office took away and that are back now: some offices' agendas vanish at night and
 * return within minutes. Most slots of the office must have vanished, and at least half of them, two or more, be back
 * at once: a single slot that returns is a hold that expired, and is announced.
 * @param seen what the office's agenda shows now, by slot key
 * @param now epoch ms
 */
export function slotsOfReset(
  office: KnownOffice,
  seen: ReadonlyMap<string, ObservedSlot>,
  now: number,
): VanishedSlot[] {
  if (!mayBeReset(office)) return []
  const recent = office.vanished.filter(({ goneAt }) => now - goneAt <= RESET_WINDOW)
  const back = recent.filter((slot) => seen.has(slotKey(slot)))
  return back.length >= 2 && back.length * 2 >= recent.length ? back : []
}

import type { SlotEventKind } from '../../db/schema/passport.ts'
import { MINUTE, type RomeDate, type RomeTime } from '../../platform/time.ts'
import type { FilteredOffice, FilteredSlot } from '../follow/slot-filter.ts'

/** Slots seen this soon after the readings began were free before: when they were freed is unknown. */
export const FIRST_SIGHT = 2 * MINUTE

/** A change of a slot, as `slot_events` has it. */
export interface SlotChange {
  province: string
  officeId: string
  date: RomeDate
  time: RomeTime
  kind: SlotEventKind
  places: number
  /** Epoch ms. */
  at: number
  /** The round that saw it. */
  trace: string
  /** When the office was first seen. */
  firstSeenAt: number
  /** Since when the province is read. */
  watchedSince: number
}

/** A slot that was freed and seen. */
export interface Opening {
  office: FilteredOffice
  slot: FilteredSlot
  /** Everything open at the office on that day just then, the slot included. */
  open: FilteredSlot[]
  /** When it was seen, epoch ms. */
  at: number
  /** The round that saw it: an alert lists the new slots of one office and round. */
  round: string
  /** When it closed, epoch ms; null: it did not. */
  goneAt: number | null
  /** Until when it was seen to be open, or to have closed; null: it is open still. */
  seenUntil: number | null
}

interface OpenSlot {
  slot: FilteredSlot
  /** Undefined for a slot that was free before the readings began. */
  opening: Opening | undefined
}

/** What is open at one office, and what closed: after a reset it may come back as `restored`. */
interface Agenda {
  open: Map<string, OpenSlot>
  gone: Map<string, OpenSlot>
}

/** True for a slot that was free before the readings began. */
const isFirstSight = ({ at, firstSeenAt, watchedSince }: SlotChange): boolean =>
  at === firstSeenAt || (at >= watchedSince && at <= watchedSince + FIRST_SIGHT)

/** Applies one change to an agenda. @returns the opening that it begins */
function take(agenda: Agenda, change: SlotChange): Opening | undefined {
  const { date, time, places, kind, at } = change
  const key = `${date} ${time}`
  const known = agenda.open.get(key)
  const slot = { date, time, places }
  switch (kind) {
    case 'places':
      if (known) known.slot = slot
      return undefined
    case 'gone':
    case 'unwatched': {
      agenda.open.delete(key)
      if (known?.opening) {
        known.opening.seenUntil = at
        if (kind === 'gone') known.opening.goneAt = at
      }
      if (known && kind === 'gone') agenda.gone.set(key, known)
      return undefined
    }
    case 'restored': {
      const { opening } = agenda.gone.get(key) ?? {}
      if (opening) Object.assign(opening, { goneAt: null, seenUntil: null })
      agenda.open.set(key, { slot, opening })
      return undefined
    }
    case 'seen': {
      const office = { id: change.officeId, province: change.province }
      const opening: Opening | undefined = isFirstSight(change)
        ? undefined
        : { office, slot, open: [], at, round: change.trace, goneAt: null, seenUntil: null }
      agenda.open.set(key, { slot, opening })
      return opening
    }
  }
}

/**
 * The slots that were freed, from changes in the order in which they were seen. Left out are slots that were free before
 * the readings began; a slot that was missing only while its office was reset counts as open all the time. What opened
 * before the first change is not known, and missing in `open`.
 */
export function openingsIn(changes: readonly SlotChange[]): Opening[] {
  const agendas = new Map<string, Agenda>()
  const openings: Opening[] = []
  for (const ofRound of Map.groupBy(
    changes,
    ({ at, trace, officeId }) => `${at} ${trace} ${officeId}`,
  ).values()) {
    const officeId = ofRound[0]?.officeId ?? ''
    const agenda = agendas.get(officeId) ?? { open: new Map(), gone: new Map() }
    agendas.set(officeId, agenda)
    const begun = ofRound.flatMap((change) => take(agenda, change) ?? [])
    if (begun.length === 0) continue
    const byDay = Map.groupBy(agenda.open.values(), ({ slot }) => slot.date)
    for (const opening of begun) opening.open = (byDay.get(opening.slot.date) ?? []).map(({ slot }) => slot)
    openings.push(...begun)
  }
  return openings
}

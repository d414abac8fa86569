import { MINUTE } from '../../platform/time.ts'
import type { KnownOffice, Observation } from './known.ts'

/** A surprising absence is believed when a reading at least this long after the first one shows it again, ms. */
export const SECOND_LOOK_AFTER = 3 * MINUTE

/** A province with fewer listed offices than this may lose any of them without surprise. */
const SMALL_LIST = 4

/**
 * Why a list surprises. `no-offices`: empty, though the province had some. `shrunken`: less than half of the known
 * offices are left. Either may be the portal's way of refusing.
 */
export type ListSuspicion = 'no-offices' | 'shrunken'

/** Whether the list of a reading surprises; null: it does not. */
export function suspectList(known: readonly KnownOffice[], observation: Observation): ListSuspicion | null {
  const listed = known.filter((office) => office.listed)
  if (listed.length === 0) return null
  if (observation.offices.length === 0) return 'no-offices'
  const seen = new Set(observation.offices.map((office) => office.id))
  const left = listed.filter((office) => seen.has(office.id)).length
  return listed.length >= SMALL_LIST && left < listed.length / 2 ? 'shrunken' : null
}

/**
 * Whether the second look has come: what surprised at `since` still shows.
 * @param since instant of the first surprising reading, epoch ms; null: this is the first
 */
export const secondLookAgrees = (since: number | null, now: number): boolean =>
  since !== null && now - since >= SECOND_LOOK_AFTER

/**
 * Whether the whole portal went silent: in one round every followed province that had open slots (two or more) lost
 * all of them.
 * @param open followed provinces with open slots before the round
 * @param emptied provinces that the round would leave without any
 */
export const allWentSilent = (open: ReadonlySet<string>, emptied: ReadonlySet<string>): boolean =>
  open.size >= 2 && [...open].every((province) => emptied.has(province))

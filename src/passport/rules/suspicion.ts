import { MINUTE } from '../../platform/time.ts'
import type { KnownOffice, Observation } from './known-office.ts'

/** A suspicious absence is believed when a reading at least this long after the first one shows it again, ms. */
export const SECOND_LOOK_AFTER = 3 * MINUTE

/** A province with fewer listed offices than this may lose any of them without suspicion. */
const SMALL_LIST = 4

/**
 * Why a list is suspicious. `no-offices`: empty, though the province had some. `shrunken`: less than half of the known
 * offices are left. Either may be the portal's way of refusing.
 */
export type ListSuspicion = 'no-offices' | 'shrunken'

/** Why the list of a reading is suspicious; null: it is not. */
export function suspectList(known: readonly KnownOffice[], observation: Observation): ListSuspicion | null {
  const listed = known.filter((office) => office.listed)
  if (listed.length === 0) return null
  if (observation.offices.length === 0) return 'no-offices'
  const seen = new Set(observation.offices.map((office) => office.id))
  const left = listed.filter((office) => seen.has(office.id)).length
  return listed.length >= SMALL_LIST && left < listed.length / 2 ? 'shrunken' : null
}

/**
 * Whether enough time has passed since the first suspicious reading that a second one is believed.
 * @param since instant of the first suspicious reading, epoch ms; null: this is the first
 */
export const secondReadingAgrees = (since: number | null, now: number): boolean =>
  since !== null && now - since >= SECOND_LOOK_AFTER

/** From this share of the provinces that were read, going empty at once is the portal's doing. */
const MASS_SHARE = 0.8

/** How the provinces of one round that had open slots were read. */
export interface EmptyReports {
  /** Read, and without any slot now. */
  emptied: number
  /** Read, and with slots still. */
  kept: number
  /** Not read yet. Those that could not be read count nowhere. */
  pending: number
}

/**
 * Whether so many provinces went empty in one round that the portal must be hiding its slots: at least two, and at
 * least four in five of those that were actually read.
 * @returns undefined while it depends on those not read yet
 */
export function massEmpty({ emptied, kept, pending }: EmptyReports): boolean | undefined {
  const all = emptied + kept + pending
  const isMass = (count: number) => count >= 2 && count >= MASS_SHARE * all
  if (isMass(emptied)) return true
  return isMass(emptied + pending) ? undefined : false
}

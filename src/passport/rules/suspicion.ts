import { MINUTE } from '../../platform/time.ts'
import type { KnownOffice, Observation } from './known-office.ts'

/** A suspicious absence is accepted when a reading at least this long after the first shows it again, ms. */
export const SECOND_LOOK_AFTER = 3 * MINUTE

/** A province with fewer listed offices than this may lose any of them without suspicion. */
const SMALL_LIST = 4

/**
 * Why a list is suspicious. `no-offices`: empty, though the province had some. `shrunken`: less than half of the known
 * offices are left. Either may mean that the portal refuses us.
 */
export type ListSuspicion = 'no-offices' | 'shrunken'

/** Why a reading's list is suspicious; null: it is not. */
export function suspectList(known: readonly KnownOffice[], observation: Observation): ListSuspicion | null {
  const listed = known.filter((office) => office.listed)
  if (listed.length === 0) return null
  if (observation.offices.length === 0) return 'no-offices'
  const seen = new Set(observation.offices.map((office) => office.id))
  const left = listed.filter((office) => seen.has(office.id)).length
  return listed.length >= SMALL_LIST && left < listed.length / 2 ? 'shrunken' : null
}

/**
 * Whether a second suspicious reading is accepted: enough time has passed since the first.
 * @param since instant of the first suspicious reading, epoch ms; null: this is the first
 */
export const secondReadingAgrees = (since: number | null, now: number): boolean =>
  since !== null && now - since >= SECOND_LOOK_AFTER

/** When this share of the provinces goes empty at once, the portal hides slots. */
const MASS_SHARE = 0.8

/** The readings of one round's provinces that had open slots. */
export interface EmptyReports {
  /** Read, and without open slots. */
  emptied: number
  /** Read, and with open slots. */
  kept: number
  /** Not read yet. Provinces that could not be read are not counted. */
  pending: number
}

/**
 * Whether so many provinces went empty in one round that the portal must be hiding slots: at least two, and at least
 * four in five of those that were read.
 * @returns undefined while it depends on those not read yet
 */
export function massEmpty({ emptied, kept, pending }: EmptyReports): boolean | undefined {
  const all = emptied + kept + pending
  const isMass = (count: number) => count >= 2 && count >= MASS_SHARE * all
  if (isMass(emptied)) return true
  return isMass(emptied + pending) ? undefined : false
}

/** The reading of a province that had open slots: none is left, some are, or it could not be read. */
export type EmptyReport = 'emptied' | 'kept' | 'unread'

/**
 * What a round shows about its emptied provinces. `mass`: most went empty at once. `witnessed`: others kept slots at the same
 * time. `alone`: no other that had slots was read, so that nothing tells an emptied province from a portal that hides all.
 */
export type EmptyVerdict = 'mass' | 'witnessed' | 'alone'

/** The other followed provinces that have open slots. */
export interface Witnesses {
  others: number
  /** Of these, read from beginning to end, and with slots, since the first suspicious reading of the province at hand. */
  kept: number
  /** Of these, in doubt themselves. */
  emptied: number
  /** The operators know already that most provinces are empty. */
  notified: boolean
}

/**
 * Why an emptied province is suspicious. `silent`: most provinces are empty at once. `alone`: nobody knows yet, the next
 * reading decides. Null: it is not, since others have slots at the same time or after its first suspicious reading.
 * @param since its first suspicious reading, epoch ms; null: none was
 */
export function suspectEmptied(
  verdict: EmptyVerdict,
  { others, kept, emptied }: Omit<Witnesses, 'notified'>,
  since: number | null,
): 'silent' | 'alone' | null {
  if (verdict !== 'alone') return verdict === 'mass' ? 'silent' : null
  if (since === null) return others > 0 ? 'alone' : null
  if (massEmpty({ emptied: emptied + 1, kept, pending: 0 })) return 'silent'
  return kept > 0 ? null : 'alone'
}

/** Collects the reports of one round's readings, to notice that most provinces went empty at once. */
export interface MassEmptyGuard {
  report(province: string, report: EmptyReport): void
  /** Resolves as early as the reports allow, at the latest with the last one. */
  verdict: Promise<EmptyVerdict>
}

/**
 * Starts the guard of one round.
 * @param provinces the round's provinces that had open slots; each must be reported
 */
export function beginMassEmptyGuard(provinces: Iterable<string>): MassEmptyGuard {
  const pending = new Set(provinces)
  const counts = { emptied: 0, kept: 0, unread: 0 }
  let settle: (verdict: EmptyVerdict) => void = () => undefined
  const verdict = new Promise<EmptyVerdict>((resolve) => {
    settle = resolve
  })
  return {
    verdict,
    report(province, report) {
      if (!pending.delete(province)) return
      counts[report] += 1
      const isMass = massEmpty({ emptied: counts.emptied, kept: counts.kept, pending: pending.size })
      if (isMass !== undefined) settle(isMass ? 'mass' : counts.kept > 0 ? 'witnessed' : 'alone')
    },
  }
}

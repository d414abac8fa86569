import { log } from '../platform/log.ts'
import type { PortalResult } from './model.ts'
import type { Town } from './portal/answers.ts'
import { plain } from './provinces.ts'

/** A beginning that fits towns of more provinces than these is no help to anybody. */
const MOST = 6

/** Codes of the provinces that a typed name leads to: those of the towns so called, or else of those that begin so. */
export function provincesServing(towns: readonly Town[], typed: string): string[] {
  const wanted = plain(typed)
  const exact = towns.filter(({ name }) => plain(name) === wanted)
  const codes = [...new Set((exact.length > 0 ? exact : towns).map(({ province }) => province))]
  return codes.length <= MOST ? codes : []
}

/** Asks the portal which provinces' police serve a town; none when it cannot be asked now. */
export async function provincesOfTown(
  portal: { findTowns(name: string): Promise<PortalResult<Town[]>> },
  name: string,
): Promise<string[]> {
  const found = await portal.findTowns(name)
  if (found.ok) return provincesServing(found.value, name)
  log('info', 'towns-unknown', { reason: found.failure.reason })
  return []
}

import type { ObservedOffice, PortalResult } from '../model.ts'
import type { OfficePage } from './portal-answers.ts'
import { failure, value } from './portal-result.ts'

/** Offices asked for at once: a whole province, as the portal has given it since 2024. */
export const WHOLE_PROVINCE = 1_000
/** The page size when paging did not add up; no province has as many offices. */
export const ALL_AT_ONCE = 500
/** The portal's default page size: a page of this length may be cut. */
const PORTAL_PAGE = 15
/** Pages of one province before giving up. */
const MOST_PAGES = 40

/** Asks for a page: at most `max` offices after the first `skip`. */
export type ReadPage = (max: number, skip: number) => Promise<PortalResult<OfficePage>>

/** What the pages gave: every office; or that they did not add up, and why. */
type Paged = { whole: ObservedOffice[] } | { gap: string }

async function readPages(
  readPage: ReadPage,
  max: number,
  fullPages: readonly number[],
): Promise<PortalResult<Paged>> {
  const found = new Map<string, ObservedOffice>()
  let received = 0
  for (let page = 0; page < MOST_PAGES; page++) {
    const result = await readPage(max, received)
    if (!result.ok) return result
    const { offices } = result.value
    const before = found.size
    for (const office of offices) found.set(office.id, office)
    received += offices.length
    // Ignore a total that is smaller than the number of offices read.
    const total = (result.value.total ?? -1) < found.size ? undefined : result.value.total
    // Within one page a duplicate office does not mean that the list shifted.
    const counted = page === 0 ? received : found.size
    // Without a total only a page that is not full is the last.
    if (total === undefined ? !fullPages.includes(offices.length) : counted >= total) {
      return value({ whole: [...found.values()] })
    }
    if (offices.length === 0) return value({ gap: `${found.size} offices of ${total}` })
    if (found.size === before) return value({ gap: `the page after ${received - offices.length} repeats` })
  }
  return value({ gap: `no end after ${MOST_PAGES} pages` })
}

/**
 * All offices of a province, each once: in one page, or in several when the portal gives fewer than its total. Pages that do not add up (the list shifted between two of them,
 * paging ignored) are asked for once more in one piece; a list that is still short of its own total is `malformed`,
 * never taken for the whole.
 */
export async function readAllOffices(readPage: ReadPage): Promise<PortalResult<ObservedOffice[]>> {
  const paged = await readPages(readPage, WHOLE_PROVINCE, [WHOLE_PROVINCE, PORTAL_PAGE])
  if (!paged.ok) return paged
  if ('whole' in paged.value) return value(paged.value.whole)
  const again = await readPages(readPage, ALL_AT_ONCE, [ALL_AT_ONCE])
  if (!again.ok) return again
  return 'whole' in again.value
    ? value(again.value.whole)
    : failure('malformed', `offices: ${again.value.gap}`)
}

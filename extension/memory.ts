/** What the extension keeps in the browser's storage. The portal's cookies are not among it. */

import type { Failure, HandedIn, Pairing } from './installation.ts'
import type { Sent } from './rules.ts'

export interface Memory {
  /** Absent: not paired. */
  pairing?: Pairing
  /** The session that was sent last. */
  sent?: Sent
  /** The installation's last answer. */
  handedIn?: HandedIn
  /** Why the last request failed; null: it did not. */
  failure?: Failure | null
}

const NAMES = ['pairing', 'sent', 'handedIn', 'failure'] satisfies (keyof Memory)[]

export const recall = async (): Promise<Memory> => (await chrome.storage.local.get(NAMES)) as Memory
export const remember = (values: Memory): Promise<void> =>
  chrome.storage.local.set(values as Record<string, unknown>)
/** Forgets everything. */
export const forget = (): Promise<void> => chrome.storage.local.clear()

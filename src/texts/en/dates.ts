import { dayInShort, dayWithYear } from '../days.ts'
import type { Texts } from '../texts.ts'

/** How days and times are written. */
export const dates: Texts['dates'] = {
  full: (date) => dayWithYear('en', date),
  short: (date) => dayInShort('en', date),
  from: (time) => `from ${time}`,
}

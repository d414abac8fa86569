import type { Chat } from '../../chats/chat-row.ts'
import type { RomeTime } from '../../platform/time.ts'

/** A part of the day in Rome, `to` not included; `24:00` is the end of the day. */
export type TimeWindow = [from: RomeTime, to: RomeTime]

/** The columns of `chats` that hold a chat's time windows. */
export type StoredWindows = Pick<Chat, 'onlyFrom' | 'onlyTo' | 'onlyWindows'>

/** The most time windows of a chat. */
export const MOST_WINDOWS = 4

const MIDNIGHT = '00:00'
/** Later than any slot. */
export const END_OF_DAY = '24:00'

/** In order, with those that touch or overlap joined. */
function joined(windows: readonly TimeWindow[]): TimeWindow[] {
  const all: TimeWindow[] = []
  for (const [from, to] of windows.toSorted(([a], [b]) => a.localeCompare(b))) {
    const last = all.at(-1)
    if (!last || from > last[1]) all.push([from, to])
    else if (to > last[1]) last[1] = to
  }
  return all
}

/** The columns that store time windows; without any there is no limit. @param windows each ends after it begins */
export function storeWindows(windows: readonly TimeWindow[]): StoredWindows {
  const all = joined(windows)
  const [first] = all
  const last = all.at(-1)
  if (!first || !last) return { onlyFrom: null, onlyTo: null, onlyWindows: null }
  if (all.length > 1) return { onlyFrom: first[0], onlyTo: last[1], onlyWindows: all }
  const [from, to] = first
  return {
    onlyFrom: from === MIDNIGHT ? null : from,
    onlyTo: to === END_OF_DAY ? null : to,
    onlyWindows: null,
  }
}

/** The time windows of a chat, in order; none: any time. */
export function windowsOf({ onlyFrom, onlyTo, onlyWindows }: StoredWindows): TimeWindow[] {
  const isValid = onlyWindows?.at(0)?.[0] === onlyFrom && onlyWindows?.at(-1)?.[1] === onlyTo
  if (onlyWindows && isValid) return onlyWindows
  return onlyFrom === null && onlyTo === null ? [] : [[onlyFrom ?? MIDNIGHT, onlyTo ?? END_OF_DAY]]
}

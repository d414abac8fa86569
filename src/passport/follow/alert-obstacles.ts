import type { Chat } from '../../chats/chat-row.ts'
import { romeDate } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { provinceName } from '../provinces/provinces.ts'
import { filterWords } from './filter-words.ts'
import type { FollowStatus } from './follow-status.ts'
import { isFinished, isMuted } from './follows.ts'
import { excludesEveryDay } from './slot-filter.ts'

/** What prevents, delays or silences a chat's alerts now, in words; empty: nothing does. */
export function alertObstacles(
  texts: Texts,
  chat: Chat,
  { pausedSince, provinces }: FollowStatus,
  now: number,
): string[] {
  const { why } = texts
  const named = (list: readonly { code: string }[]) => list.map(({ code }) => provinceName(code)).join(', ')
  const muted = provinces.filter(({ mutedUntil }) => isMuted({ mutedUntil }, now))
  const out = provinces.filter(({ outageSince }) => outageSince !== null)
  const finished = provinces.filter(({ bookedDate }) => bookedDate === '')
  const filters = provinces
    .filter((province) => !finished.includes(province))
    .map(({ code, bookedDate }) => filterWords(texts, { ...chat, bookedDate }, code))
    .find((words) => words !== '')
  const isExcluded = provinces.some(
    ({ bookedDate }) =>
      !isFinished({ bookedDate }) && excludesEveryDay({ ...chat, bookedDate }, romeDate(now)),
  )
  const { quietFrom: from, quietTo: to } = chat
  return [
    pausedSince !== null && why.paused,
    out.length > 0 && why.outage(named(out)),
    finished.length > 0 && why.booked(named(finished)),
    muted.length > 0 && why.muted(named(muted)),
    filters !== undefined && why.filters(filters),
    isExcluded && texts.filters.never,
    from !== null &&
      to !== null &&
      (chat.quietMode === 'digest' ? why.digest(from, to) : why.silent(from, to)),
  ].filter((line) => line !== false)
}

import { duration } from '../../platform/duration.ts'
import { addDays, romeDate, romeTime, romeTimeInSeconds, SECOND } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { filterWords } from '../follow/filter-words.ts'
import { type FilterName, NO_FILTER, type SlotFilter } from '../follow/slot-filter.ts'
import { provinceName } from '../provinces/provinces.ts'
import type { OpeningOutcome, RecentOpening } from './recent-openings.ts'

/** Outcomes that are derived from the chat's present settings: earlier settings are not kept. */
const RECONSTRUCTED: readonly OpeningOutcome['kind'][] = ['filtered', 'muted', 'unknown']

const MARKS: Record<OpeningOutcome['kind'], string> = {
  sent: '✅',
  sending: '📨',
  held: '🌙',
  gone: '💨',
  filtered: '🔍',
  muted: '🔕',
  'too-early': '🕰',
  'not-delivered': '⚠️',
  unknown: '❔',
  'opens-later': '⏳',
  'gone-early': '💨',
  'second-reading': '🔁',
  unconfirmed: '👻',
}

/** One of a chat's filters, without the others. */
const only = (name: FilterName, chat: SlotFilter): SlotFilter => {
  const { onlyOffices, onlyFromDay, onlyBefore, onlyWeekdays, onlyFrom, onlyTo, onlyWindows } = chat
  const { minPlaces, minDayPlaces } = chat
  const columns: Record<FilterName, Partial<SlotFilter>> = {
    booked: {},
    offices: { onlyOffices },
    fromDay: { onlyFromDay },
    before: { onlyBefore },
    weekdays: { onlyWeekdays },
    hours: { onlyFrom, onlyTo, onlyWindows },
    places: { minPlaces },
    dayPlaces: { minDayPlaces },
  }
  return { ...NO_FILTER, ...columns[name] }
}

/** What became of slots, in words of the person's language. */
export interface OpeningWords {
  /** Province and office. */
  where: string
  /** When the slots were seen. */
  seen: string
  /** That an early notice of them was sent, or will be; null: there is none. */
  notice: string | null
  lines: { mark: string; slots: string; outcome: string }[]
}

function outcomeWords(
  texts: Texts,
  chat: SlotFilter & { language: 'it' | 'en' },
  opening: RecentOpening,
  outcome: OpeningOutcome,
): string {
  const { outcome: words } = texts.why
  switch (outcome.kind) {
    case 'sent': {
      const time = romeTimeInSeconds(outcome.at)
      if (outcome.digest) return words.digest(time)
      return words.sent(time, duration(chat.language, Math.max(SECOND, outcome.at - opening.seenAt)))
    }
    case 'held':
      return words.held(romeTime(outcome.until))
    case 'filtered':
      if (outcome.by === 'booked') return words.booked
      return words.filtered(filterWords(texts, only(outcome.by, chat), opening.province))
    case 'opens-later':
      return words.opensLater(texts.dates.from(outcome.from ?? '00:00'))
    case 'gone-early':
      return words.goneEarly
    case 'second-reading':
      return words.secondReading
    case 'too-early':
      return words.tooEarly
    case 'not-delivered':
      return words.notDelivered
    default:
      return words[outcome.kind]
  }
}

/** What became of recently seen slots for a chat, in words. @param now epoch ms */
export function openingWords(
  texts: Texts,
  chat: SlotFilter & { language: 'it' | 'en' },
  opening: RecentOpening,
  now: number,
): OpeningWords {
  const { why, dates } = texts
  const date = romeDate(opening.seenAt)
  const today = romeDate(now)
  const day = date === today ? why.today : date === addDays(today, -1) ? why.yesterday : dates.short(date)
  const { code, name } = opening.office
  const { notice } = opening
  return {
    where: `${provinceName(opening.province)} · ${name || code}`,
    seen: why.seen(day, romeTime(opening.seenAt)),
    notice: notice
      ? notice.sent
        ? texts.early.sent(romeTimeInSeconds(notice.at))
        : texts.early.held(romeTime(notice.at))
      : null,
    lines: opening.groups.map(({ outcome, slots: [first, ...others] }) => ({
      mark: MARKS[outcome.kind],
      slots: why.slots(dates.short(first?.date ?? ''), first?.time ?? '', others.length),
      outcome: outcomeWords(texts, chat, opening, outcome),
    })),
  }
}

/** True when an outcome of the openings is derived from the chat's present settings. */
export const isReconstructed = (openings: readonly RecentOpening[]): boolean =>
  openings.some(({ groups }) => groups.some(({ outcome }) => RECONSTRUCTED.includes(outcome.kind)))

/** True when the chat could have known of some slots earlier: they open later, and it gets no early notices. */
export const missesNotices = (
  { earlyNotice }: { earlyNotice: boolean },
  openings: readonly RecentOpening[],
): boolean =>
  !earlyNotice && openings.some(({ groups }) => groups.some(({ outcome }) => outcome.kind === 'opens-later'))

import { FormattedString } from '@grammyjs/parse-mode'
import type { Chat } from '../chats/chat-row.ts'
import { lines } from '../delivery/message.ts'
import { filterWords } from '../passport/follow/filter-words.ts'
import type { ProvinceStatus } from '../passport/follow/follow-status.ts'
import { wantedOf } from '../passport/follow/slot-filter.ts'
import { provinceName } from '../passport/provinces/provinces.ts'
import { ago } from '../platform/ago.ts'
import { type RomeDate, romeDate, romeTime } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'

/** Offices listed under one province. */
const MOST_OFFICES = 8

function readLine(texts: Texts, { language }: Chat, at: number | null, now: number): string {
  if (at === null) return texts.passport.neverRead
  const when = ago(language, now - at)
  return romeDate(at) === romeDate(now)
    ? texts.passport.readAgo(when, romeTime(at))
    : texts.passport.readOn(when, texts.dates.full(romeDate(at)), romeTime(at))
}

const placesOf = (slots: readonly { places: number }[]) => slots.reduce((sum, slot) => sum + slot.places, 0)

/** The open slots of a province that the chat's filters let through. */
const wantedSlots = (chat: Chat, { open, bookedDate }: ProvinceStatus) =>
  open.flatMap((office) => wantedOf({ ...chat, bookedDate }, office, office.slots))

/** True when the filters hide open slots; a person who has finished has none there. */
const hides = (chat: Chat, status: ProvinceStatus) =>
  status.bookedDate !== '' &&
  wantedSlots(chat, status).length < status.open.flatMap((office) => office.slots).length

function openLine(texts: Texts, chat: Chat, status: ProvinceStatus): string {
  const { passport } = texts
  const slots = status.open.flatMap((office) => office.slots)
  if (slots.length === 0) return passport.openNothing
  if (!hides(chat, status)) return passport.openCount(slots.length, placesOf(slots))
  const wanted = placesOf(wantedSlots(chat, status))
  return passport.openFiltered(
    placesOf(slots),
    wanted,
    filterWords(texts, { ...chat, bookedDate: status.bookedDate }, status.code),
  )
}

const bookedLine = ({ booked, dates }: Texts, date: RomeDate) =>
  date === '' ? booked.statusStopped : booked.statusKept(dates.full(date))

/** The state of a followed province: when it was read, what is open and passes the filters, how many alerts came. */
export function provinceLines(
  texts: Texts,
  chat: Chat,
  status: ProvinceStatus,
  now: number,
): FormattedString {
  const { passport } = texts
  const left = status.open.length - MOST_OFFICES
  const filters =
    status.bookedDate === ''
      ? ''
      : filterWords(texts, { ...chat, bookedDate: status.bookedDate }, status.code)
  return lines(
    '',
    FormattedString.bold(passport.statusProvince(provinceName(status.code), status.code)),
    readLine(texts, chat, status.lastReadAt, now),
    status.outageSince !== null && passport.outageSince(romeTime(status.outageSince)),
    status.bookedDate !== null && bookedLine(texts, status.bookedDate),
    status.mutedUntil !== null && status.mutedUntil > now && passport.mutedUntil(romeTime(status.mutedUntil)),
    openLine(texts, chat, status),
    filters !== '' && !hides(chat, status) && passport.filtersOn(filters),
    ...status.open
      .slice(0, MOST_OFFICES)
      .map((office) =>
        passport.openOffice(
          office.name || office.code,
          placesOf(office.slots),
          texts.dates.full(office.slots[0]?.date ?? ''),
        ),
      ),
    left > 0 && passport.moreOffices(left),
    passport.alertsThisWeek(status.alertsThisWeek),
  )
}

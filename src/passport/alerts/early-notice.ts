import { FormattedString } from '@grammyjs/parse-mode'
import type { Message } from '../../delivery/content.ts'
import { lines, toMessage } from '../../delivery/message.ts'
import { type RomeDate, type RomeTime, romeDate, romeInstant } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import type { PlacesFilter } from '../follow/several-places.ts'
import { ANNOUNCED_AHEAD } from '../rules/bookable.ts'
import { type AlertOffice, type AlertSlot, headline, officeBlock, togetherLines } from './alert-message.ts'
import type { AlertNews } from './alert-news.ts'
import { muteButton } from './mute-buttons.ts'
import { openingPath } from './opening-path.ts'

/** True once an early notice is of no use: the alert of the opening itself is due. @param now epoch ms */
export function isOutdated(
  { bookableAt, createdAt }: Pick<AlertNews, 'bookableAt' | 'createdAt'>,
  now: number,
): boolean {
  if (bookableAt === null) return true
  return now >= romeInstant(romeDate(createdAt), bookableAt) - ANNOUNCED_AHEAD
}

/**
 * The message about slots that can be booked later that day. It is silent, and links to a calendar entry of the opening.
 * @param publicUrl where the edge Worker is reached; absent: without the link
 */
export function earlyNoticeMessage(
  texts: Texts,
  notice: {
    province: string
    office: AlertOffice & { id: string }
    slots: readonly AlertSlot[]
    /** How many places the chat needs. */
    wish: PlacesFilter
    /** The opening, Rome. */
    day: RomeDate
    bookableAt: RomeTime
    language: 'it' | 'en'
    publicUrl?: string | undefined
  },
): Message {
  const { early, dates } = texts
  const { province, office, slots, wish, day, bookableAt, language, publicUrl } = notice
  const text = lines(
    FormattedString.join(['⏳ ', headline(texts, [province], slots)]),
    FormattedString.bold(early.title(dates.from(bookableAt))),
    officeBlock(texts, office, slots, togetherLines(texts, slots, wish)),
    '',
    early.note,
  )
  const calendar = publicUrl && `${publicUrl}${openingPath(office.id, day)}?lang=${language}`
  return {
    ...toMessage(text, [
      calendar ? [{ text: early.calendar, url: calendar }] : [],
      [muteButton(texts, province)],
    ]),
    silent: true,
  }
}

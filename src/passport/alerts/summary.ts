import { FormattedString } from '@grammyjs/parse-mode'
import { MAX_TEXT } from '../../delivery/channels/telegram/split-message.ts'
import type { Message } from '../../delivery/content.ts'
import { lines, toMessage } from '../../delivery/message.ts'
import { type Language, type Texts, textsIn } from '../../texts/index.ts'
import { type SlotFilter, wantedOf } from '../follow/slot-filter.ts'
import type { OpenOffice } from '../open-slots.ts'
import { provinceName } from '../provinces/provinces.ts'
import { bookRow } from './alert-message.ts'
import { muteButton } from './mute-buttons.ts'

/** How many slots an office and how many offices a summary lists, tried in turn until it fits one message. */
const limits: readonly { slots: number; offices: number }[] = [
  { slots: 1000, offices: 1000 },
  { slots: 20, offices: 1000 },
  { slots: 8, offices: 1000 },
  { slots: 3, offices: 1000 },
  { slots: 1, offices: 20 },
  { slots: 0, offices: 5 },
]

function officeLines(texts: Texts, office: OpenOffice, most: number): FormattedString {
  const { passport } = texts
  const listed = office.slots.slice(0, most)
  const left = office.slots.length - listed.length
  const place = [office.address, office.city].filter(Boolean).join(' ')
  return lines(
    '',
    passport.office(office.name || office.code),
    place !== '' && passport.address(place),
    passport.firstDate(texts.dates.full(office.slots[0]?.date ?? '')),
    office.bookableFrom !== null && passport.bookableFrom(texts.dates.from(office.bookableFrom)),
    ...listed.map((slot) => passport.slot(texts.dates.full(slot.date), slot.time, slot.places)),
    left > 0 && passport.moreSlots(left),
  )
}

/** The open slots, grouped by office, as one text that fits a message. */
function summaryText(texts: Texts, province: string, offices: readonly OpenOffice[]): FormattedString {
  const attempts = limits.map(({ slots, offices: most }) => () => {
    const left = offices.length - Math.min(most, offices.length)
    return lines(
      FormattedString.bold(texts.passport.openNow(provinceName(province))),
      ...offices.slice(0, most).map((office) => officeLines(texts, office, slots)),
      left > 0 && texts.passport.moreOffices(left),
    )
  })
  for (const attempt of attempts) {
    const text = attempt()
    if (text.text.length <= MAX_TEXT) return text
  }
  return FormattedString.bold(texts.passport.openNow(provinceName(province)))
}

/**
 * The open slots of a province that the chat's filters let through, grouped by office; never too long for one message.
 * @param open the province's offices with open slots
 * @param portalOrigin where citizens book
 */
export function summaryMessage(
  open: readonly OpenOffice[],
  {
    province,
    chat,
    portalOrigin,
  }: { province: string; chat: SlotFilter & { language: Language }; portalOrigin: string },
): Message {
  const texts = textsIn(chat.language)
  const offices = open
    .map((office) => ({ ...office, slots: wantedOf(chat, office, office.slots) }))
    .filter((office) => office.slots.length > 0)
  if (offices.length === 0) return toMessage(texts.passport.nothingOpen(provinceName(province)))
  return toMessage(summaryText(texts, province, offices), [
    bookRow(texts.passport.book, portalOrigin),
    [muteButton(texts, province)],
  ])
}

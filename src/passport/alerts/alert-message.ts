import { FormattedString } from '@grammyjs/parse-mode'
import type { Message } from '../../delivery/content.ts'
import { lines, toMessage } from '../../delivery/message.ts'
import { italianDate, type RomeDate, type RomeTime } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { muteButton } from './mute-buttons.ts'

/** The portal's page on which a citizen books. */
export const BOOKING_PAGE = '/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune'

/** A slot as an alert shows it. */
export interface AlertSlot {
  date: RomeDate
  time: RomeTime
  places: number
  /** Struck through. */
  gone: boolean
}

/** An office as an alert names it. */
export interface AlertOffice {
  code: string
  name: string
  address: string
  city: string
}

/** The most slots that one message lists: a message stays far below Telegram's 4,096 characters. */
const MAX_LISTED = 40

/** `TOPQ60 - Questura di Torino`; the portal's own name often begins with the code already. */
export const officeTitle = ({ code, name }: Pick<AlertOffice, 'code' | 'name'>): string =>
  code === '' || name.toUpperCase().includes(code.toUpperCase()) ? name || code : `${code} - ${name}`

const addressOf = ({ address, city }: AlertOffice): string =>
  address.toUpperCase().includes(city.toUpperCase()) ? address : `${address} ${city}`.trim()

const labelled = (label: string, value: string) =>
  FormattedString.join([FormattedString.bold(label), ' ', value])

/** One office's part of an alert: first date, slots, office, address. At least one slot. */
export function officeBlock(texts: Texts, office: AlertOffice, slots: readonly AlertSlot[]): FormattedString {
  const { alerts } = texts
  const listed = slots.slice(0, MAX_LISTED)
  const left = slots.length - listed.length
  const first = slots.find((slot) => !slot.gone) ?? slots[0]
  const address = addressOf(office)
  return lines(
    labelled(alerts.firstDate, italianDate(first?.date ?? '')),
    FormattedString.bold(alerts.availability),
    ...listed.map((slot) => {
      const text = alerts.slot(italianDate(slot.date), slot.time, slot.places)
      return FormattedString.join(['   ', slot.gone ? FormattedString.strikethrough(text) : text])
    }),
    left > 0 && `   ${alerts.moreSlots(left)}`,
    labelled(alerts.office, officeTitle(office)),
    address !== '' && labelled(alerts.address, address),
  )
}

/** The buttons under an alert: open the portal, mute for today. */
export const alertButtons = (texts: Texts, portalOrigin: string, province: string) => [
  [{ text: texts.alerts.book, url: `${portalOrigin}${BOOKING_PAGE}` }],
  [muteButton(texts, province)],
]

/**
 * The message that lists an office's slots, in order.
 * @param bookableAt the Rome time at which booking opens, when that is minutes away; null: now
 */
export function alertMessage(
  texts: Texts,
  alert: {
    province: string
    office: AlertOffice
    slots: readonly AlertSlot[]
    bookableAt: RomeTime | null
    portalOrigin: string
  },
): Message {
  const { alerts } = texts
  const title = alert.slots.every((slot) => slot.gone)
    ? alerts.allGone
    : alert.bookableAt === null
      ? alerts.newSlots
      : alerts.newSlotsAt(alert.bookableAt)
  const text = lines(FormattedString.bold(title), officeBlock(texts, alert.office, alert.slots))
  return toMessage(text, alertButtons(texts, alert.portalOrigin, alert.province))
}

import { FormattedString } from '@grammyjs/parse-mode'
import type { InlineKeyboardButton } from 'grammy/types'
import type { Message } from '../../delivery/content.ts'
import { lines, toMessage } from '../../delivery/message.ts'
import { cutText } from '../../platform/cut-text.ts'
import type { RomeDate, RomeTime } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { ONE_PLACE, type PlacesFilter } from '../follow/several-places.ts'
import { sufficientDays } from '../follow/slot-filter.ts'
import { provinceName } from '../provinces/provinces.ts'
import { consecutiveRuns } from '../rules/consecutive-times.ts'
import { falseAlarmRow } from './false-alarm-button.ts'
import { provinceRows } from './mute-buttons.ts'

/** The portal's page on which a citizen books. */
export const BOOKING_PAGE = '/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune'

/** The row of the button that opens the portal's page on which a citizen books. */
export const bookRow = (text: string, portalOrigin: string): InlineKeyboardButton[] => [
  { text, url: `${portalOrigin}${BOOKING_PAGE}`, style: 'success' },
]

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
/** The most days with a line of their places together. */
const MAX_DAYS = 5

/** `TOPQ60 - Questura di Torino`; the portal's own name often begins with the code already. */
export const officeTitle = ({ code, name }: Pick<AlertOffice, 'code' | 'name'>): string =>
  code === '' || name.toUpperCase().includes(code.toUpperCase()) ? name || code : `${code} - ${name}`

const addressOf = ({ address, city }: AlertOffice): string =>
  address.toUpperCase().includes(city.toUpperCase()) ? address : `${address} ${city}`.trim()

const labelled = (label: string, value: string) =>
  FormattedString.join([FormattedString.bold(label), ' ', value])

/** What a notification shows of a message: where, how many places are left, and the first of them. */
export function headline(
  texts: Texts,
  provinces: readonly string[],
  slots: readonly AlertSlot[],
): FormattedString {
  const { alerts, dates } = texts
  const [place = '', ...others] = [...new Set(provinces)].map(provinceName)
  const where = alerts.provinces(place, others)
  const open = openOnes(slots)
  const first = open.toSorted((a, b) => `${a.date} ${a.time}`.localeCompare(`${b.date} ${b.time}`))[0]
  if (!first) return FormattedString.bold(alerts.headlineGone(where))
  const count = open.reduce((sum, { places }) => sum + places, 0)
  return FormattedString.bold(
    alerts.headline(where, count, dates.short(first.date), first.time, open.length > 1),
  )
}

const openOnes = <Slot extends AlertSlot>(slots: readonly Slot[]): Slot[] => slots.filter(({ gone }) => !gone)

/**
 * For a chat that adds up the places of a day: a line for each day with several open times, or with too few places left: its
 * places together, and which times follow one another.
 * @param slots everything that the message lists of an office
 */
export function togetherLines(
  { alerts, dates }: Texts,
  slots: readonly AlertSlot[],
  wish: PlacesFilter,
): string[] {
  if (wish.minDayPlaces <= 1) return []
  const open = openOnes(slots)
  const suffices = sufficientDays(wish, open)
  return [...Map.groupBy(open, ({ date }) => date)]
    .filter(([date, ofDay]) => ofDay.length > 1 || !suffices.has(date))
    .slice(0, MAX_DAYS)
    .map(([date, ofDay]) => {
      const places = ofDay.reduce((sum, slot) => sum + slot.places, 0)
      if (!suffices.has(date)) return alerts.tooFewOnDay(dates.full(date), places)
      return alerts.together(dates.full(date), places, consecutiveRuns(ofDay.map(({ time }) => time)))
    })
}

/**
 * One office's part of an alert: first date, slots, office, address. At least one slot.
 * @param days lines about its days (`togetherLines`)
 */
export function officeBlock(
  texts: Texts,
  office: AlertOffice,
  slots: readonly AlertSlot[],
  days: readonly string[] = [],
): FormattedString {
  const { alerts, dates } = texts
  const listed = slots.slice(0, MAX_LISTED)
  const left = slots.length - listed.length
  const first = slots.find((slot) => !slot.gone) ?? slots[0]
  const address = addressOf(office)
  return lines(
    labelled(alerts.firstDate, dates.full(first?.date ?? '')),
    FormattedString.bold(alerts.availability),
    ...listed.map((slot) => {
      const text = alerts.slot(dates.full(slot.date), slot.time, slot.places)
      return FormattedString.join(['   ', slot.gone ? FormattedString.strikethrough(text) : text])
    }),
    left > 0 && `   ${alerts.moreSlots(left)}`,
    ...days,
    labelled(alerts.office, officeTitle(office)),
    address !== '' && labelled(alerts.address, address),
  )
}

/** Telegram's limit on a text that a button copies. */
const MOST_COPIED = 256

/** Buttons that copy what the portal asks for: the office, its address. */
function copyButtons({ alerts }: Texts, office: AlertOffice): InlineKeyboardButton[] {
  const copy = (text: string, copied: string): InlineKeyboardButton[] =>
    copied === '' ? [] : [{ text, copy_text: { text: cutText(copied, MOST_COPIED) } }]
  return [
    ...copy(alerts.copyOffice, office.code || office.name),
    ...copy(alerts.copyAddress, addressOf(office)),
  ]
}

/**
 * The buttons under an alert: open the portal and copy the office's data while there is something to book, say that
 * one booked, mute for today.
 * @param slots by province
 * @param office null: the message is about several
 * @param alertId once all is gone, a button reports this alert as false; absent: no such button
 */
export const alertButtons = (
  texts: Texts,
  portalOrigin: string,
  slots: ReadonlyMap<string, readonly AlertSlot[]>,
  office: AlertOffice | null,
  alertId?: string,
): InlineKeyboardButton[][] => [
  ...([...slots.values()].flat().some((slot) => !slot.gone)
    ? [bookRow(texts.alerts.book, portalOrigin), office ? copyButtons(texts, office) : []]
    : alertId === undefined
      ? []
      : [falseAlarmRow(texts, alertId)]),
  ...provinceRows(
    texts,
    new Map([...slots].map(([province, ofProvince]) => [province, ofProvince.map(({ date }) => date)])),
  ),
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
    /** False: it has no new slot, but now enough places of known ones. */
    isNew?: boolean
    /** How many places the chat needs; absent: one. */
    wish?: PlacesFilter | undefined
    /** The day of the appointment that the person has there already. */
    bookedDate?: RomeDate | null
    bookableAt: RomeTime | null
    portalOrigin: string
    /** Its id, for a button that reports it as false once all is gone; absent: without that button. */
    id?: string
  },
): Message {
  const { alerts, dates } = texts
  const {
    province,
    office,
    slots,
    isNew = true,
    wish = ONE_PLACE,
    bookedDate,
    bookableAt,
    portalOrigin,
  } = alert
  const opening = isNew ? alerts.newSlots : alerts.enoughPlaces
  const open = openOnes(slots)
  const title =
    open.length === 0
      ? alerts.allGone
      : sufficientDays(wish, open).size === 0
        ? alerts.tooFewLeft
        : opening(bookableAt === null ? null : dates.from(bookableAt))
  const text = lines(
    headline(texts, [province], slots),
    FormattedString.bold(title),
    officeBlock(texts, office, slots, togetherLines(texts, slots, wish)),
    bookedDate ? texts.booked.warning(dates.full(bookedDate)) : null,
  )
  return toMessage(text, alertButtons(texts, portalOrigin, new Map([[province, slots]]), office, alert.id))
}

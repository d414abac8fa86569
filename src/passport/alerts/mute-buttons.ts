import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import { isRomeDate, type RomeDate } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { provinceName } from '../provinces/provinces.ts'

/** Verbs of the buttons under alerts and summaries; the bot handles them. */
export const MUTE = 'mute'
export const UNMUTE = 'unmute'

/** Verb of the button by which a person says that they booked. */
export const BOOKED = 'booked'

/** Days of an alert that its button offers as the day of the appointment: more do not fit its data. */
const MOST_DAYS = 5

/**
 * The button under an alert for people who got an appointment.
 * @param dates the days that the alert lists in the province, in order
 * @param isNamed names the province
 */
const bookedButton = (
  { booked }: Texts,
  province: string,
  dates: readonly RomeDate[],
  isNamed: boolean,
): InlineKeyboardButton => {
  const days = [...new Set(dates)].slice(0, MOST_DAYS).map((date) => date.replaceAll('-', ''))
  const text = isNamed ? booked.buttonIn(provinceName(province)) : booked.button
  return button(text, BOOKED, province, days.join('.'))
}

/** The days in the data of `bookedButton`. */
export const bookedDays = (argument: string): RomeDate[] =>
  argument
    .split('.')
    .map((day) => day.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'))
    .filter(isRomeDate)

/** Second argument of a button whose own message is replaced by the answer; an alert is left as it is. */
export const IN_PLACE = 'here'

/** The button under an alert that silences its province until the end of the Rome day on which it is pressed. */
export const muteButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.muteToday, MUTE, province)

/** The most provinces for which a message has these buttons. */
const MOST_PROVINCES = 4

/** For each province of a message: say that one booked there, mute it for today. @param days by province, in order */
export const provinceRows = (
  texts: Texts,
  days: ReadonlyMap<string, readonly RomeDate[]>,
): InlineKeyboardButton[][] =>
  [...days].slice(0, MOST_PROVINCES).map(([province, dates]) => {
    const mute = muteButton(texts, province)
    const text = texts.passport.muteTodayIn(provinceName(province))
    return [bookedButton(texts, province, dates, days.size > 1), days.size > 1 ? { ...mute, text } : mute]
  })

/** Under the answer to `muteButton`: unmutes the province. */
export const unmuteButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.unmute, UNMUTE, province, IN_PLACE)

/** Under the answer to `unmuteButton`: mutes the province again. */
export const muteAgainButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.muteToday, MUTE, province, IN_PLACE)

import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import type { Texts } from '../../texts/index.ts'

/** Verbs of the buttons under alerts and summaries; the bot handles them. */
export const MUTE = 'mute'
export const UNMUTE = 'unmute'

/** Second argument of a button whose own message is replaced by the answer; an alert is left as it is. */
export const IN_PLACE = 'here'

/** The button under an alert that silences its province until the end of the Rome day on which it is pressed. */
export const muteButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.muteToday, MUTE, province)

/** Under the answer to `muteButton`: unmutes the province. */
export const unmuteButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.unmute, UNMUTE, province, IN_PLACE)

/** Under the answer to `unmuteButton`: mutes the province again. */
export const muteAgainButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.muteToday, MUTE, province, IN_PLACE)

import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/callback.ts'
import type { Texts } from '../texts/index.ts'

/** Verbs of the buttons under alerts and summaries; the bot handles them. */
export const MUTE = 'mute'
export const UNMUTE = 'unmute'

/** The button that silences a province until the end of the Rome day on which it is pressed. */
export const muteButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.muteToday, MUTE, province)

/** Takes `muteButton` back. */
export const unmuteButton = (texts: Texts, province: string): InlineKeyboardButton =>
  button(texts.passport.unmute, UNMUTE, province)

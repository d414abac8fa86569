import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import type { BotContext } from './context.ts'

/** What `bot.callbackQuery` matches for the buttons made by `button(text, verb, …)`. */
export const pressed = (verb: string): RegExp => new RegExp(`^1:${verb}(?::|$)`)

/** True when the chat's last question waits for this typed answer: for `composer.filter`. */
export const answers =
  (name: string) =>
  (ctx: BotContext): boolean =>
    ctx.awaited[0] === name

/** The button that leads to the main menu. */
export const homeButton = (ctx: BotContext): InlineKeyboardButton => button(ctx.texts.common.home, 'home')

/** The button that leads one step back. */
export const backTo = (ctx: BotContext, verb: string, ...args: (string | number)[]): InlineKeyboardButton =>
  button(ctx.texts.common.back, verb, ...args)

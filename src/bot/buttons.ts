import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import type { BotContext } from './context.ts'

/** The trigger for `bot.callbackQuery` that matches buttons made by `button(text, verb, …)`. */
export const pressed = (verb: string): RegExp => new RegExp(`^1:${verb}(?::|$)`)

/** True when the chat's last question waits for this typed answer: for `composer.filter`. */
export const answers =
  (name: string) =>
  (ctx: BotContext): boolean =>
    ctx.awaited[0] === name

/** The button that opens the main menu. */
export const homeButton = (ctx: BotContext): InlineKeyboardButton => button(ctx.texts.common.home, 'home')

/** The button that goes one step back. */
export const backTo = (ctx: BotContext, verb: string, ...args: (string | number)[]): InlineKeyboardButton =>
  button(ctx.texts.common.back, verb, ...args)

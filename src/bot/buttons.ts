import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import type { BotContext } from './context.ts'

/** The button that leads to the main menu. */
export const homeButton = (ctx: BotContext): InlineKeyboardButton => button(ctx.texts.common.home, 'home')

/** The button that leads one step back. */
export const backTo = (ctx: BotContext, verb: string, ...args: (string | number)[]): InlineKeyboardButton =>
  button(ctx.texts.common.back, verb, ...args)

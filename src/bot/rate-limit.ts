import type { Middleware } from 'grammy'
import { spend } from '../chats/chat-row.ts'
import type { BotContext } from './context.ts'

/**
 * Takes the cost of a request from the chat's rate limit (see `spend`).
 * @param seconds of the chat's minute
 * @returns false when the limit is used up
 */
export function takeTokens(ctx: BotContext, seconds: number): boolean {
  const heavyUntil = spend(ctx.chatRow, seconds, ctx.now)
  if (heavyUntil === null) return false
  ctx.prefer({ heavyUntil })
  return true
}

/** Goes on while the chat's rate limit allows a request of this cost; else the chat is asked to wait. */
export const rateLimit =
  (seconds: number): Middleware<BotContext> =>
  async (ctx, next) => {
    if (takeTokens(ctx, seconds)) return next()
    const { tooMany } = ctx.texts.common
    if (ctx.callbackQuery !== undefined) ctx.toast(tooMany)
    else await ctx.say(ctx.view(tooMany))
  }

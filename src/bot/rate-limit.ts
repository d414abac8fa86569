import type { Middleware } from 'grammy'
import { type Actors, takeCostly } from '../chats/request-limits.ts'
import { StoreError } from '../db/store-error.ts'
import type { BotContext } from './context.ts'

/**
 * Whose rate limits an update counts against. A sender in a chat's own name (an anonymous admin, a linked channel)
 * counts as that chat, since Telegram gives all of them the same user.
 */
export function actorsOf(ctx: BotContext): Actors {
  const author = ctx.callbackQuery === undefined ? (ctx.msg?.sender_chat?.id ?? ctx.from?.id) : ctx.from?.id
  return { chatId: ctx.chat?.id ?? ctx.from?.id ?? 0, userId: author }
}

/**
 * Takes the cost of a request from the person's rate limit (see chats/request-limits.ts).
 * @param seconds of the minute that a person has in one go
 * @returns false when the limit is used up
 * @throws StoreError when the database is out of reach
 */
export function takeTokens(ctx: BotContext, seconds: number): Promise<boolean> {
  const { chatId, userId = chatId } = actorsOf(ctx)
  return StoreError.wrap(takeCostly(ctx.db, userId, seconds, ctx.now))
}

/** Says that the limit is reached: as a toast for a button, else in a message. */
export async function sayTooMany(ctx: BotContext): Promise<void> {
  const { tooMany } = ctx.texts.common
  if (ctx.callbackQuery !== undefined) ctx.toast(tooMany)
  else await ctx.say(ctx.view(tooMany))
}

/** Continues if the person's rate limit allows a request of this cost; else asks them to wait. */
export const rateLimit =
  (seconds: number): Middleware<BotContext> =>
  async (ctx, next) => {
    if (await takeTokens(ctx, seconds)) return next()
    await sayTooMany(ctx)
  }

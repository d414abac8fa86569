import type { Middleware } from 'grammy'
import { type Actors, takeCostly } from '../chats/request-limits.ts'
import { StoreError } from '../db/store-error.ts'
import type { BotContext } from './context.ts'

/**
 * Whose rate limits an update counts against. Who writes in a chat's own name (an anonymous admin, a linked channel) is
 * that chat: Telegram gives all of them one and the same user.
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

/** Says that it was too much: over the chat where a button was pressed, else in a message. */
export async function sayTooMany(ctx: BotContext): Promise<void> {
  const { tooMany } = ctx.texts.common
  if (ctx.callbackQuery !== undefined) ctx.toast(tooMany)
  else await ctx.say(ctx.view(tooMany))
}

/** Goes on while the person's rate limit allows a request of this cost; else they are asked to wait. */
export const rateLimit =
  (seconds: number): Middleware<BotContext> =>
  async (ctx, next) => {
    if (await takeTokens(ctx, seconds)) return next()
    await sayTooMany(ctx)
  }

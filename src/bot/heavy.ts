import { spend } from '../passport/chat.ts'
import type { BotContext } from './context.ts'
import type { Handler } from './feature.ts'

/** Counts `seconds` against the chat's allowance (see `spend`). False: it is used up. */
export function afford(ctx: BotContext, seconds: number): boolean {
  const heavyUntil = spend(ctx.chat, seconds, ctx.now)
  if (heavyUntil === null) return false
  ctx.prefer({ heavyUntil })
  return true
}

/**
 * A handler that costs the store something: each use counts for `seconds`, and a chat that used up a minute's worth is
 * asked to wait.
 */
export const costly =
  (seconds: number, handler: Handler): Handler =>
  async (ctx: BotContext) => {
    if (!afford(ctx, seconds)) {
      ctx.toast(ctx.texts.common.tooMany)
      if (ctx.incoming.kind === 'message') await ctx.say(ctx.view(ctx.texts.common.tooMany))
      return
    }
    await handler(ctx)
  }

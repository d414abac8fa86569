import { spend } from '../passport/chat.ts'
import type { BotContext } from './context.ts'
import type { Handler } from './feature.ts'

/**
 * A handler that costs the store something: each use counts for `seconds`, and a chat that used up a minute's worth is
 * asked to wait.
 */
export const costly =
  (seconds: number, handler: Handler): Handler =>
  async (ctx: BotContext) => {
    const heavyUntil = spend(ctx.chat, seconds, ctx.now)
    if (heavyUntil === null) {
      ctx.toast(ctx.texts.common.tooMany)
      if (ctx.incoming.kind === 'message') await ctx.say(ctx.view(ctx.texts.common.tooMany))
      return
    }
    ctx.prefer({ heavyUntil })
    await handler(ctx)
  }

import { MINUTE, SECOND } from '../platform/time.ts'
import type { BotContext } from './context.ts'
import type { Handler } from './feature.ts'

/** How far ahead of now a chat's costly commands may push its `heavyUntil`: about a minute's worth in one go. */
const BURST = MINUTE

/**
 * A handler that costs the store something: each use counts for `seconds`, and a chat that used up a minute's worth is
 * asked to wait (a leaky bucket, kept in the chat's row).
 */
export const costly =
  (seconds: number, handler: Handler): Handler =>
  async (ctx: BotContext) => {
    const until = Math.max(ctx.chat.heavyUntil, ctx.now) + seconds * SECOND
    if (until > ctx.now + BURST) {
      ctx.toast(ctx.texts.common.tooMany)
      if (ctx.incoming.kind === 'message') await ctx.say(ctx.view(ctx.texts.common.tooMany))
      return
    }
    ctx.prefer({ heavyUntil: until })
    await handler(ctx)
  }

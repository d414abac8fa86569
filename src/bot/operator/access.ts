import type { BotContext } from '../context.ts'
import type { Handler } from '../feature.ts'
import { mainMenu } from '../menu.ts'

/** Only for the deployer's operators: to anyone else it is a command that does not exist. */
export const operatorsOnly =
  (handler: Handler): Handler =>
  async (ctx: BotContext) => {
    if (ctx.isAdmin) return handler(ctx)
    if (ctx.chat.kind === 'private') await ctx.say(mainMenu(ctx, ctx.texts.common.unknownCommand))
  }

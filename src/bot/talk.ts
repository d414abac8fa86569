import { Composer } from 'grammy'
import { regionNamed } from '../passport/provinces.ts'
import type { BotContext } from './context.ts'
import { offerMatches, regionView } from './following.ts'
import { mainMenu } from './main-menu.ts'

/** What no feature took: old buttons, unknown commands, and whatever a person types in a private chat. */
export const talk = new Composer<BotContext>()

talk.on('callback_query', (ctx) => ctx.say(mainMenu(ctx, ctx.texts.common.oldButton)))

const privately = talk.filter((ctx) => ctx.chatRow.kind === 'private')

// In a group an unknown command may be meant for another bot.
privately.on('::bot_command', async (ctx, next) => {
  if (!ctx.text.startsWith('/')) return next()
  await ctx.say(mainMenu(ctx, ctx.texts.common.unknownCommand))
})

/** The name of a province, a region or a town, or something to be helped with. */
privately.on('message', async (ctx) => {
  const { common } = ctx.texts
  if (ctx.text === '') return ctx.say(mainMenu(ctx, common.onlyText))
  const region = regionNamed(ctx.text)
  if (region !== undefined) return ctx.say(regionView(ctx, region))
  if (await offerMatches(ctx, ctx.text)) return
  await ctx.say(mainMenu(ctx, common.notUnderstood))
})

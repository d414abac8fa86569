import { Composer } from 'grammy'
import { regionNamed } from '../passport/provinces/provinces.ts'
import type { BotContext } from './context.ts'
import { offerMatches, regionView } from './following.ts'
import { mainMenu } from './main-menu.ts'
import { mineView } from './mine-view.ts'
import { type Wish, wishIn } from './plain-words.ts'
import { showSettings } from './settings.ts'
import { offerClasses } from './sport/browse-schedule.ts'
import { answerConfirmation } from './sport/questions.ts'
import { showSportMenu } from './sport/sport-menu.ts'
import { help, home } from './start-and-help.ts'
import { askStatus } from './status.ts'

/** Everything that no feature handled: old buttons, unknown commands, and free text in a private chat. */
export const talk = new Composer<BotContext>()

talk.on('callback_query', (ctx) => ctx.say(mainMenu(ctx, ctx.texts.common.oldButton)))

const privately = talk.filter((ctx) => ctx.chatRow.kind === 'private')

// In a group an unknown command may be meant for another bot.
privately.on('::bot_command', async (ctx, next) => {
  if (!ctx.text.startsWith('/')) return next()
  await ctx.say(mainMenu(ctx, ctx.texts.common.unknownCommand))
})

const wishes: Record<Wish, (ctx: BotContext) => Promise<void>> = {
  yes: (ctx) => ctx.say(mainMenu(ctx, ctx.texts.common.nothingAsked)),
  no: (ctx) => ctx.say(mainMenu(ctx, ctx.texts.common.nothingAsked)),
  stop: (ctx) => ctx.say(mineView(ctx, 0, ctx.follows.length > 0 ? ctx.texts.common.stopHow : undefined)),
  cancel: home,
  help,
  menu: home,
  passport: (ctx) => ctx.say(mineView(ctx)),
  sport: (ctx) => (ctx.maySportHere ? showSportMenu(ctx) : home(ctx)),
  status: askStatus,
  settings: showSettings,
}

/** An everyday word: the answer to the open question of a weekly booking, or a part of the menu. */
privately.on('message', async (ctx, next) => {
  const wish = wishIn(ctx.text)
  if (wish === undefined) return next()
  if (await answerConfirmation(ctx, wish)) return
  await wishes[wish](ctx)
})

/** The name of a province, a region, a town or a class, or something to be helped with. */
privately.on('message', async (ctx) => {
  const { common } = ctx.texts
  if (ctx.text === '') return ctx.say(mainMenu(ctx, common.onlyText))
  const region = regionNamed(ctx.text)
  if (region !== undefined) return ctx.say(regionView(ctx, region))
  if (await offerMatches(ctx, ctx.text)) return
  if (ctx.maySportHere && (await offerClasses(ctx, ctx.text))) return
  await ctx.say(mainMenu(ctx, common.notUnderstood))
})

import { Composer } from 'grammy'
import { beginsManyTowns } from '../passport/provinces/place-search.ts'
import { regionNamed } from '../passport/provinces/provinces.ts'
import type { BotContext } from './context.ts'
import { offerMatches, regionView } from './following.ts'
import { mainMenu } from './main-menu.ts'
import { mineView } from './mine-view.ts'
import { type Answer, answerIn, buttonIn, commandIn } from './plain-words.ts'
import { endWaiting } from './receive-paste.ts'
import { offerClasses } from './sport/browse-schedule.ts'
import { answerConfirmation } from './sport/questions.ts'
import { home } from './start-and-help.ts'

const isTyped = (ctx: BotContext) =>
  ctx.chatRow.kind === 'private' && ctx.callbackQuery === undefined && ctx.text !== ''

/** Instead of a typed answer that the bot waits for: the wish not to give it. */
export const stopAsking = new Composer<BotContext>()
stopAsking
  .filter((ctx) => ctx.awaited.length > 0 && isTyped(ctx) && answerIn(ctx.text) === 'cancel')
  .use(async (ctx) => {
    await ctx.commit(await endWaiting(ctx))
    await home(ctx)
  })

const answers: Record<Answer, (ctx: BotContext) => Promise<void>> = {
  yes: (ctx) => ctx.say(mainMenu(ctx, ctx.texts.common.nothingAsked)),
  no: (ctx) => ctx.say(mainMenu(ctx, ctx.texts.common.nothingAsked)),
  stop: (ctx) => ctx.say(mineView(ctx, 0, ctx.follows.length > 0 ? ctx.texts.common.stopHow : undefined)),
  cancel: home,
}

/** A bare yes, no, stop or cancel: the answer to the open question of a weekly booking, if there is one. */
export const plainAnswers = new Composer<BotContext>()
plainAnswers.filter(isTyped).use(async (ctx, next) => {
  const answer = answerIn(ctx.text)
  if (answer === undefined) return next()
  if (await answerConfirmation(ctx, answer)) return
  await answers[answer](ctx)
})

/** Goes on with the button or the command that typed words stand for. @returns false when they stand for none */
export function asButtonOrCommand(ctx: BotContext): boolean {
  if (!isTyped(ctx)) return false
  const data = buttonIn(ctx.text, { student: ctx.maySportHere, operator: ctx.isAdmin })
  const command = data === undefined ? commandIn(ctx.text) : undefined
  if (data !== undefined) ctx.pressInstead(data)
  else if (command !== undefined) ctx.typeInstead(command)
  return data !== undefined || command !== undefined
}

/** Everything that no feature handled: old buttons, unknown commands, and free text in a private chat. */
export const talk = new Composer<BotContext>()

talk.on('callback_query', (ctx) => ctx.say(mainMenu(ctx, ctx.texts.common.oldButton)))

const privately = talk.filter((ctx) => ctx.chatRow.kind === 'private')

// In a group an unknown command may be meant for another bot.
privately.on('::bot_command', async (ctx, next) => {
  if (!ctx.text.startsWith('/')) return next()
  await ctx.say(mainMenu(ctx, ctx.texts.common.unknownCommand))
})

/** The name of a province, a region, a town or a class, or something to be helped with. */
privately.on('message', async (ctx) => {
  const { common, passport } = ctx.texts
  if (ctx.text === '') return ctx.say(mainMenu(ctx, common.onlyText))
  const region = regionNamed(ctx.text)
  if (region !== undefined) return ctx.say(regionView(ctx, region))
  if (await offerMatches(ctx, ctx.text)) return
  if (ctx.maySportHere && (await offerClasses(ctx, ctx.text))) return
  await ctx.say(mainMenu(ctx, beginsManyTowns(ctx.text) ? passport.wholeTown : common.notUnderstood))
})

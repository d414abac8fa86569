import { Composer } from 'grammy'
import { button } from '../delivery/button-data.ts'
import { lines } from '../delivery/message.ts'
import { bookRow } from '../passport/alerts/alert-message.ts'
import { provinceByCode } from '../passport/provinces/provinces.ts'
import { backTo, homeButton, pressed } from './buttons.ts'
import { listCommands } from './command-list.ts'
import type { BotContext } from './context.ts'
import { showMatches } from './following.ts'
import { mainMenu } from './main-menu.ts'

async function start(ctx: BotContext): Promise<void> {
  const province = provinceByCode(ctx.argument)
  if (province) return showMatches(ctx, [province])
  await listCommands(ctx)
  const { welcome, welcomeWithSport } = ctx.texts.common
  await ctx.say(mainMenu(ctx, ctx.maySportHere ? welcomeWithSport : welcome))
}

/** Shows the main menu. */
export const home = (ctx: BotContext) => ctx.show(mainMenu(ctx, ctx.texts.common.menu))

/** What the bot does in a few sentences, with a button for each usual question. */
const help = async (ctx: BotContext) => {
  await listCommands(ctx)
  const { helpText, whyNoAlert, howToBook, allCommands, deleteData } = ctx.texts.common
  await ctx.show(
    ctx.view(helpText, [
      [button(whyNoAlert, 'why')],
      [button(howToBook, 'how-to-book')],
      [button(allCommands, 'help-commands')],
      [button(deleteData, 'forget')],
      [homeButton(ctx)],
    ]),
  )
}

/** Every command, with those for students and operators where they may use them. */
const helpCommands = (ctx: BotContext) => {
  const { helpCommands: all, helpSport } = ctx.texts.common
  return ctx.show(
    ctx.view(
      lines(
        all,
        ...(ctx.maySportHere ? ['', helpSport] : []),
        ...(ctx.isAdminHere ? ['', ctx.texts.service.helpOperator] : []),
      ),
      [[backTo(ctx, 'help'), homeButton(ctx)]],
    ),
  )
}

/** From an alert to a booking, step by step. */
const howToBook = (ctx: BotContext) => {
  const { common, passport, sportMenu } = ctx.texts
  return ctx.show(
    ctx.view(lines(common.howToBookText, ctx.maySportHere && common.howToBookSport), [
      bookRow(passport.book, ctx.deps.settings.PORTAL_ORIGIN),
      ...(ctx.maySportHere ? [[button(sportMenu.newBooking, 'sp-new')]] : []),
      [backTo(ctx, 'help'), homeButton(ctx)],
    ]),
  )
}

const privacy = (ctx: BotContext) => ctx.show(ctx.view(ctx.texts.common.privacyText, [[homeButton(ctx)]]))

/** /start, the main menu, help and privacy. */
export const menu = new Composer<BotContext>()
menu.command('start', start)
menu.command(['menu', 'annulla', 'cancel'], home)
menu.command(['help', 'aiuto'], help)
menu.command('privacy', privacy)
menu.callbackQuery(pressed('home'), home)
menu.callbackQuery(pressed('help'), help)
menu.callbackQuery(pressed('help-commands'), helpCommands)
menu.callbackQuery(pressed('how-to-book'), howToBook)

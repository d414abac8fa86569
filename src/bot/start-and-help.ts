import { Composer } from 'grammy'
import { button } from '../delivery/button-data.ts'
import { lines } from '../delivery/message.ts'
import { provinceByCode } from '../passport/provinces/provinces.ts'
import { homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { showMatches } from './following.ts'
import { mainMenu } from './main-menu.ts'

async function start(ctx: BotContext): Promise<void> {
  const province = provinceByCode(ctx.argument)
  if (province) return showMatches(ctx, [province])
  const { welcome, welcomeWithSport } = ctx.texts.common
  await ctx.say(mainMenu(ctx, ctx.maySportHere ? welcomeWithSport : welcome))
}

/** Shows the main menu. */
export const home = (ctx: BotContext) => ctx.show(mainMenu(ctx, ctx.texts.common.menu))
/** Shows the help. */
export const help = (ctx: BotContext) => {
  const { helpText, helpSport, whyNoAlert, deleteData } = ctx.texts.common
  const text = ctx.maySportHere ? lines(helpText, '', helpSport) : helpText
  return ctx.show(
    ctx.view(text, [[button(whyNoAlert, 'status')], [button(deleteData, 'forget')], [homeButton(ctx)]]),
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

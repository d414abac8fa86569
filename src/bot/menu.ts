import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines } from '../delivery/message.ts'
import { provinceByCode } from '../passport/provinces.ts'
import { homeButton } from './buttons.ts'
import type { BotContext } from './context.ts'
import type { Feature } from './feature.ts'
import { showMatches } from './passport.ts'

/** The button that opens the Mini App; Telegram takes it in private chats, over HTTPS only. */
function appButton(ctx: BotContext): InlineKeyboardButton[][] {
  const { PUBLIC_URL: origin } = ctx.deps.settings
  if (ctx.chat.kind !== 'private' || !origin?.startsWith('https://')) return []
  return [[{ text: ctx.texts.common.app, web_app: { url: `${origin}/app` } }]]
}

/** Whether a feature offers sport, and this person may use it here. */
const offersSport = (ctx: BotContext): boolean =>
  ctx.maySport && ctx.chat.kind === 'private' && ctx.features.some((feature) => feature.buttons?.sport)

/** The main menu under a text. */
export function mainMenu(ctx: BotContext, text: string): Message {
  const { common } = ctx.texts
  const otherLanguage = ctx.chat.language === 'it' ? 'en' : 'it'
  return ctx.view(text, [
    [button(common.passport, 'mine'), ...(offersSport(ctx) ? [button(common.sport, 'sport')] : [])],
    [button(common.settings, 'settings'), button(common.status, 'status')],
    [button(common.help, 'help'), button(common.otherLanguage, 'set-lang', otherLanguage, 'home')],
    ...appButton(ctx),
  ])
}

async function start(ctx: BotContext): Promise<void> {
  const province = provinceByCode(ctx.argument)
  if (province) return showMatches(ctx, [province])
  const { welcome, welcomeWithSport } = ctx.texts.common
  await ctx.say(mainMenu(ctx, offersSport(ctx) ? welcomeWithSport : welcome))
}

const home = (ctx: BotContext) => ctx.show(mainMenu(ctx, ctx.texts.common.menu))
const help = (ctx: BotContext) => {
  const { helpText, helpSport } = ctx.texts.common
  const text = ctx.maySport && ctx.chat.kind === 'private' ? lines(helpText, '', helpSport) : helpText
  return ctx.show(ctx.view(text, [[homeButton(ctx)]]))
}

/** /start, the main menu, help and privacy. */
export const menu: Feature = {
  commands: {
    start,
    menu: home,
    help,
    aiuto: help,
    privacy: (ctx) => ctx.show(ctx.view(ctx.texts.common.privacyText, [[homeButton(ctx)]])),
    annulla: home,
    cancel: home,
  },
  buttons: { home, help },
  listed: ({ common: { commandList: list } }) => [['start', list.start]],
}

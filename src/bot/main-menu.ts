import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import type { BotContext } from './context.ts'

/** The button that opens the Mini App; Telegram allows it in private chats and over HTTPS only. */
function appButton(ctx: BotContext): InlineKeyboardButton[][] {
  const { PUBLIC_URL: origin } = ctx.deps.settings
  if (ctx.chatRow.kind !== 'private' || !origin?.startsWith('https://')) return []
  return [[{ text: ctx.texts.common.app, web_app: { url: `${origin}/app` } }]]
}

/** The main menu under a text. */
export function mainMenu(ctx: BotContext, text: string): Message {
  const { common } = ctx.texts
  const otherLanguage = ctx.chatRow.language === 'it' ? 'en' : 'it'
  return ctx.view(text, [
    ...(ctx.follows.length === 0 ? [[button(ctx.texts.passport.followFirst, 'regions')]] : []),
    [button(common.passport, 'mine'), ...(ctx.maySportHere ? [button(common.sport, 'sport')] : [])],
    [button(common.settings, 'settings'), button(common.status, 'status')],
    [button(common.help, 'help'), button(common.otherLanguage, 'set-lang', otherLanguage, 'home')],
    ...appButton(ctx),
  ])
}

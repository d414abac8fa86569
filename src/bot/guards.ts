import type { Middleware } from 'grammy'
import { homeButton } from './buttons.ts'
import type { BotContext } from './context.ts'
import { mainMenu } from './main-menu.ts'
import { senderRole } from './sender-role.ts'

/** In groups and channels only admins continue: others are told so politely. */
export const adminsOnly: Middleware<BotContext> = async (ctx, next) => {
  const role = await senderRole(ctx)
  if (role === 'admin') return next()
  const text = role === 'unknown' ? ctx.texts.common.adminUnknown : ctx.texts.common.adminsOnly
  if (ctx.callbackQuery !== undefined) ctx.toast(text)
  else await ctx.say(ctx.view(text))
}

/** Only in a private chat: elsewhere people are directed there. */
export const privateOnly: Middleware<BotContext> = async (ctx, next) => {
  if (ctx.chatRow.kind === 'private') return next()
  await ctx.say(ctx.view(ctx.texts.common.privateOnly))
}

/** Only for operators, in their private chat: to anyone else the command does not exist. */
export const operatorsOnly: Middleware<BotContext> = async (ctx, next) => {
  if (ctx.isAdmin) return next()
  if (ctx.chatRow.kind === 'private') await ctx.say(mainMenu(ctx, ctx.texts.common.unknownCommand))
}

/** Sport is for those on the deployer's list, in their private chat. */
export const studentsOnly: Middleware<BotContext> = async (ctx, next) => {
  const { common } = ctx.texts
  if (ctx.chatRow.kind !== 'private') return ctx.say(ctx.view(common.privateOnly))
  if (!ctx.maySport) return ctx.say(ctx.view(common.sportNotAllowed, [[homeButton(ctx)]]))
  return next()
}

import { Composer, InputFile } from 'grammy'
import { forgetChat, forgetMessages, LOOK_THROUGH_COST, readPersonalData } from '../chats/chat-data.ts'
import { button } from '../delivery/button-data.ts'
import { forgetSessionsOf, sessionsOf } from '../passport/sessions/session-store.ts'
import { readConfig } from '../platform/config.ts'
import { eraseLater } from '../sport/erasures.ts'
import { homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'
import { rateLimit } from './rate-limit.ts'
import { deleteSportData, exportSportData, mayHaveSportData } from './sport/sport-data.ts'

async function exportData(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  const [chat, sport, portalSessions] = await Promise.all([
    readPersonalData(ctx.db, ctx.chatRow, ctx.now),
    exportSportData(ctx),
    sessionsOf(ctx.db, ctx.chatRow.id),
  ])
  const data = { ...chat, ...sport, ...(portalSessions.length > 0 && { portalSessions }) }
  const file = new InputFile(new TextEncoder().encode(JSON.stringify(data, null, 2)), common.exportName)
  const sent = await ctx.tryCall('sendDocument', (api) =>
    api.sendDocument(ctx.chatRow.id, file, { caption: common.exportCaption }),
  )
  if (!sent.ok) await ctx.say(ctx.view(common.exportFailed))
}

async function forgetAsk(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  await ctx.show(
    ctx.view((await mayHaveSportData(ctx)) ? common.forgetAskSport : common.forgetAsk, [
      [button(common.forgetYes, 'forget-yes')],
      [button(common.forgetNo, 'forget-no')],
    ]),
  )
}

async function forget(ctx: BotContext): Promise<void> {
  const { id } = ctx.chatRow
  const erased = await deleteSportData(ctx)
  const sessions = await forgetSessionsOf(ctx.db, id, ctx.now)
  const { forgotten, forgottenLater } = ctx.texts.common
  await forgetMessages(ctx.db, id)
  const { ENCRYPTION_KEY: keys } = readConfig(ctx.deps.env, ['ENCRYPTION_KEY'])
  await ctx.commitForgetting([
    ...sessions,
    ...(await forgetChat(keys, id, ctx.now)),
    ...(erased ? [] : [eraseLater(id, ctx.now)]),
  ])
  await ctx.show(ctx.view(erased ? forgotten : forgottenLater))
}

const keep = (ctx: BotContext) => ctx.show(ctx.view(ctx.texts.common.kept, [[homeButton(ctx)]]))

/** /esporta and /cancellami: what a person may ask about their own data. */
export const personalData = new Composer<BotContext>()
personalData.command(['esporta', 'export'], adminsOnly, rateLimit(LOOK_THROUGH_COST), exportData)
personalData.command(['cancellami', 'deleteme'], adminsOnly, forgetAsk)
personalData.callbackQuery(pressed('forget'), adminsOnly, forgetAsk)
personalData.callbackQuery(pressed('forget-yes'), adminsOnly, rateLimit(LOOK_THROUGH_COST), forget)
personalData.callbackQuery(pressed('forget-no'), keep)

import { Composer, InputFile } from 'grammy'
import { LOOK_THROUGH_COST } from '../chats/chat-data.ts'
import { button } from '../delivery/button-data.ts'
import {
  type DataOwner,
  deleteEverything,
  exportEverything,
  mayHaveSportData,
} from '../people/export-and-delete.ts'
import { readConfig } from '../platform/config.ts'
import { homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'
import { rateLimit } from './rate-limit.ts'
import { ask } from './sport/own-student.ts'

/** The chat that asks. A person's sport data are handled in their private chat only. */
function ownerOf(ctx: BotContext): DataOwner {
  const { db, chatRow: chat, maySport, now } = ctx
  const isOwn = chat.kind === 'private' && ctx.userId === chat.id && 'STUDENTS' in ctx.deps.env
  return { db, chat, maySport, now, student: isOwn ? (call) => ask(ctx, call) : null }
}

async function exportData(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  const data = await exportEverything(ownerOf(ctx))
  const file = new InputFile(new TextEncoder().encode(JSON.stringify(data, null, 2)), common.exportName)
  const sent = await ctx.tryCall('sendDocument', (api) =>
    api.sendDocument(ctx.chatRow.id, file, { caption: common.exportCaption }),
  )
  if (!sent.ok) await ctx.say(ctx.view(common.exportFailed))
}

async function forgetAsk(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  await ctx.show(
    ctx.view((await mayHaveSportData(ownerOf(ctx))) ? common.forgetAskSport : common.forgetAsk, [
      [button(common.forgetYes, 'forget-yes')],
      [button(common.forgetNo, 'forget-no')],
    ]),
  )
}

async function forget(ctx: BotContext): Promise<void> {
  const { forgotten, forgottenLater } = ctx.texts.common
  const { ENCRYPTION_KEY: keys } = readConfig(ctx.deps.env, ['ENCRYPTION_KEY'])
  const erased = await deleteEverything(ownerOf(ctx), keys, (statements) => ctx.commitForgetting(statements))
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

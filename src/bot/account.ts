import { InputFile } from 'grammy'
import type { Statement } from '../db/client.ts'
import { button } from '../delivery/button-data.ts'
import { forgetChat, readPersonalData } from '../passport/personal-data.ts'
import { homeButton } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly, type Feature } from './feature.ts'
import { costly } from './heavy.ts'

async function exportData(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  const parts = await Promise.all(ctx.features.map((feature) => feature.exportData?.(ctx)))
  const data = Object.assign(
    await readPersonalData(ctx.db, ctx.chat, ctx.now),
    ...parts.filter((part) => part !== undefined),
  )
  const file = new InputFile(new TextEncoder().encode(JSON.stringify(data, null, 2)), common.exportName)
  const sent = await ctx.replies.tryOnce('sendDocument', (api) =>
    api.sendDocument(ctx.chat.id, file, { caption: common.exportCaption }),
  )
  if (!sent) await ctx.say(ctx.view(common.exportFailed))
}

async function forgetAsk(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  await ctx.show(
    ctx.view(common.forgetAsk, [
      [button(common.forgetYes, 'forget-yes')],
      [button(common.forgetNo, 'forget-no')],
    ]),
  )
}

async function forget(ctx: BotContext): Promise<void> {
  const texts = ctx.texts.common
  const others: Statement[] = []
  for (const feature of ctx.features) others.push(...((await feature.forget?.(ctx)) ?? []))
  await ctx.commitForgetting([...others, ...forgetChat(ctx.chat.id)])
  await ctx.show(ctx.view(texts.forgotten))
}

/** /esporta and /cancellami: what a person may ask about their own data. */
export const account: Feature = {
  commands: {
    esporta: adminsOnly(costly(10, exportData)),
    export: adminsOnly(costly(10, exportData)),
    cancellami: adminsOnly(forgetAsk),
    deleteme: adminsOnly(forgetAsk),
  },
  buttons: {
    'forget-yes': adminsOnly(forget),
    'forget-no': (ctx) => ctx.show(ctx.view(ctx.texts.common.kept, [[homeButton(ctx)]])),
  },
  listed: ({ common: { commandList: list } }) => [
    ['help', list.help],
    ['privacy', list.privacy],
    ['esporta', list.esporta],
    ['cancellami', list.cancellami],
  ],
}

import { sql } from 'drizzle-orm'
import { InputFile } from 'grammy'
import { type Statement, transact } from '../db/client.ts'
import { button } from '../delivery/callback.ts'
import { homeButton } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly, type Feature } from './feature.ts'
import { costly } from './heavy.ts'

/** Deliveries in a person's file, the newest. */
const MOST_DELIVERIES = 5_000

const instantOf = (value: unknown) => (typeof value === 'number' ? new Date(value).toISOString() : null)

/** Everything that the store keeps about a chat, as the person reads it; times in UTC. */
async function gather(ctx: BotContext): Promise<Record<string, unknown>> {
  const [subscriptions, deliveries] = await transact(ctx.db, [
    sql`SELECT province, created_at, muted_until FROM subscriptions WHERE chat_id = ${ctx.chat.id} ORDER BY province`,
    sql`SELECT event, status, content, message_id, created_at, done_at FROM deliveries
        WHERE chat_id = ${ctx.chat.id} ORDER BY id DESC LIMIT ${MOST_DELIVERIES}`,
  ])
  const { heavyUntil: _, createdAt, lastSeenAt, ...chat } = ctx.chat
  return {
    exportedAt: instantOf(ctx.now),
    chat: { ...chat, createdAt: instantOf(createdAt), lastSeenAt: instantOf(lastSeenAt) },
    subscriptions: (subscriptions?.results ?? []).map((row) => ({
      province: row.province,
      since: instantOf(row.created_at),
      mutedUntil: instantOf(row.muted_until),
    })),
    messages: (deliveries?.results ?? []).map((row) => ({
      event: row.event,
      status: row.status,
      content: JSON.parse(String(row.content)),
      messageId: row.message_id,
      createdAt: instantOf(row.created_at),
      doneAt: instantOf(row.done_at),
    })),
  }
}

async function exportData(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  const parts = await Promise.all(ctx.features.map((feature) => feature.exportData?.(ctx)))
  const data = Object.assign(await gather(ctx), ...parts.filter((part) => part !== undefined))
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
  await ctx.commitForgetting([
    ...others,
    sql`DELETE FROM subscriptions WHERE chat_id = ${ctx.chat.id}`,
    sql`DELETE FROM deliveries WHERE chat_id = ${ctx.chat.id}`,
    sql`DELETE FROM chats WHERE id = ${ctx.chat.id}`,
  ])
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

import { Composer } from 'grammy'
import { transact } from '../db/client.ts'
import { StoreError } from '../db/store-error.ts'
import { migrateChat, sleepChat } from '../delivery/chat-status.ts'
import { chatQueries, readChat, saveChat } from '../passport/chat.ts'
import { textsIn } from '../texts/index.ts'
import type { BotContext } from './context.ts'
import { identityOf } from './middleware.ts'
import { markDone, readDone } from './processed-updates.ts'

/**
 * The bot was blocked, removed, unblocked or added, or a group became a supergroup: the chat's subscriptions sleep, wake
 * up or move, in one transaction with the update's mark, so that a repeat changes nothing.
 */
export const membership = new Composer<BotContext>()

membership.on(':migrate_to_chat_id', async (ctx) => {
  const { chat, migrate_to_chat_id: to } = ctx.msg
  const moved = migrateChat(chat.id, to, ctx.now)
  await StoreError.wrap(transact(ctx.db, [...moved, markDone(ctx, ctx.now)]))
})

membership.on('my_chat_member', async (ctx) => {
  const { chat, new_chat_member: member } = ctx.myChatMember
  const done = markDone(ctx, ctx.now)
  const present =
    ['member', 'administrator', 'creator'].includes(member.status) ||
    (member.status === 'restricted' && member.is_member !== false)
  if (!present) {
    await StoreError.wrap(transact(ctx.db, [...sleepChat(chat.id), done]))
    return
  }
  const [seen, row] = await StoreError.wrap(transact(ctx.db, [readDone(ctx), chatQueries(chat.id)[0]]))
  if (seen?.results.length) return
  const identity = identityOf(chat)
  const known = readChat(row?.results[0], identity, ctx.now)
  const saved = known.changed ? saveChat(ctx.db, known.chat, known.changed) : []
  await StoreError.wrap(transact(ctx.db, [...saved, done]))
  const isNew = row?.results.length === 0
  if (!isNew || identity.kind !== 'group') return
  ctx.load(known.chat, null, [])
  await ctx.reply(textsIn(known.chat.language).common.hello)
})

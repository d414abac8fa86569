import { sql } from 'drizzle-orm'
import { Composer } from 'grammy'
import { chatQuery, readChat, saveChat } from '../chats/chat-row.ts'
import { sleepChat } from '../chats/chat-status.ts'
import { GREETING, migrateChat } from '../chats/group-migration.ts'
import { transact } from '../db/database.ts'
import { StoreError } from '../db/store-error.ts'
import { enqueue } from '../delivery/outbox.ts'
import { wake } from '../passport/follow/follow.ts'
import { SECOND } from '../platform/time.ts'
import { textsIn } from '../texts/index.ts'
import type { BotContext } from './context.ts'
import { identityOf } from './middleware.ts'
import { markDone, readDone } from './processed-updates.ts'

/** How long the greeting of a supergroup is delayed, in case it is a converted group, ms. */
const GREETING_DELAY = 10 * SECOND

/**
 * The bot was blocked, removed, unblocked or added, or a group became a supergroup: suspends, resumes or moves the
 * chat's subscriptions, in one transaction with the update's mark, so that a repeat changes nothing.
 */
export const membership = new Composer<BotContext>()

/** Two messages report that a group became a supergroup; the first one moves everything. */
async function follow(ctx: BotContext, from: number, to: number): Promise<void> {
  await StoreError.wrap(
    transact(ctx.db, [
      ...migrateChat(from, to, ctx.now),
      ...wake(to, ctx.now),
      sql`UPDATE chats SET status = 'active' WHERE id = ${to}`,
      markDone(ctx, ctx.now),
    ]),
  )
}

membership.on(':migrate_to_chat_id', (ctx) => follow(ctx, ctx.chat.id, ctx.msg.migrate_to_chat_id))
membership.on(':migrate_from_chat_id', (ctx) => follow(ctx, ctx.msg.migrate_from_chat_id, ctx.chat.id))

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
  const [seen, row] = await StoreError.wrap(transact(ctx.db, [readDone(ctx), chatQuery(chat.id)]))
  if (seen?.results.length) return
  const identity = identityOf(chat)
  const known = readChat(row?.results[0], identity, ctx.now)
  const saved = known.changed ? saveChat(ctx.db, known.chat, known.changed, wake) : []
  const isNew = row?.results.length === 0
  const text = textsIn(known.chat.language).common.hello
  // A converted group is reported as if the bot had been added, but was greeted long ago.
  const greeting = {
    event: GREETING,
    chatId: chat.id,
    priority: 'interactive',
    content: { type: 'message', message: { text } },
    eventAt: ctx.now,
    notBefore: ctx.now + GREETING_DELAY,
    trace: ctx.trace,
  } as const
  const later = isNew && chat.type === 'supergroup'
  await StoreError.wrap(transact(ctx.db, [...saved, ...(later ? [enqueue([greeting], ctx.now)] : []), done]))
  if (later) ctx.background('nudge-sender', ctx.deps.nudgeSender(ctx.trace))
  if (later || !isNew || identity.kind !== 'group') return
  ctx.load(known.chat, null, [])
  await ctx.reply(text)
})

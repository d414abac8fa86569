import type { Middleware } from 'grammy'
import { awaitInput } from '../chats/awaited-input.ts'
import { chatQuery, readChat } from '../chats/chat-row.ts'
import { admissionOf, admit } from '../chats/request-limits.ts'
import { transact } from '../db/database.ts'
import { StoreError } from '../db/store-error.ts'
import { followsQuery, readFollows } from '../passport/follow/follows.ts'
import { describeError, log } from '../platform/log.ts'
import type { BotContext } from './context.ts'
import { isNew, readDone } from './processed-updates.ts'
import { actorsOf, sayTooMany } from './rate-limit.ts'
import { endWaiting } from './receive-paste.ts'
import { senderRole } from './sender-role.ts'

/** The chat of an update, with the names of our columns. */
export const identityOf = (chat: { id: number; type: string }) =>
  ({
    id: chat.id,
    kind: chat.type === 'channel' ? 'channel' : chat.type === 'private' ? 'private' : 'group',
  }) as const

/**
 * True for a reply to a message of this bot. In a forum every message is formally a reply to the one that created its
 * topic: that does not count.
 */
function repliesToBot({ msg, me }: BotContext): boolean {
  const repliedTo = msg?.reply_to_message
  return repliedTo?.from?.id === me.id && repliedTo.forum_topic_created === undefined
}

/**
 * False for messages not meant for the bot: talk in a group, posts in a channel, commands for other bots. Needs no
 * query.
 */
export function concernsBot(ctx: BotContext): boolean {
  if (ctx.callbackQuery !== undefined) return true
  const { chat, msg, me } = ctx
  if (!chat || !msg) return false
  if (chat.type === 'private') return true
  const command = /^\/\w+(?:@(\w+))?(?=\s|$)/.exec(msg.text ?? '')
  if (!command) return chat.type !== 'channel' && repliesToBot(ctx)
  const addressee = command[1]?.toLowerCase()
  return addressee === undefined || me.username === '' || addressee === me.username.toLowerCase()
}

/**
 * Takes the update's cost, reads the chat's row in the same query, and drops an update that is done. Over the limit it
 * says so once, then nothing until the limit allows it. After the rest of the stack it saves remaining changes and
 * marks the update as done. Operators have no limit.
 * @throws StoreError when the database is out of reach: the update is not done
 */
export const loadChat: Middleware<BotContext> = async (ctx, next) => {
  const chat = identityOf(ctx.chat ?? { id: ctx.from?.id ?? 0, type: 'private' })
  const isOperator = ctx.from !== undefined && ctx.deps.settings.ADMIN_IDS.has(ctx.from.id)
  const admission = isOperator ? [] : admit(actorsOf(ctx), ctx.now, isNew(ctx))
  const [done, chatRow, followRows, ...admitted] = await StoreError.wrap(
    transact(ctx.db, [readDone(ctx), chatQuery(chat.id), followsQuery(chat.id), ...admission]),
  )
  if (done?.results.length) return
  const verdict = admissionOf(admitted)
  if (verdict === 'silent') return
  const known = readChat(chatRow?.results[0], chat, ctx.now)
  ctx.load(known.chat, known.changed, readFollows(followRows?.results ?? []))
  await (verdict === 'refused' ? sayTooMany(ctx) : next())
  await ctx.finish()
}

/** Logs a bug and apologises. The update counts as done: repeating it would fail again. */
export const reportFailure: Middleware<BotContext> = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    if (StoreError.is(error)) throw error
    const { update, trace } = ctx
    log('error', 'update-failed', { update: update.update_id, error: describeError(error), trace })
    await ctx.say(ctx.view(ctx.texts.common.wentWrong))
  }
}

const isCommand = (text: string) => text.startsWith('/')

/** A button or a command ends the wait for a typed answer; in groups only an admin's does. */
export const stopAwaiting: Middleware<BotContext> = async (ctx, next) => {
  const ends = ctx.callbackQuery !== undefined || isCommand(ctx.text)
  const before = ctx.chatRow.awaiting
  const ended =
    ends && ctx.awaited.length > 0 && (await senderRole(ctx)) === 'admin' ? await endWaiting(ctx) : []
  await next()
  if (ended.length > 0 && ctx.chatRow.awaiting !== before) await ctx.commit(ended)
}

/** A typed answer may look like a command: if no feature handled it, the bot goes on waiting for the answer. */
export const resumeAwaiting: Middleware<BotContext> = async (ctx, next) => {
  const [question = '', ...args] = ctx.awaited
  const { awaiting } = awaitInput(question, ...args)
  if (ctx.chatRow.awaiting !== awaiting) ctx.prefer({ awaiting })
  await next()
}

import { sql } from 'drizzle-orm'
import { Composer } from 'grammy'
import type { Message as TelegramMessage } from 'grammy/types'
import * as z from 'zod'
import {
  AWAIT_NOTHING,
  type Awaiting,
  awaitInput,
  type InputOwner,
  openInput,
  sealInput,
} from '../chats/awaited-input.ts'
import { isWaiting } from '../chats/open-deliveries.ts'
import {
  continuesParts,
  isUnfinished,
  joinParts,
  looksPasted,
  type PastePart,
  partsWith,
  pastePart,
} from '../chats/paste-parts.ts'
import type { Statement } from '../db/database.ts'
import { lines } from '../delivery/message.ts'
import { enqueue } from '../delivery/outbox.ts'
import { readConfig } from '../platform/config.ts'
import { decodeText, isText } from '../platform/text-file.ts'
import { MINUTE } from '../platform/time.ts'
import type { BotContext } from './context.ts'
import { documentIn, fetchFile } from './telegram-file.ts'

/** How long the rest of a cut paste is waited for. Its parts come within a second or two. */
const PATIENCE = MINUTE

const shape = z.object({ at: z.number(), parts: z.array(pastePart) })

/**
 * A paste. `text`: all of it. `waits`: its rest is still to come, and the person was told. `problem`: a file that cannot
 * be used. With the change `again` the bot goes on waiting for it, in case it is not accepted.
 */
export type Paste =
  | { kind: 'text'; text: string; again: Awaiting }
  | { kind: 'waits' }
  | { kind: 'problem'; problem: 'too-large' | 'not-text' | 'not-fetched'; again: Awaiting }

/** Parts can be opened for their owner only. */
const ownerOf = (ctx: BotContext): InputOwner => ({
  keys: readConfig(ctx.deps.env, ['ENCRYPTION_KEY']).ENCRYPTION_KEY,
  purpose: 'pasted',
  userId: ctx.userId,
  chatId: ctx.chatRow.id,
})

/** The parts received before, while they are valid. */
async function openParts(ctx: BotContext, sealed: string | undefined): Promise<PastePart[]> {
  const opened = await openInput(ownerOf(ctx), shape, sealed)
  return opened !== null && ctx.now - opened.at < PATIENCE ? opened.parts : []
}

const timeoutEvent = (parts: readonly PastePart[]): string =>
  `paste:${Math.min(...parts.map(({ id }) => id))}`

/** Reads a file's text; a file that cannot be used is a problem. */
async function readFile(ctx: BotContext, again: Awaiting): Promise<Paste> {
  const document = documentIn(ctx.message)
  if (document === 'too-large') return { kind: 'problem', problem: 'too-large', again }
  const bytes = document === null ? null : await fetchFile(ctx, document)
  if (bytes === null) return { kind: 'problem', problem: 'not-fetched', again }
  const text = decodeText(bytes)
  return isText(text) ? { kind: 'text', text, again } : { kind: 'problem', problem: 'not-text', again }
}

/**
 * Reads what a message holds of a paste, typed or as a text file, and joins the messages into which Telegram cut it, in
 * whatever order they come. While more is to come, the parts are kept in the chat's row, sealed; after a minute the person
 * is told that the rest did not come.
 * @param typed the text, without a command before it
 * @param question the name of the question that the paste answers
 */
export async function readPaste(ctx: BotContext, typed: string, question: string): Promise<Paste> {
  const asked = ctx.awaited[0] === question
  const known = asked ? await openParts(ctx, ctx.awaited[1]) : []
  // A file's caption is a remark: “here it is”.
  if (hasFile(ctx.message)) {
    const file = await readFile(ctx, asked ? awaitInput(question, ...ctx.args) : awaitInput(question))
    if (file.kind === 'text' && known.length > 0) await ctx.commit([settled(ctx, known)])
    return file
  }
  const added = { id: ctx.msgId ?? 0, text: typed, length: ctx.text.length, date: ctx.msg?.date ?? 0 }
  const parts = partsWith(known, added)
  const again = awaitInput(question, await sealInput(ownerOf(ctx), { at: ctx.now, parts }))
  if (!isUnfinished(parts)) {
    if (known.length > 0) await ctx.commit([settled(ctx, [...known, added])])
    return { kind: 'text', text: joinParts(parts), again }
  }
  ctx.prefer(again)
  const { paste } = ctx.texts.common
  const timeout = {
    event: timeoutEvent(parts),
    chatId: ctx.chatRow.id,
    priority: 'interactive',
    content: { type: 'message', message: { text: paste.timedOut } },
    eventAt: ctx.now,
    notBefore: ctx.now + PATIENCE,
    trace: ctx.trace,
  } as const
  const replaced = known.filter(({ id }) => !parts.some((part) => part.id === id))
  await ctx.commit([enqueue([timeout], ctx.now), ...(replaced.length > 0 ? [settled(ctx, replaced)] : [])])
  if (parts.length === 1) await ctx.say(ctx.view(paste.waits))
  return { kind: 'waits' }
}

/** Waits for nothing any more, except for the rest of a paste that was cancelled, or of one that was taken. */
const CANCELLED = 'paste-cancelled'
const TAKEN = 'paste-taken'

const isAfterPaste = (ctx: BotContext): boolean =>
  (ctx.awaited[0] === CANCELLED || ctx.awaited[0] === TAKEN) && ctx.now - Number(ctx.awaited[1]) < PATIENCE

/**
 * Ends the wait for an answer.
 * @returns what to write once it has ended: when it was for the rest of a paste, no message says that it did not come
 */
export async function endWaiting(ctx: BotContext): Promise<Statement[]> {
  if (isAfterPaste(ctx)) return []
  const parts = await openParts(ctx, ctx.awaited[1])
  ctx.prefer(parts.length > 0 ? awaitInput(CANCELLED, ctx.now) : AWAIT_NOTHING)
  return parts.length > 0 ? [settled(ctx, parts)] : []
}

/** The change of a chat's row after a secret was taken: should more of it come, it is no question to the bot. */
export const awaitLeftovers = (ctx: BotContext): Awaiting => awaitInput(TAKEN, ctx.now)

/** True for what a person writes while the rest of a paste is still to come, and that is not this rest. */
export async function isAside(ctx: BotContext): Promise<boolean> {
  const parts = await openParts(ctx, ctx.awaited[1])
  if (!isUnfinished(parts) || hasFile(ctx.message)) return false
  return ctx.text === '' || !continuesParts(parts, ctx.text, ctx.msg?.date ?? 0)
}

/** The rest of a paste that was cancelled or taken comes after all: it is deleted from the chat, and answers nothing. */
export const leftovers = new Composer<BotContext>()
leftovers.filter(
  (ctx) => ctx.awaited[0] === CANCELLED || ctx.awaited[0] === TAKEN,
  async (ctx, next) => {
    if (!isAfterPaste(ctx) || !looksPasted(ctx.text)) {
      if (!isAfterPaste(ctx)) ctx.prefer(AWAIT_NOTHING)
      return next()
    }
    const deleted = await ctx.deleteTyped()
    const { common, portalSessions } = ctx.texts
    const said = ctx.awaited[0] === TAKEN ? common.paste.restTaken : common.paste.restCancelled
    await ctx.say(ctx.view(lines(said, !deleted && portalSessions.notDeleted)))
  },
)

/** The rest has arrived: drops the message that says it has not. */
const settled = (ctx: BotContext, parts: readonly PastePart[]) =>
  sql`UPDATE deliveries SET status = 'expired', reason = 'paste-complete', done_at = ${ctx.now}
      WHERE chat_id = ${ctx.chatRow.id} AND ${isWaiting()}
        AND event IN (SELECT value FROM json_each(${JSON.stringify(parts.map((one) => timeoutEvent([one])))}))`

/** True when a message has a file of any kind. */
export const hasFile = (message: Partial<TelegramMessage> | undefined): boolean =>
  message?.document !== undefined || message?.photo !== undefined

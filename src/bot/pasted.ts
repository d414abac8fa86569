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
import { isUnfinished, joinParts, type PastePart, partsWith, pastePart } from '../chats/paste-parts.ts'
import { lines } from '../delivery/message.ts'
import { enqueue } from '../delivery/outbox.ts'
import { readConfig } from '../platform/config.ts'
import { decodeText, isText } from '../platform/text-file.ts'
import { MINUTE } from '../platform/time.ts'
import { answers } from './buttons.ts'
import type { BotContext } from './context.ts'
import { documentIn, fetchFile } from './telegram-file.ts'

/** How long the rest of a cut paste is waited for. Its parts come within a second or two. */
const PATIENCE = MINUTE

const shape = z.object({ at: z.number(), parts: z.array(pastePart) })

/**
 * A paste. `text`: all of it; with the change `again` the bot goes on waiting for it, in case it is not accepted. `waits`:
 * its rest is still to come, and the person was told. `problem`: a file that cannot be used.
 */
export type Paste =
  | { kind: 'text'; text: string; again: Awaiting }
  | { kind: 'waits' }
  | { kind: 'problem'; problem: 'too-large' | 'not-text' | 'not-fetched' }

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
  if (document === 'too-large') return { kind: 'problem', problem: 'too-large' }
  const bytes = document === null ? null : await fetchFile(ctx, document)
  if (bytes === null) return { kind: 'problem', problem: 'not-fetched' }
  const text = decodeText(bytes)
  return isText(text) ? { kind: 'text', text, again } : { kind: 'problem', problem: 'not-text' }
}

/**
 * Reads what a message holds of a paste, typed or as a text file, and joins the messages into which Telegram cut it, in
 * whatever order they come. While more is to come, the parts are kept in the chat's row, sealed; after a minute the person
 * is told that the rest did not come.
 * @param typed the text, without a command before it
 * @param question the name of the question that the paste answers
 */
export async function readPaste(ctx: BotContext, typed: string, question: string): Promise<Paste> {
  if (typed === '' && hasFile(ctx.message)) return readFile(ctx, awaitInput(question))
  const added = { id: ctx.msgId ?? 0, text: typed, length: ctx.text.length }
  const known = ctx.awaited[0] === question ? await openParts(ctx, ctx.awaited[1]) : []
  const parts = partsWith(known, added)
  const again = awaitInput(question, await sealInput(ownerOf(ctx), { at: ctx.now, parts }))
  if (!isUnfinished(parts)) {
    if (parts.length > 1) await ctx.commit([settled(ctx, parts)])
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
  await ctx.commit([enqueue([timeout], ctx.now)])
  if (parts.length === 1) await ctx.say(ctx.view(paste.waits))
  return { kind: 'waits' }
}

/** Waits for nothing any more, except for the rest of a paste that was cancelled. */
const CANCELLED = 'paste-cancelled'

/** Ends the wait for an answer. When it was for the rest of a paste, no message says that it did not come. */
export async function endWaiting(ctx: BotContext): Promise<void> {
  const parts = await openParts(ctx, ctx.awaited[1])
  if (parts.length > 0) await ctx.commit([settled(ctx, parts)])
  ctx.prefer(parts.length > 0 ? awaitInput(CANCELLED, ctx.now) : AWAIT_NOTHING)
}

/** Whether a text is no sentence of a person, but a piece of a request. */
const looksPasted = (text: string): boolean => text.length >= 100 || /[='"\\;{}]/.test(text)

/** The rest of a cancelled paste comes after all: it is taken out of the chat, and answered as nothing else. */
export const cancelledPastes = new Composer<BotContext>()
cancelledPastes.filter(answers(CANCELLED), async (ctx, next) => {
  if (ctx.now - Number(ctx.awaited[1]) >= PATIENCE || !looksPasted(ctx.text)) {
    ctx.prefer(AWAIT_NOTHING)
    return next()
  }
  const deleted = await ctx.deleteTyped()
  const { common, portalSessions } = ctx.texts
  await ctx.say(ctx.view(lines(common.paste.restCancelled, !deleted && portalSessions.notDeleted)))
})

/** The rest has arrived: drops the message that says it has not. */
const settled = (ctx: BotContext, parts: readonly PastePart[]) =>
  sql`UPDATE deliveries SET status = 'expired', reason = 'paste-complete', done_at = ${ctx.now}
      WHERE chat_id = ${ctx.chatRow.id} AND status = 'queued'
        AND event IN (SELECT value FROM json_each(${JSON.stringify(parts.map((one) => timeoutEvent([one])))}))`

/** True when a message has a file of any kind. */
export const hasFile = (message: Partial<TelegramMessage> | undefined): boolean =>
  message?.document !== undefined || message?.photo !== undefined

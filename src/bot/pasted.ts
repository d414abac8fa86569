import { sql } from 'drizzle-orm'
import type { Message as TelegramMessage } from 'grammy/types'
import * as z from 'zod'
import { enqueue } from '../delivery/outbox.ts'
import { readConfig } from '../platform/config.ts'
import { seal, UnsealError, unseal } from '../platform/crypto.ts'
import { decodeText, isText } from '../platform/text-file.ts'
import { MINUTE } from '../platform/time.ts'
import type { BotContext } from './context.ts'
import { documentIn, fetchFile } from './sport/telegram-file.ts'

/** Telegram's limit on a message: an app cuts a longer paste, here at the latest and from half of it on at white space. */
const CUT_AT = 4096
const CUT_FROM = 2000
/** A message about as long as Telegram takes was cut, whatever it says. */
const SURELY_CUT = 4000
/** How long the rest of a cut paste is waited for. Its parts come within a second or two. */
const PATIENCE = MINUTE
/** Parts that are joined at most: 64 KB. A longer paste is better sent as a file. */
const MOST_PARTS = 16

/** One message of a paste. */
const part = z.object({ id: z.number(), text: z.string(), length: z.number() })
const shape = z.object({ at: z.number(), parts: z.array(part) })
type Part = z.output<typeof part>

/**
 * A paste. `text`: all of it; `again` is the value for `chats.awaiting` if it is not accepted. `waits`: its rest is
 * still to come, and the person was told. `problem`: a file that cannot be used.
 */
export type Paste =
  | { kind: 'text'; text: string; again: string }
  | { kind: 'waits' }
  | { kind: 'problem'; problem: 'too-large' | 'not-text' | 'not-fetched' }

/**
 * True when a message seems to be the beginning of a longer paste: it is long, and a quote or command in it is open.
 */
const looksCut = ({ text, length }: Part): boolean =>
  length >= SURELY_CUT ||
  (length >= CUT_FROM &&
    (/[\\^`]\s*$/.test(text) || ["'", '"'].some((quote) => (text.split(quote).length - 1) % 2 === 1)))

/**
 * Parts in the order in which they were written, as one text. Apps cut at white space, which Telegram then drops, or else
 * after exactly 4,096 characters.
 */
const join = (parts: readonly Part[]): string =>
  parts.reduce((text, { text: next }, index) => {
    const before = parts[index - 1]
    return before === undefined ? next : text + (before.length >= CUT_AT ? '' : '\n') + next
  }, '')

const place = (ctx: BotContext) => `chats.awaiting/${ctx.chatRow.id}` as const

const keys = (ctx: BotContext) => readConfig(ctx.deps.env, ['ENCRYPTION_KEY']).ENCRYPTION_KEY
/** Parts can be opened for their owner only. */
const purpose = (ctx: BotContext) => `pasted:${ctx.userId}`

/** The parts received before, while they are valid. */
async function openParts(ctx: BotContext, sealed: string | undefined): Promise<Part[]> {
  if (sealed === undefined) return []
  try {
    const { at, parts } = shape.parse(JSON.parse(await unseal(keys(ctx), purpose(ctx), place(ctx), sealed)))
    return ctx.now - at < PATIENCE ? parts : []
  } catch (error) {
    if (error instanceof UnsealError || error instanceof z.ZodError) return []
    throw error
  }
}

/** The parts that belong together with a new one, in the order in which they were written. */
function together(known: readonly Part[], added: Part): Part[] {
  const others = known.filter(({ id }) => id !== added.id)
  const all = [...others, added].sort((a, b) => a.id - b.id)
  const belongs = all.every((one, index) => index === all.length - 1 || looksCut(one))
  return belongs ? all : [added]
}

const timeoutEvent = (parts: readonly Part[]): string => `paste:${Math.min(...parts.map(({ id }) => id))}`

/** The text of a file; what cannot be used is said. */
async function readFile(ctx: BotContext, again: string): Promise<Paste> {
  const document = documentIn(ctx.message)
  if (document === 'too-large') return { kind: 'problem', problem: 'too-large' }
  const bytes = document === null ? null : await fetchFile(ctx, document)
  if (bytes === null) return { kind: 'problem', problem: 'not-fetched' }
  const text = decodeText(bytes)
  return isText(text) ? { kind: 'text', text, again } : { kind: 'problem', problem: 'not-text' }
}

/**
 * Reads what a message holds of a paste, typed or as a text file, and joins the messages into which Telegram cut it, in
 * whatever order they come. While more is to come, the parts are in `chats.awaiting`, sealed; after a minute the person
 * is told that the rest did not come.
 * @param typed the text, without a command before it
 * @param awaiting what `chats.awaiting` begins with while the paste is waited for
 */
export async function readPaste(ctx: BotContext, typed: string, awaiting: string): Promise<Paste> {
  if (typed === '' && hasFile(ctx.message)) return readFile(ctx, awaiting)
  const added = { id: ctx.msgId ?? 0, text: typed, length: ctx.text.length }
  const sealed = ctx.awaited[0] === awaiting ? ctx.awaited[1] : undefined
  const known = await openParts(ctx, sealed)
  const parts = together(known, added)
  const kept = JSON.stringify({ at: ctx.now, parts })
  const again = `${awaiting}:${await seal(keys(ctx), purpose(ctx), place(ctx), kept)}`
  const last = parts.at(-1)
  if (!last || !looksCut(last) || parts.length >= MOST_PARTS) {
    if (parts.length > 1) await ctx.commit([settled(ctx, parts)])
    return { kind: 'text', text: join(parts), again }
  }
  ctx.prefer({ awaiting: again })
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

/** The rest has come: drop the message that it has not. */
const settled = (ctx: BotContext, parts: readonly Part[]) =>
  sql`UPDATE deliveries SET status = 'expired', reason = 'paste-complete', done_at = ${ctx.now}
      WHERE chat_id = ${ctx.chatRow.id} AND status = 'queued'
        AND event IN (SELECT value FROM json_each(${JSON.stringify(parts.map((one) => timeoutEvent([one])))}))`

/** Whether a message brings a file of any kind. */
export const hasFile = (message: Partial<TelegramMessage> | undefined): boolean =>
  message?.document !== undefined || message?.photo !== undefined

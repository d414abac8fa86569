import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { Api } from 'grammy'
import { connect, type Database, type Row, type Statement, transact } from '../../src/db/database.ts'
import type { Priority } from '../../src/db/schema/delivery.ts'
import type { Sender } from '../../src/delivery/channels/channel.ts'
import { telegramChannel } from '../../src/delivery/channels/telegram/telegram-channel.ts'
import { telegramSender } from '../../src/delivery/channels/telegram/telegram-sender.ts'
import { claimDeliveries } from '../../src/delivery/claimed-deliveries.ts'
import { enqueue, type OutboxMessage } from '../../src/delivery/outbox.ts'
import type { Renderers } from '../../src/delivery/renderer.ts'
import { sendDue } from '../../src/delivery/sender.ts'
import type { SenderContext } from '../../src/delivery/sender-context.ts'
import { InvocationBudget, PAID_PLAN } from '../../src/platform/budget.ts'
import { type Clock, systemClock } from '../../src/platform/time.ts'
import { EventClock } from './event-clock.ts'
import { limitedD1 } from './limited-d1.worker.ts'

/** A call that the code made to Telegram. */
export interface TelegramCall {
  method: string
  body: Record<string, unknown> & { chat_id: number; text: string }
  at: number
}

export type Answer =
  | { ok: true; result: unknown }
  | { ok: false; error_code: number; description: string; parameters?: object }

export const refusal = (error_code: number, description: string, parameters?: object): Answer => ({
  ok: false,
  error_code,
  description,
  ...(parameters && { parameters }),
})

export const tooMany = (retry_after: number): Answer =>
  refusal(429, `Too Many Requests: retry after ${retry_after}`, { retry_after })

/** A Bot API server that accepts everything, but for what a test tells it to answer. */
export class FakeTelegram {
  readonly calls: TelegramCall[] = []
  /** What to answer instead of a success; an Error is a broken connection. */
  answer: (call: TelegramCall) => Answer | Error | undefined | Promise<Answer | Error | undefined> = () =>
    undefined
  #lastId = 1_000
  readonly #clock: Pick<Clock, 'now'>

  /** @param clock tells when a call came */
  constructor(clock: Pick<Clock, 'now'> = systemClock) {
    this.#clock = clock
  }

  /** grammY's client of this server. It waits longer than the slowest machine takes: no test should time out by chance. */
  get api(): Api {
    return new Api('1:test', { apiRoot: 'http://telegram.test', timeoutSeconds: 300, fetch: this.fetch })
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const method = new URL(String(input)).pathname.split('/').pop() ?? ''
    const call = { method, body: JSON.parse(String(init?.body)), at: this.#clock.now() } as TelegramCall
    this.calls.push(call)
    const answer = await this.answer(call)
    if (answer instanceof Error) throw answer
    if (answer) return Response.json(answer, { status: answer.ok ? 200 : answer.error_code })
    this.#lastId += 1
    return Response.json({ ok: true, result: { message_id: this.#lastId } })
  }

  /** The texts that went to a chat, in order. */
  textsTo(chatId: number): string[] {
    return this.calls.filter(({ body }) => body.chat_id === chatId).map(({ body }) => body.text)
  }
}

export const db: Database = connect((env as unknown as { DB: D1Database }).DB)

/** What an invocation of the paid plan may use; nothing counts its queries. */
export const freshBudget = (now = Date.now()) => new InvocationBudget(PAID_PLAN, now)

/** Rows of a query, by column name. */
export const rows = async (statement: Statement): Promise<Row[]> => {
  const [result] = await transact(db, [statement])
  return result?.results ?? []
}

/** Empties the tables that the tests of a file share. */
export const clean = () =>
  transact(
    db,
    [
      'deliveries',
      'claims',
      'chats',
      'subscriptions',
      'state',
      'alerts',
      'offices',
      'slots',
      'dead_letters',
    ].map((table) => sql`DELETE FROM ${sql.raw(table)}`),
  )

/**
 * A sender on the test's own D1, with a Telegram of its own. In virtual time, unless it gets a clock, or a database whose
 * work that time would not wait for.
 */
export function senderKit({
  senders,
  configuredRate = 400,
  ...changes
}: Partial<SenderContext> & { senders?: readonly Sender[]; configuredRate?: number } = {}) {
  const virtual = new EventClock()
  const isVirtual = !changes.clock && !changes.db
  const telegram = new FakeTelegram(changes.clock ?? (isVirtual ? virtual : systemClock))
  const nudges: number[] = []
  const context: SenderContext = {
    db: isVirtual ? connect(limitedD1(virtual).d1) : db,
    channels: [telegramChannel(senders ?? [telegramSender(telegram.api)], configuredRate)],
    clock: isVirtual ? virtual : systemClock,
    renderers: {} as Renderers,
    budget: freshBudget(),
    nudge: async (delaySeconds) => {
      nudges.push(delaySeconds)
    },
    random: () => 0,
    ...changes,
  }
  // Each call is an invocation of its own.
  const send = () =>
    sendDue(changes.budget ? context : { ...context, budget: freshBudget(context.clock.now()) })
  return { telegram, nudges, context, send, clock: virtual }
}

export const plain = (
  event: string,
  chatId: number,
  changes: Partial<OutboxMessage> = {},
): OutboxMessage => ({
  event,
  chatId,
  priority: 'alert',
  content: { type: 'message', message: { text: `${event} a ${chatId}` } },
  eventAt: 1,
  trace: 't',
  ...changes,
})

export const enqueueAll = (drafts: readonly OutboxMessage[]) => transact(db, [enqueue(drafts, Date.now())])

/** Claims Telegram messages. */
export const claim = (limit: number, now: number, upTo: Priority = 'edit') =>
  claimDeliveries(db, new Map([['telegram', { limit, upTo }]]), now)

/** A delivery's row. */
export const delivery = async (event: string, chatId: number): Promise<Row | undefined> =>
  (await rows(sql`SELECT * FROM deliveries WHERE event = ${event} AND chat_id = ${chatId}`))[0]

export const addChat = (id: number, columns: Record<string, string | number | null> = {}) => {
  const all = { id, kind: 'private', created_at: 1, last_seen_at: 1, ...columns }
  const names = sql.raw(Object.keys(all).join(', '))
  const values = sql.join(
    Object.values(all).map((value) => sql`${value}`),
    sql`, `,
  )
  return sql`INSERT INTO chats (${names}) VALUES (${values})`
}

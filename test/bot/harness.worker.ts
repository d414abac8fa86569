import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { beforeAll, vi } from 'vitest'
import type { EdgeEnv } from '../../src/bindings.d.ts'
import { webhook } from '../../src/bot/webhook.ts'
import { connect, type Row, type Statement, transact } from '../../src/db/database.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { systemClock } from '../../src/platform/time.ts'
import { Person, RecordedTelegram } from './person.ts'

/** Towns that the portal knows. */
export const SECRET = 'test-webhook-secret'

/** Telegram and the webhook for the tests of one file, on the pool's own D1 and queues. */
export function harness() {
  const telegram = new RecordedTelegram()
  const nudges: unknown[] = []
  const polled: string[] = []
  /** The environment that the webhook gets; a test may replace a binding and must put it back. */
  const edgeEnv: EdgeEnv = {
    ...(env as unknown as EdgeEnv),
    SPORT_USER_IDS: '',
    OUTBOUND: { send: async (body: unknown) => nudges.push(body) } as unknown as Queue,
  }
  const time = { now: Date.now() }
  const app = webhook({
    clock: { now: () => time.now, sleep: systemClock.sleep },
    pollNow: async (_env, province) => {
      polled.push(province)
    },
  })
  const db = connect(edgeEnv.DB)

  beforeAll(() => {
    vi.stubGlobal('fetch', telegram.fetch)
  })

  /** Posts anything to the webhook, and waits for what it left in the background. */
  const post = async (body: BodyInit, headers: Record<string, string> = {}, bindings: EdgeEnv = edgeEnv) => {
    const ctx = createExecutionContext()
    const response = await app.fetch(
      new Request('http://edge/telegram/webhook', {
        method: 'POST',
        headers: { 'X-Telegram-Bot-Api-Secret-Token': SECRET, ...headers },
        body,
      }),
      bindings,
      ctx,
    )
    await waitOnExecutionContext(ctx)
    return response
  }
  const deliver = (update: object): Promise<Response> => post(JSON.stringify(update))

  /** Rows of a query, by column name. */
  const rows = async (statement: Statement): Promise<Row[]> => {
    const [result] = await transact(db, [statement])
    return result?.results ?? []
  }
  let lastId = 100
  return {
    telegram,
    nudges,
    polled,
    edgeEnv,
    time,
    db,
    post,
    deliver,
    rows,
    /** Somebody new in a private chat. */
    someone: (): Person => {
      lastId += 1
      return new Person(telegram, deliver, { id: lastId, type: 'private' })
    },
    /** A member of a new group, or of the given one. */
    inGroup: (userId: number, chatId = -(100_000 + ++lastId)): Person =>
      new Person(telegram, deliver, { id: chatId, type: 'supergroup' }, userId),
    /** Codes of the provinces that a chat follows, awake or not. */
    followed: async (chatId: number): Promise<unknown[]> =>
      (await rows(sql`SELECT province FROM subscriptions WHERE chat_id = ${chatId} ORDER BY province`)).map(
        (row) => row.province,
      ),
    chatRow: async (chatId: number): Promise<Row | undefined> =>
      (await rows(sql`SELECT * FROM chats WHERE id = ${chatId}`))[0],
    /** An office with open slots, as a reading would leave them. */
    openSlots: async (
      office: { id: string; province: string; name: string; code?: string },
      slots: [date: string, time: string, places: number][],
    ): Promise<void> => {
      await transact(db, [
        sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
            VALUES (${office.id}, ${office.province}, ${office.code ?? office.id}, ${office.name}, 'Via Roma, 1', 'CITTÀ', 1)
            ON CONFLICT (id) DO NOTHING`,
        ...slots.map(
          ([date, at, places]) => sql`INSERT INTO slots
            (office_id, date, time, places, first_seen_at, opened_at, announced_at)
            VALUES (${office.id}, ${date}, ${at}, ${places}, 1, 1, 1)`,
        ),
      ])
    },
    /** A province as its last reading left it. */
    read: async (province: string, lastReadAt: number): Promise<void> => {
      await transact(db, [
        sql`INSERT OR IGNORE INTO provinces (code, watched_since) VALUES (${province}, 1)`,
        setReadings(province, { lastReadAt }),
      ])
    },
  }
}

import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { SECOND } from '../../src/platform/time.ts'
import { FakeStudents, yogaBooking } from '../bot/fake-student.ts'
import { harness } from '../bot/harness.worker.ts'
import { NONSENSE } from './fuzz.ts'

/** Chats that hostile updates come from; one of them is an operator's. */
const OPERATOR = 900
export const someone = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.constant(OPERATOR) },
)
/** People and chats that never write: nothing of theirs may change, or be shown to anyone. */
const BYSTANDERS = [770_001, 770_002, -770_003]
const CANARY = 'CANARINO'

/** The whole bot on D1, with bystanders in it, a portal that answers badly, and a student's object for everybody. */
export function hostileHarness() {
  const bot = harness()
  const students = new FakeStudents()
  Object.assign(bot.edgeEnv, {
    STUDENTS: students,
    SPORT_USER_IDS: '*',
    ADMIN_IDS: String(OPERATOR),
    PUBLIC_URL: 'https://sportello.example',
    PORTAL_ORIGIN: 'https://portal.example',
    AVAILABILITY: { send: async () => undefined },
  })
  beforeAll(async () => {
    vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) =>
      new URL(input instanceof Request ? input.url : String(input)).host === 'portal.example'
        ? new Response('<html>manutenzione</html>', { status: 503 })
        : bot.telegram.fetch(input, init),
    )
    await transact(
      bot.db,
      BYSTANDERS.flatMap((id) => [
        sql`INSERT INTO chats (id, kind, created_at, last_seen_at, awaiting) VALUES (${id}, 'private', 1, 1, ${CANARY})`,
        sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${id}, 'TO', 1, 1)`,
        sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at)
            VALUES (${id}, ${CANARY}, 'dead', 1, 1)`,
        sql`INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, trace)
            VALUES ('e', ${id}, 1, ${JSON.stringify(CANARY)}, 'sent', 1, 1, 't')`,
      ]),
    )
    for (const id of BYSTANDERS) students.of(id).bookingList = [yogaBooking({ name: CANARY })]
  })
  /** The rows of bystanders: chats, what they follow, what they were sent. */
  const bystanders = async () =>
    Promise.all(
      [
        sql`SELECT * FROM chats WHERE abs(id) > 770000 AND abs(id) < 770010 ORDER BY id`,
        sql`SELECT * FROM subscriptions WHERE abs(chat_id) > 770000 AND abs(chat_id) < 770010 ORDER BY chat_id`,
        sql`SELECT * FROM deliveries WHERE abs(chat_id) > 770000 AND abs(chat_id) < 770010 ORDER BY id`,
      ].map(bot.rows),
    )
  let before: Awaited<ReturnType<typeof bystanders>>
  beforeAll(async () => {
    before = await bystanders()
  })

  let updateId = 10_000_000
  const bodyOf = (update: unknown): string => {
    const whole = update !== null && typeof update === 'object' && !Array.isArray(update)
    return JSON.stringify(whole ? { update_id: ++updateId, ...update } : update) ?? ''
  }
  /** Posts updates at the same time and looks at all that they made the bot do. */
  const postAll = async (updates: readonly unknown[], cut = false): Promise<void> => {
    bot.telegram.calls.length = 0
    bot.telegram.messages.clear()
    // What costs something is refused to who asks all the time.
    bot.time.now += SECOND
    const bodies = updates.map(bodyOf)
    const responses = await Promise.all(
      bodies.map((text) => bot.post(cut ? text.slice(0, text.length / 2) : text)),
    )
    for (const { status } of responses) expect(status).toBe(200)
    const concerned = updates.flatMap(idsIn)
    for (const { method, payload } of bot.telegram.calls) {
      if (payload.chat_id !== undefined) expect(concerned).toContain(Number(payload.chat_id))
      expectSane(method, payload)
    }
    for (const [name, student] of students.byName) {
      if (student.calls.length > 0) expect(concerned).toContain(Number(name))
      student.calls.length = 0
    }
  }
  return {
    ...bot,
    post: (update: unknown, cut = false) => postAll([update], cut),
    postAll,
    /** At the end: nothing of the bystanders has changed. */
    expectBystandersUntouched: async () => expect(await bystanders()).toEqual(before),
  }
}

/** Every number under the name `id`, wherever it stands, and ids that a group moved to: whom an update is about. */
function idsIn(value: unknown): number[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) =>
    /^(id|migrate_to_chat_id)$/.test(name) && typeof inner === 'number' ? [inner] : idsIn(inner),
  )
}

/** What goes to a person: words, within Telegram's limits, nothing of anybody else's. */
function expectSane(method: string, payload: Record<string, unknown>): void {
  const { text, caption, upload } = payload
  for (const shown of [text, caption]) if (shown !== undefined) expect(shown).not.toMatch(NONSENSE)
  for (const shown of [text, caption, upload]) expect(String(shown)).not.toContain(CANARY)
  if (method === 'sendMessage' || method === 'editMessageText') {
    expect(String(text).trim()).not.toBe('')
    expect(String(text).length).toBeLessThanOrEqual(4096)
    expect(text).not.toMatch(/andato storto|went wrong/)
  }
  const markup = payload.reply_markup as
    | { inline_keyboard?: { text: string; callback_data?: string }[][] }
    | undefined
  for (const button of (markup?.inline_keyboard ?? []).flat()) {
    expect(button.text).not.toMatch(NONSENSE)
    expect(button.text).not.toBe('')
    expect(new TextEncoder().encode(button.callback_data).length).toBeLessThanOrEqual(64)
  }
}

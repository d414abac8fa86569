import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { forgetChat, forgetMessages, readPersonalData } from '../../src/chats/chat-data.ts'
import { newChat } from '../../src/chats/chat-row.ts'
import { connect, transact } from '../../src/db/database.ts'

const { DB } = env as unknown as { DB: D1Database }
const db = connect(DB)
const NOW = 1_800_000_000_000
const KEYS = ['a-key-for-tests-only-0123456789abcdef'] as const

/** Messages with ids so far apart that they lie in many pages. */
async function messages(chatId: number, count: number, status = 'sent'): Promise<void> {
  await transact(db, [
    sql`INSERT INTO deliveries (id, event, chat_id, lane, content, status, event_at, created_at, trace)
        SELECT value * 30000 + ${chatId}, 'event:' || value, ${chatId}, 1, '{}', ${status}, 1, 1, 't'
        FROM json_each(${JSON.stringify(Array.from({ length: count }, (_, i) => i + 1))})`,
  ])
}
const count = async (chatId: number) =>
  (await transact(db, [sql`SELECT count(*) AS n FROM deliveries WHERE chat_id = ${chatId}`]))[0]?.results[0]
    ?.n

test('every message of a chat is in its file, and none is left after /cancellami, whatever their number', async () => {
  await messages(1, 6_000)
  await messages(2, 50)
  const chat = newChat({ id: 1, kind: 'private' }, NOW)
  const { messages: exported } = await readPersonalData(db, chat, NOW)
  expect(exported).toHaveLength(6_000)
  await forgetMessages(db, 1)
  expect(await count(1)).toBe(0)
  expect(await count(2)).toBe(50)
})

test('a message that is written while the others are deleted goes with the chat', async () => {
  await messages(3, 3)
  await forgetMessages(db, 3)
  await messages(3, 2, 'queued')
  await transact(db, await forgetChat(KEYS, 3, NOW))
  expect(await count(3)).toBe(0)
})

test('no statement looks at more than a page of the table', async () => {
  const plans: string[] = []
  const watched = new Proxy(DB, {
    get(target, name) {
      if (name === 'prepare')
        return (text: string) => {
          if (/(DELETE|FROM) (FROM )?deliveries/.test(text)) plans.push(text)
          return target.prepare(text)
        }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  await messages(4, 10)
  await forgetMessages(connect(watched), 4)
  await transact(connect(watched), await forgetChat(KEYS, 4, NOW))
  expect(plans.length).toBeGreaterThan(3)
  for (const text of plans) {
    const params = Array.from({ length: (text.match(/\?/g) ?? []).length }, () => 1)
    const { results } = await DB.prepare(`EXPLAIN QUERY PLAN ${text}`)
      .bind(...params)
      .all<{ detail: string }>()
    for (const { detail } of results)
      expect(detail, text).not.toMatch(/^SCAN deliveries(?! USING (COVERING )?INDEX)/)
  }
})

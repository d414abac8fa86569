import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { passportRenderers } from '../../src/passport/alerts/alert-renderers.ts'
import { mergeHeld } from '../../src/passport/alerts/digest.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import { notifyExpiredFilters } from '../../src/passport/follow/expired-filters.ts'
import { planFollow } from '../../src/passport/follow/follow.ts'
import { romeDate, romeInstant } from '../../src/platform/time.ts'
import {
  addChat,
  clean,
  db,
  delivery,
  enqueueAll,
  freshBudget,
  plain,
  refusal,
  rows,
  senderKit,
} from './kit.worker.ts'

const GROUP = -1_000_000_000_007
const TOPIC = 40
const OTHER = 50
const now = Date.now()
const FIRST = ['2030-01-10', '10:15']
const SECOND = ['2030-01-11', '11:30']

beforeEach(async () => {
  await clean()
  await transact(db, [sql`DELETE FROM provinces`])
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
})

/** A sender to a forum in which some topics are closed or deleted; null is General. */
function forum(closed: ReadonlyMap<number | null, string> = new Map()) {
  const kit = senderKit({ configuredRate: 1000, renderers: passportRenderers(db, 'https://portal.example') })
  kit.telegram.answer = ({ method, body }) => {
    const why = closed.get((body.message_thread_id as number | undefined) ?? null)
    return method === 'sendMessage' && why !== undefined ? refusal(400, `Bad Request: ${why}`) : undefined
  }
  const tried = () =>
    kit.telegram.calls
      .filter(({ method }) => method === 'sendMessage')
      .map(({ body }) => body.message_thread_id ?? null)
  /** Runs until no message waits for the chat's rate limit. */
  const send = async () => {
    for (let run = 0; run < 5; run++) {
      await transact(db, [
        sql`UPDATE deliveries SET not_before = 0 WHERE reason IS NULL OR reason NOT LIKE '%TOPIC%'`,
        sql`DELETE FROM state WHERE name = 'pacing'`,
      ])
      await kit.send()
    }
  }
  return { send, sendOnce: kit.send, tried, calls: kit.telegram.calls }
}

const follow = async (province: string, threadId: number | null) => {
  const plan = await planFollow(db, { chatId: GROUP, province, threadId, now, trace: 't' })
  await transact(db, plan.statements)
  return plan.outcome
}
const office = (province: string) =>
  transact(db, [
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        VALUES (${province}, ${province}, ${province}, 'Questura', 'Via Roma 1', 'CITTÀ', 1)`,
    ...[FIRST, SECOND].map(
      ([date, time]) => sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
                            VALUES (${province}, ${date}, ${time}, 1, ${now}, ${now})`,
    ),
  ])
async function alert(id: string, kind: string, province: string, slots: string[][] = [FIRST]) {
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES (${id}, ${kind}, ${province}, ${province}, ${JSON.stringify(slots)}, ${now + 1}, 't', 0)`,
  ])
  await fanOut({ db, budget: freshBudget(), now: () => now, nudge: async () => undefined }, id)
}

describe('a message goes to the topic in which its province is followed', () => {
  beforeEach(async () => {
    await transact(db, [addChat(GROUP, { kind: 'group' })])
    await follow('TO', TOPIC)
    await follow('MI', null)
    await office('TO')
    await office('MI')
  })

  test('alerts, one in a topic and one in General', async () => {
    await alert('a', 'open', 'TO')
    await alert('b', 'open', 'MI')
    const { send, tried } = forum()
    await send()
    expect(tried()).toEqual([TOPIC, null])
  })

  test('outage notices and recovery notices', async () => {
    const { send, tried } = forum()
    await alert('blind:TO:1', 'blind', 'TO', [])
    await send()
    await alert('sight:TO:1', 'sight', 'TO', [])
    await send()
    expect(tried()).toEqual([TOPIC, TOPIC])
  })

  test('digests: one for each topic', async () => {
    await transact(db, [
      sql`UPDATE chats SET quiet_from = '00:00', quiet_to = '23:59', quiet_mode = 'digest'`,
    ])
    await alert('a', 'open', 'TO')
    await alert('b', 'open', 'MI')
    await alert('c', 'open', 'TO', [SECOND])
    await transact(db, [sql`UPDATE deliveries SET status = 'held', not_before = ${now - 1}`])
    expect(await mergeHeld(db, 't', now)).toBe(2)
    const { send, tried, calls } = forum()
    await send()
    expect(new Set(tried())).toEqual(new Set([TOPIC, null]))
    const inTopic = calls.find(({ body }) => body.message_thread_id === TOPIC)
    expect(inTopic?.body.text).toMatch(/10\/01\/2030[\s\S]*11\/01\/2030/)
  })

  test('summaries', async () => {
    await transact(db, [
      sql`INSERT OR IGNORE INTO provinces (code, watched_since) VALUES ('TO', 1)`,
      sql`INSERT INTO state (name, value, at)
          VALUES ('province-readings', ${JSON.stringify({ TO: { lastReadAt: now } })}, ${now})
          ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      sql`DELETE FROM subscriptions WHERE province = 'TO'`,
      sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (9, 'TO', 1, 1)`,
    ])
    expect(await follow('TO', OTHER)).toBe('watched')
    const { send, tried } = forum()
    await send()
    expect(tried()).toEqual([OTHER])
  })

  test('the news that a date filter has expired', async () => {
    await transact(db, [sql`UPDATE chats SET only_before = '2026-01-01'`])
    await notifyExpiredFilters(db, 't', romeInstant(romeDate(now), '12:00'))
    const { send, tried } = forum()
    await send()
    expect(tried()).toEqual([TOPIC])
  })

  test('following a province in another topic, or in General, moves its alerts there', async () => {
    expect(await follow('TO', TOPIC)).toBe('already')
    expect(await follow('TO', OTHER)).toBe('moved')
    await alert('a', 'open', 'TO')
    expect(await follow('TO', null)).toBe('moved')
    const { send, tried } = forum()
    await send()
    expect(tried()).toEqual([null])
  })

  test('an edit names no topic', async () => {
    const { send, calls } = forum()
    await alert('a', 'open', 'TO')
    await send()
    await transact(db, [sql`UPDATE slots SET gone_at = ${now + 1} WHERE date = '2030-01-10'`])
    await alert('g', 'gone', 'TO')
    await send()
    expect(calls.map(({ method, body }) => [method, body.message_thread_id])).toEqual([
      ['sendMessage', TOPIC],
      ['editMessageText', undefined],
    ])
  })
})

const CLOSED = 'TOPIC_CLOSED'
const chatNow = async () => (await rows(sql`SELECT status, refused_since FROM chats`))[0]

test.each([
  ['TOPIC_CLOSED'],
  ['TOPIC_DELETED'],
  ['TOPIC_ID_INVALID'],
  ['message thread not found'],
  ['topic not found'],
])('a message whose topic is gone ("%s") goes to General, and the chat is not refused', async (why) => {
  await transact(db, [addChat(GROUP, { kind: 'group' })])
  await enqueueAll([
    plain('e', GROUP, { content: { type: 'message', message: { text: 'x', threadId: TOPIC } } }),
  ])
  const { sendOnce, tried } = forum(new Map([[TOPIC, why]]))
  expect(await sendOnce()).toMatchObject({ sent: 1, refused: 0 })
  expect(tried()).toEqual([TOPIC, null])
  expect(await chatNow()).toEqual({ status: 'active', refused_since: null })
})

test('where General is closed too, the topic that was used last gets it', async () => {
  await transact(db, [addChat(GROUP, { kind: 'group', thread_id: OTHER })])
  await enqueueAll([
    plain('e', GROUP),
    plain('f', GROUP, { content: { type: 'message', message: { text: 'x', threadId: TOPIC } } }),
  ])
  const { send, tried } = forum(
    new Map([
      [TOPIC, CLOSED],
      [null, CLOSED],
    ]),
  )
  await send()
  expect(tried().filter((topic) => topic === OTHER)).toHaveLength(2)
  expect(await rows(sql`SELECT DISTINCT status FROM deliveries`)).toEqual([{ status: 'sent' }])
})

test('a closed General topic makes a message wait, however long, and never suspends the chat', async () => {
  await transact(db, [
    addChat(GROUP, { kind: 'group', refused_since: now - 3 * 86_400_000 }),
    sql`INSERT INTO subscriptions (chat_id, province, ring, thread_id, created_at) VALUES (${GROUP}, 'TO', 1, NULL, 1)`,
  ])
  await enqueueAll([plain('e', GROUP)])
  const closed = new Map<number | null, string>([[null, CLOSED]])
  const { send } = forum(closed)
  await send()
  expect(await delivery('e', GROUP)).toMatchObject({
    status: 'queued',
    reason: expect.stringContaining(CLOSED),
  })
  expect(await chatNow()).toMatchObject({ status: 'active' })
  expect(await rows(sql`SELECT asleep FROM subscriptions`)).toEqual([{ asleep: 0 }])
  closed.clear()
  await transact(db, [sql`UPDATE deliveries SET reason = NULL`])
  await send()
  expect(await delivery('e', GROUP)).toMatchObject({ status: 'sent' })
})

test('each part of a long message goes to the topic', async () => {
  await transact(db, [addChat(GROUP, { kind: 'group' })])
  const text = 'parola '.repeat(900)
  await enqueueAll([plain('e', GROUP, { content: { type: 'message', message: { text, threadId: TOPIC } } })])
  const { send, tried } = forum()
  await send()
  expect(tried()).toEqual([TOPIC, TOPIC])
})

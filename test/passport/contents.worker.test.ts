import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import type { Content } from '../../src/delivery/content.ts'
import { passportRenderers } from '../../src/passport/alerts/alert-renderers.ts'
import { mergeHeld } from '../../src/passport/alerts/digest.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import { RENDER, type RendererName } from '../../src/passport/alerts/rendered-content.ts'
import { notifyExpiredFilters } from '../../src/passport/follow/expired-filters.ts'
import { planFollow } from '../../src/passport/follow/follow.ts'
import { DAY, HOUR, MINUTE, romeDate, romeInstant } from '../../src/platform/time.ts'
import {
  addChat,
  clean,
  db,
  enqueueAll,
  freshBudget,
  plain,
  rows,
  senderKit,
} from '../delivery/kit.worker.ts'

/* Every kind of content, written by what writes it in production and read back by the real sender. */

const now = Date.now()
const CHAT = 7

beforeEach(async () => {
  await clean()
  await transact(db, [sql`DELETE FROM provinces`])
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
  await transact(db, [
    addChat(CHAT),
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${CHAT}, 'TO', 1, 1)`,
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        VALUES ('7', 'TO', 'TO7', 'Questura', 'Corso Vinzaglio 10', 'TORINO', 1)`,
    sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
        VALUES ('7', '2030-01-10', '10:15', 1, ${now}, ${now}), ('7', '2030-01-11', '11:30', 1, ${now}, ${now})`,
  ])
})

const context = () => ({ db, budget: freshBudget(), now: () => now, nudge: async () => undefined })
const alert = (id: string, kind: string, slots: [string, string][] = [], createdAt = now) => sql`
  INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
  VALUES (${id}, ${kind}, 'TO', '7', ${JSON.stringify(slots)}, ${createdAt}, 't', 0)`
const FIRST: [string, string] = ['2030-01-10', '10:15']
const SECOND: [string, string] = ['2030-01-11', '11:30']

function sender() {
  const kit = senderKit({ renderers: passportRenderers(db, 'https://portal.example') })
  const sendAll = async () => {
    await transact(db, [sql`UPDATE deliveries SET not_before = 0 WHERE status = 'queued'`])
    await transact(db, [sql`DELETE FROM state`])
    return kit.send()
  }
  return {
    ...kit,
    sendAll,
    texts: () => kit.telegram.calls.map(({ method, body }) => `${method} ${body.text}`),
  }
}

const quietNow = sql`UPDATE chats SET quiet_from = '00:00', quiet_to = '23:59', quiet_mode = 'digest'`
const fanOutAlert = async (
  id: string,
  ...args: Parameters<typeof alert> extends [string, ...infer R] ? R : never
) => {
  await transact(db, [alert(id, ...args)])
  await fanOut(context(), id)
}
/** Two alerts held back in quiet hours, then merged into one digest. */
async function makeDigest() {
  await fanOutAlert('a', 'open', [FIRST])
  await fanOutAlert('b', 'open', [SECOND])
  await transact(db, [
    sql`UPDATE deliveries SET status = 'held', not_before = ${now - 1} WHERE status = 'queued'`,
  ])
  await mergeHeld(db, 't', now)
}
const close = async ([date, time]: [string, string], id: string) => {
  await transact(db, [sql`UPDATE slots SET gone_at = ${now + 1} WHERE date = ${date} AND time = ${time}`])
  await fanOutAlert(id, 'gone', [[date, time]], now + 1)
}

/** How each kind of rendered message comes about, and what arrives. */
const kinds: Record<RendererName, { make(send: () => Promise<unknown>): Promise<void>; arrives: RegExp }> = {
  [RENDER.alert]: {
    make: () => fanOutAlert('a', 'open', [FIRST]),
    arrives: /^sendMessage [\s\S]*10\/01\/2030/,
  },
  [RENDER.closedSlotEdit]: {
    async make(send) {
      await fanOutAlert('a', 'open', [FIRST])
      await send()
      await close(FIRST, 'g')
    },
    arrives: /^editMessageText [\s\S]*10\/01\/2030/,
  },
  [RENDER.digest]: { make: makeDigest, arrives: /^sendMessage [\s\S]*10\/01\/2030[\s\S]*11\/01\/2030/ },
  [RENDER.digestEdit]: {
    async make(send) {
      await makeDigest()
      await send()
      await close(SECOND, 'g')
    },
    arrives: /^editMessageText [\s\S]*10\/01\/2030[\s\S]*11\/01\/2030/,
  },
  [RENDER.summary]: {
    async make() {
      await transact(db, [
        addChat(8),
        sql`INSERT INTO provinces (code, watched_since) VALUES ('TO', 1)`,
        sql`INSERT INTO state (name, value, at)
            VALUES ('province-readings', ${JSON.stringify({ TO: { lastReadAt: now } })}, ${now})`,
      ])
      const { outcome, statements } = await planFollow(db, { chatId: 8, province: 'TO', now, trace: 't' })
      expect(outcome).toBe('watched')
      await transact(db, statements)
    },
    arrives: /^sendMessage [\s\S]*Torino[\s\S]*10\/01\/2030/,
  },
  [RENDER.outageNotice]: {
    make: () => fanOutAlert('blind:TO:1', 'blind'),
    arrives: /^sendMessage [\s\S]*Torino/,
  },
  [RENDER.recoveryNotice]: {
    async make(send) {
      await fanOutAlert('blind:TO:1', 'blind')
      await send()
      await fanOutAlert('sight:TO:1', 'sight')
    },
    arrives: /^sendMessage [\s\S]*Torino/,
  },
  [RENDER.alternatives]: {
    make: () => fanOutAlert('alternatives:TO:1', 'alternatives'),
    arrives: /^sendMessage [\s\S]*Torino[\s\S]*Polis/,
  },
  [RENDER.earlyNotice]: {
    async make() {
      await transact(db, [
        sql`UPDATE chats SET early_notice = 1`,
        // Of the day after tomorrow: before its opening whatever the hour is.
        alert('early:7:t', 'early', [FIRST], now + 2 * DAY),
        sql`UPDATE alerts SET bookable_at = '12:00'`,
      ])
      await fanOut(context(), 'early:7:t')
    },
    arrives: /^sendMessage ⏳ Torino[\s\S]*dalle 12[\s\S]*10\/01\/2030/,
  },
  [RENDER.filterExpired]: {
    async make() {
      await transact(db, [sql`UPDATE chats SET only_before = '2026-01-01'`])
      expect(await notifyExpiredFilters(db, 't', romeInstant(romeDate(now), '12:00'))).toBe(1)
    },
    arrives: /^sendMessage [\s\S]*01\/01\/2026/,
  },
}

test.each(Object.entries(kinds))(
  'a message of kind "%s" is written, read back and accepted',
  async (_, kind) => {
    const { sendAll, texts } = sender()
    await kind.make(sendAll)
    const before = texts().length
    expect(await sendAll()).toMatchObject({ sent: 1, expired: 0, refused: 0 })
    expect(texts().slice(before)).toEqual([expect.stringMatching(kind.arrives)])
    expect(await rows(sql`SELECT id FROM deliveries WHERE status NOT IN ('sent', 'merged')`)).toEqual([])
  },
)

test.each<[string, Content, RegExp]>([
  ['message', { type: 'message', message: { text: 'ciao' } }, /^sendMessage ciao$/],
  ['edit', { type: 'edit', target: { messageId: 5 }, message: { text: 'nuovo' } }, /^editMessageText nuovo$/],
])('a content of type "%s" is written, read back and accepted', async (_, content, arrives) => {
  const { sendAll, texts } = sender()
  await enqueueAll([plain('e', CHAT, { content })])
  await sendAll()
  expect(texts()).toEqual([expect.stringMatching(arrives)])
})

test('a content that could not be read back is refused when it is written', () => {
  expect(() =>
    enqueueAll([plain('e', CHAT, { content: { type: 'message', message: { text: '' } } })]),
  ).toThrow()
})

test('a digest that version 0.1.0 wrote, with a list in place of the text, arrives after an upgrade', async () => {
  await transact(db, [
    alert('a', 'open', [FIRST]),
    sql`INSERT INTO deliveries (event, chat_id, lane, content, event_at, created_at, trace)
        VALUES ('digest:1', ${CHAT}, 1, '{"type":"render","by":"digest","ref":["a"]}', ${now}, ${now}, 't')`,
  ])
  const { sendAll, texts } = sender()
  await sendAll()
  expect(texts()).toEqual([expect.stringMatching(/10\/01\/2030/)])
})

describe('an edit that strikes a closed slot through', () => {
  test.each([
    ['the chat has muted the province', sql`UPDATE subscriptions SET muted_until = ${now + HOUR}`],
    ['the chat no longer follows it', sql`DELETE FROM subscriptions`],
    ['the chat has quiet hours', quietNow],
    ['the chat filters otherwise now', sql`UPDATE chats SET only_before = '2029-01-01'`],
    ['the alert is a day old', sql`UPDATE alerts SET created_at = ${now - 25 * HOUR}`],
    ['the edit itself had to wait for a day', sql`UPDATE deliveries SET created_at = ${now - 25 * HOUR}`],
  ])('is made though %s', async (_, change) => {
    const { sendAll, texts } = sender()
    await fanOutAlert('a', 'open', [FIRST])
    await sendAll()
    await close(FIRST, 'g')
    await transact(db, [change])
    await sendAll()
    expect(texts()[1]).toMatch(/^editMessageText [\s\S]*10\/01\/2030/)
  })
})

describe('an edit lists what its message listed', () => {
  /** Closes a slot long before the message is sent, while it waits. */
  const closeBefore = ([date, time]: [string, string]) =>
    transact(db, [
      sql`UPDATE slots SET gone_at = ${now - 10 * MINUTE} WHERE date = ${date} AND time = ${time}`,
    ])

  test.each([
    ['an alert', () => fanOutAlert('a', 'open', [FIRST, SECOND])],
    ['a digest', makeDigest],
  ])('of %s, without a slot that had closed while the message waited', async (_, make) => {
    const { sendAll, texts } = sender()
    await make()
    await closeBefore(FIRST)
    await sendAll()
    await close(SECOND, 'g')
    await sendAll()
    expect(texts()).toEqual([
      expect.not.stringContaining('10/01/2030'),
      expect.stringMatching(/^editMessageText (?![\s\S]*10\/01\/2030)[\s\S]*11\/01\/2030/),
    ])
  })

  test('without a slot that had closed before and opened again since, with an alert of its own', async () => {
    const { sendAll, texts } = sender()
    const before = now - 20 * MINUTE
    await transact(db, [
      sql`UPDATE slots SET opened_at = ${before}`,
      alert('a', 'open', [FIRST, SECOND], before),
      alert('gone', 'gone', [FIRST], before + MINUTE),
      sql`UPDATE slots SET gone_at = ${before + MINUTE} WHERE date = ${FIRST[0]}`,
    ])
    await fanOut(context(), 'a')
    await sendAll()
    await transact(db, [
      sql`UPDATE slots SET gone_at = NULL, opened_at = ${now + 1} WHERE date = ${FIRST[0]}`,
    ])
    await close(SECOND, 'g')
    await sendAll()
    expect(texts()).toEqual([
      expect.not.stringContaining('10/01/2030'),
      expect.stringMatching(/^editMessageText (?![\s\S]*10\/01\/2030)[\s\S]*11\/01\/2030/),
    ])
  })
})

test('a digest that would not fit into one message becomes several, and each of them is edited', async () => {
  const { sendAll, texts, telegram } = sender()
  // A chat gets few messages at once.
  const sendOn = async () => {
    while ((await rows(sql`SELECT id FROM deliveries WHERE status = 'queued'`)).length > 0) await sendAll()
  }
  const days = Array.from({ length: 60 }, (_, i): [string, string] => [
    `2031-${String(1 + (i % 12)).padStart(2, '0')}-${String(10 + Math.floor(i / 12)).padStart(2, '0')}`,
    '09:00',
  ])
  await transact(db, [
    sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
        SELECT '7', value ->> 0, value ->> 1, 1, ${now}, ${now} FROM json_each(${JSON.stringify(days)})`,
  ])
  for (const [i, day] of days.entries()) await fanOutAlert(`a${i}`, 'open', [day])
  await transact(db, [
    sql`UPDATE deliveries SET status = 'held', not_before = ${now - 1} WHERE status = 'queued'`,
  ])
  await mergeHeld(db, 't', now)
  await sendOn()
  const sent = telegram.calls.length
  expect(sent).toBeGreaterThan(3)
  await transact(db, [sql`UPDATE slots SET gone_at = ${now + 1} WHERE date > '2031'`])
  await fanOutAlert('g', 'gone', days, now + 1)
  await sendOn()
  const edits = texts().slice(sent)
  expect(edits).toHaveLength(sent)
  for (const day of days) {
    const [year, month, date] = day[0].split('-')
    expect(
      edits.filter((text) => text.startsWith('editMessageText') && text.includes(`${date}/${month}/${year}`)),
    ).toHaveLength(1)
  }
  for (const { body } of telegram.calls) expect((body.entities as unknown[]).length).toBeLessThanOrEqual(100)
})

test('alerts of which nothing is left fill no digest', async () => {
  const { sendAll, texts } = sender()
  for (let i = 0; i < 40; i++) await fanOutAlert(`x${i}`, 'open', [FIRST])
  await fanOutAlert('y', 'open', [SECOND])
  await transact(db, [
    sql`UPDATE deliveries SET status = 'held', not_before = ${now - 1} WHERE status = 'queued'`,
    sql`UPDATE slots SET gone_at = ${now - 1} WHERE date = ${FIRST[0]}`,
  ])
  expect(await mergeHeld(db, 't', now)).toBe(1)
  await sendAll()
  expect(texts()).toEqual([expect.stringContaining('11/01/2030')])
})

test('an alert still expires: muted, unfollowed, too old', async () => {
  const { sendAll, texts } = sender()
  for (const [id, change] of [
    ['m', sql`UPDATE subscriptions SET muted_until = ${now + HOUR}`],
    ['o', sql`UPDATE alerts SET created_at = ${now - 6 * HOUR - MINUTE}`],
    ['u', sql`DELETE FROM subscriptions`],
  ] as const) {
    await transact(db, [sql`UPDATE subscriptions SET muted_until = NULL`])
    await fanOutAlert(id, 'open', [FIRST])
    await transact(db, [change])
    await sendAll()
  }
  expect(texts()).toEqual([])
  expect(await rows(sql`SELECT DISTINCT status FROM deliveries`)).toEqual([{ status: 'expired' }])
})

test('recovery notices go page by page to who received the outage notice, and to nobody else', async () => {
  await transact(db, [
    alert('blind:TO:1', 'blind'),
    sql`INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, trace)
        WITH RECURSIVE chat(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM chat WHERE id < 9000)
        SELECT 'blind:TO:1', id, 1, '{}', CASE id % 3 WHEN 0 THEN 'queued' WHEN 1 THEN 'sent' ELSE 'expired' END, 1, 1, 't'
        FROM chat`,
    alert('sight:TO:1', 'sight'),
  ])
  const budget = freshBudget()
  const spending = { ...context(), budget }
  // The budget ends after two pages: another invocation goes on from there.
  const nudge = async () => budget.use({ queries: 400 })
  expect(await fanOut({ ...spending, nudge }, 'sight:TO:1')).toBe(false)
  expect(await fanOut(context(), 'sight:TO:1')).toBe(true)
  expect(await rows(sql`SELECT count(*) AS n FROM deliveries WHERE event = 'sight:TO:1'`)).toEqual([
    { n: 3000 },
  ])
  expect(
    await rows(
      sql`SELECT status, count(*) AS n FROM deliveries WHERE event = 'blind:TO:1' GROUP BY 1 ORDER BY 1`,
    ),
  ).toEqual([
    { status: 'expired', n: 6000 },
    { status: 'sent', n: 3000 },
  ])
})

describe('a person with an appointment', () => {
  /** Milano too, with a slot and its alert; the person has an appointment there. */
  const inMilan = () =>
    transact(db, [
      sql`INSERT INTO subscriptions (chat_id, province, ring, created_at, booked_at, booked_date)
          VALUES (${CHAT}, 'MI', 1, 1, 1, '2030-02-01')`,
      sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
          VALUES ('8', 'MI', 'MI8', 'Questura', 'Via Fatebenefratelli 11', 'MILANO', 1)`,
      sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
          VALUES ('8', '2030-01-20', '09:00', 1, ${now}, ${now}), ('8', '2030-03-01', '09:00', 1, ${now}, ${now})`,
      sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
          VALUES ('m', 'open', 'MI', '8', '[["2030-01-20","09:00"],["2030-03-01","09:00"]]', ${now}, 't', 0)`,
    ])

  test('is warned in a digest and its edits, whose buttons concern each province and its own days', async () => {
    const { sendAll, telegram } = sender()
    await inMilan()
    await fanOut(context(), 'm')
    await makeDigest()
    await sendAll()
    await close(FIRST, 'g')
    await sendAll()
    const messages = telegram.calls.map(({ method, body }) => ({
      method,
      text: String(body.text),
      buttons: (
        body.reply_markup as { inline_keyboard: { text: string; callback_data?: string }[][] }
      ).inline_keyboard
        .flat()
        .flatMap(({ text, callback_data: data }) => (data ? [`${text} ${data}`] : [])),
    }))
    expect(messages.map(({ method }) => method)).toEqual(['sendMessage', 'editMessageText'])
    for (const { text, buttons } of messages) {
      expect(text).toContain('20/01/2030')
      expect(text).not.toContain('01/03/2030')
      expect(text.match(/⚠️ Hai già il 01\/02\/2030/g)).toHaveLength(1)
      expect(buttons).toEqual([
        '✅ Prenotato: Milano 1:booked:MI:20300120',
        '🔕 Oggi no: Milano 1:mute:MI',
        '✅ Prenotato: Torino 1:booked:TO:20300110.20300111',
        '🔕 Oggi no: Torino 1:mute:TO',
      ])
    }
  })

  test('gets a summary of earlier dates only', async () => {
    const { sendAll, texts } = sender()
    await inMilan()
    await enqueueAll([
      {
        event: 'summary:MI:1',
        chatId: CHAT,
        priority: 'interactive',
        eventAt: now,
        trace: 't',
        content: { type: 'render', by: RENDER.summary, ref: 'MI' },
      },
    ])
    await sendAll()
    expect(texts()).toHaveLength(1)
    expect(texts()[0]).toContain('20/01/2030')
    expect(texts()[0]).not.toContain('01/03/2030')
  })
})

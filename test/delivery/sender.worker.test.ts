import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, transact } from '../../src/db/database.ts'
import { readState, writeState } from '../../src/db/state.ts'
import { holdSenderLease } from '../../src/delivery/sender-lease.ts'
import { EventClock } from './event-clock.ts'
import {
  addChat,
  claim,
  clean,
  db,
  delivery,
  enqueueAll,
  plain,
  refusal,
  rows,
  senderKit,
  tooMany,
} from './kit.worker.ts'
import { limitedD1 } from './limited-d1.worker.ts'

beforeEach(async () => {
  await clean()
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
})

describe('a queued message', () => {
  test('is sent once, in order of priority and age, and Telegram’s message id is kept', async () => {
    const { telegram, nudges, send } = senderKit()
    await enqueueAll([
      plain('vecchio', 1, { priority: 'edit' }),
      plain('a', 2),
      plain('b', 3),
      plain('risposta', 4, { priority: 'interactive' }),
    ])
    expect(await send()).toMatchObject({ sent: 4 })
    expect(telegram.calls.map(({ body }) => body.text)).toEqual([
      'risposta a 4',
      'a a 2',
      'b a 3',
      'vecchio a 1',
    ])
    expect(await delivery('risposta', 4)).toMatchObject({
      status: 'sent',
      message_id: 1_001,
      attempts: 1,
      reason: null,
    })
    expect(await send()).toMatchObject({ sent: 0 })
    expect(nudges).toEqual([])
  })

  test('arrives as it was written: entities, buttons, without a sound, without a preview', async () => {
    const { telegram, send } = senderKit()
    const message = {
      text: 'ciao',
      entities: [{ type: 'bold' as const, offset: 0, length: 4 }],
      keyboard: [[{ text: 'x', callback_data: '1:home' }]],
      silent: true,
    }
    await enqueueAll([plain('e', 5, { content: { type: 'message', message } })])
    await send()
    expect(telegram.calls[0]?.body).toEqual({
      chat_id: 5,
      text: 'ciao',
      entities: message.entities,
      reply_markup: { inline_keyboard: message.keyboard },
      disable_notification: true,
      link_preview_options: { is_disabled: true },
    })
  })

  test('is sent by one sender only: a second one finds the lease taken, ends, and is nudged when it expires', async () => {
    const first = senderKit()
    const second = senderKit()
    await enqueueAll(Array.from({ length: 30 }, (_, n) => plain('solo', n + 1)))
    const [one, other] = await Promise.all([first.send(), second.send()])
    expect([one, other].filter(Boolean)).toHaveLength(1)
    expect(first.telegram.calls.length + second.telegram.calls.length).toBe(30)
    const idle = one ? second : first
    expect(idle.nudges).toHaveLength(1)
    expect(idle.nudges[0]).toBeGreaterThan(20)
  })

  test('is found by a new sender after a crash: lease and claims expire by themselves', async () => {
    const { telegram, send } = senderKit()
    await enqueueAll([plain('orfano', 1)])
    const before = Date.now() - 61_000
    await holdSenderLease(db, 'dead', before)
    await claim(10, before)
    expect(await send()).toMatchObject({ sent: 1 })
    expect(telegram.calls).toHaveLength(1)
    expect(await delivery('orfano', 1)).toMatchObject({ status: 'sent', attempts: 2, reason: 'in-doubt' })
  })

  test('that is enqueued during a run is sent too, a reply before the rest of a broadcast', async () => {
    const { telegram, send, clock } = senderKit({ configuredRate: 60 })
    await enqueueAll(Array.from({ length: 150 }, (_, n) => plain('tutti', n + 1)))
    telegram.answer = async () => {
      if (telegram.calls.length === 21)
        await clock.during(() => enqueueAll([plain('clic', 999, { priority: 'interactive' })]))
      return undefined
    }
    await send()
    const texts = telegram.calls.map(({ body }) => body.text)
    expect(texts).toHaveLength(151)
    expect(texts.indexOf('clic a 999')).toBeLessThan(110)
  })

  test('to one busy group delays no other chat', async () => {
    const { telegram, send } = senderKit()
    await enqueueAll([
      ...Array.from({ length: 60 }, (_, n) => plain(`g${n}`, -77)),
      ...Array.from({ length: 60 }, (_, n) => plain('altri', n + 1)),
    ])
    await send()
    expect(telegram.calls.filter(({ body }) => body.chat_id > 0)).toHaveLength(60)
    expect(telegram.textsTo(-77)).toEqual(['g0 a -77'])
    const waiting = await rows(
      sql`SELECT status, attempts, reason, not_before FROM deliveries WHERE chat_id = -77 AND status <> 'sent' ORDER BY id`,
    )
    expect(waiting).toHaveLength(59)
    expect(waiting.every((row) => row.status === 'queued' && row.attempts === 0)).toBe(true)
    const times = waiting.map((row) => Number(row.not_before))
    expect(new Set(times).size).toBe(59)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
})

describe('Telegram’s answers', () => {
  test('429 for two chats pauses all sending, counts no attempt, loses and repeats nothing, and is remembered', async () => {
    const { telegram, send } = senderKit()
    let refused = 0
    let pausedUntil = 0
    telegram.answer = ({ at }) => {
      if (telegram.calls.length === 10 || telegram.calls.length === 11) {
        refused++
        pausedUntil = at + 1_000
        return tooMany(1)
      }
      return undefined
    }
    await enqueueAll(Array.from({ length: 40 }, (_, n) => plain('tanti', n + 1)))
    while ((await rows(sql`SELECT 1 FROM deliveries WHERE status <> 'sent'`)).length > 0) await send()
    expect(refused).toBe(2)
    expect(telegram.calls).toHaveLength(42)
    const late = telegram.calls.slice(17).filter(({ at }) => at < pausedUntil)
    expect(late).toEqual([])
    const sent = await rows(
      sql`SELECT count(*) AS n, max(attempts) AS attempts FROM deliveries WHERE status = 'sent'`,
    )
    expect(sent).toEqual([{ n: 40, attempts: 1 }])
    expect((await readState(db, ['pacing'])).pacing?.pausedUntil).toBeGreaterThanOrEqual(pausedUntil)
  })

  test('429 for one chat pauses that chat only, also for the next run', async () => {
    const { telegram, send } = senderKit()
    telegram.answer = ({ body }) => (body.chat_id === -5 ? tooMany(40) : undefined)
    await enqueueAll([
      plain('a', -5),
      plain('b', -5),
      ...Array.from({ length: 30 }, (_, n) => plain('altri', n + 1)),
    ])
    expect(await send()).toMatchObject({ sent: 30, limited: 1 })
    await enqueueAll([plain('c', -5), plain('c', 99)])
    expect(await send()).toMatchObject({ sent: 1, limited: 0 })
    expect(telegram.textsTo(-5)).toHaveLength(1)
    const waiting = await rows(sql`SELECT status, attempts, not_before FROM deliveries WHERE chat_id = -5`)
    expect(waiting).toHaveLength(3)
    for (const row of waiting) expect(row).toMatchObject({ status: 'queued', attempts: 0 })
    const latest = Math.max(...waiting.map((row) => Number(row.not_before)))
    expect(latest).toBeGreaterThan(Date.now() + 20_000)
  })

  test.each([401, 404])('%i means a wrong token: everything stays queued until it is right', async (code) => {
    const { telegram, nudges, send } = senderKit()
    telegram.answer = () => refusal(code, code === 401 ? 'Unauthorized' : 'Not Found')
    await enqueueAll(Array.from({ length: 50 }, (_, n) => plain('e', n + 1)))
    await send()
    expect(telegram.calls.length).toBeLessThanOrEqual(5)
    expect(nudges).toEqual([60])
    telegram.answer = () => undefined
    await transact(db, [sql`UPDATE deliveries SET not_before = 0`])
    expect(await send()).toMatchObject({ sent: 50 })
    expect(await rows(sql`SELECT max(attempts) AS n FROM deliveries`)).toEqual([{ n: 1 }])
  })

  test('a chat without rights is retried for a day, then suspended; an acceptance resets this', async () => {
    const { telegram, send } = senderKit()
    await transact(db, [
      addChat(-8, { kind: 'channel' }),
      sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (-8, 'TO', 1, 1)`,
    ])
    const again = async (event: string) => {
      await enqueueAll([plain(event, -8)])
      await transact(db, [
        sql`UPDATE deliveries SET not_before = 0 WHERE status = 'queued'`,
        sql`DELETE FROM state`,
      ])
      await send()
    }
    const chat = async () => (await rows(sql`SELECT status, refused_since FROM chats WHERE id = -8`))[0]
    telegram.answer = () => refusal(400, 'Bad Request: not enough rights to send text messages to the chat')
    await again('a')
    expect(await delivery('a', -8)).toMatchObject({ status: 'queued', attempts: 1 })
    expect(await chat()).toMatchObject({ status: 'active', refused_since: expect.any(Number) })
    telegram.answer = () => undefined
    await again('b')
    expect(await delivery('a', -8)).toMatchObject({ status: 'sent' })
    expect(await chat()).toEqual({ status: 'active', refused_since: null })
    telegram.answer = () => refusal(403, 'Forbidden: CHAT_WRITE_FORBIDDEN')
    await transact(db, [sql`UPDATE chats SET refused_since = ${Date.now() - 86_400_001} WHERE id = -8`])
    await again('c')
    expect(await chat()).toMatchObject({ status: 'gone' })
    expect(await rows(sql`SELECT asleep FROM subscriptions WHERE chat_id = -8`)).toEqual([{ asleep: 1 }])
  })

  test('a long pause is not waited out: nothing is claimed, and the nudge comes for its end', async () => {
    const { telegram, nudges, send } = senderKit()
    const now = Date.now()
    const pacing = { rate: 20, ceiling: 20, pausedUntil: now + 300_000 }
    await transact(db, [writeState(db, 'pacing', pacing, now)])
    await enqueueAll([plain('pausa', 1)])
    await send()
    expect(telegram.calls).toEqual([])
    expect(await delivery('pausa', 1)).toMatchObject({ status: 'queued', attempts: 0 })
    expect(nudges).toHaveLength(1)
    expect(nudges[0]).toBeGreaterThan(290)
  })

  test('403 suspends the chat, and its queued messages are dead with the reason', async () => {
    const { telegram, send } = senderKit()
    telegram.answer = ({ body }) =>
      body.chat_id === 8 ? refusal(403, 'Forbidden: bot was blocked by the user') : undefined
    await transact(db, [
      addChat(8),
      sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (8, 'TO', 1, 1)`,
    ])
    await enqueueAll([
      plain('uno', 8),
      plain('due', 8),
      plain('tre', 8, { status: 'held', notBefore: 1 }),
      plain('uno', 9),
    ])
    await send()
    expect(telegram.textsTo(8)).toEqual(['uno a 8'])
    const dead = await rows(sql`SELECT status, reason FROM deliveries WHERE chat_id = 8`)
    expect(dead).toEqual(Array(3).fill({ status: 'dead', reason: 'Forbidden: bot was blocked by the user' }))
    expect(await rows(sql`SELECT status FROM chats WHERE id = 8`)).toEqual([{ status: 'gone' }])
    expect(await rows(sql`SELECT asleep FROM subscriptions WHERE chat_id = 8`)).toEqual([{ asleep: 1 }])
    expect(await delivery('uno', 9)).toMatchObject({ status: 'sent' })
  })

  test('a group that moved is followed: its chat, subscriptions and messages go to the new id', async () => {
    const { telegram, send } = senderKit()
    telegram.answer = ({ body }) =>
      body.chat_id === -5 ? refusal(400, 'Bad Request: upgraded', { migrate_to_chat_id: -100_5 }) : undefined
    await transact(db, [
      addChat(-5, { kind: 'group' }),
      sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (-5, 'TO', 1, 1)`,
    ])
    await enqueueAll([plain('uno', -5)])
    await send()
    expect(telegram.textsTo(-100_5)).toEqual(['uno a -5'])
    expect(await delivery('uno', -100_5)).toMatchObject({ status: 'sent', attempts: 1 })
    expect(await rows(sql`SELECT id FROM chats UNION SELECT chat_id FROM subscriptions`)).toEqual([
      { id: -100_5 },
    ])
  })

  test('a moved group whose new id already has the message gets it once', async () => {
    const { telegram, send } = senderKit()
    telegram.answer = ({ body }) =>
      body.chat_id === -6 ? refusal(400, 'Bad Request: upgraded', { migrate_to_chat_id: -100_6 }) : undefined
    await enqueueAll([plain('uno', -6), plain('uno', -100_6)])
    await send()
    expect(telegram.textsTo(-6)).toHaveLength(1)
    expect(telegram.textsTo(-100_6)).toHaveLength(1)
    expect(await delivery('uno', -6)).toMatchObject({ status: 'expired', reason: 'chat-moved' })
  })

  test('a 5xx is tried again later, counted and marked as in doubt, also once it is sent', async () => {
    const { telegram, nudges, send } = senderKit()
    telegram.answer = () => (telegram.calls.length === 1 ? refusal(502, 'Bad Gateway') : undefined)
    await enqueueAll([plain('forse', 1)])
    await send()
    expect(await delivery('forse', 1)).toMatchObject({ status: 'queued', attempts: 1, reason: 'in-doubt' })
    expect(nudges).toEqual([1])
    await transact(db, [sql`UPDATE deliveries SET not_before = 0`])
    await send()
    expect(await delivery('forse', 1)).toMatchObject({ status: 'sent', attempts: 2, reason: 'in-doubt' })
  })

  test('a message that Telegram refuses is dead with the reason, and the others continue', async () => {
    const { telegram, send } = senderKit()
    telegram.answer = ({ body }) =>
      body.chat_id === 1 ? refusal(400, 'Bad Request: message is too long') : undefined
    await enqueueAll([plain('e', 1), plain('e', 2)])
    await send()
    expect(await delivery('e', 1)).toMatchObject({
      status: 'dead',
      reason: 'Bad Request: message is too long',
    })
    expect(await delivery('e', 2)).toMatchObject({ status: 'sent' })
  })

  test('after too many attempts a message is dead', async () => {
    const { telegram, send } = senderKit()
    telegram.answer = () => new TypeError('connection reset')
    await enqueueAll([plain('mai', 1)])
    await transact(db, [sql`UPDATE deliveries SET attempts = 23`])
    await send()
    expect(await delivery('mai', 1)).toMatchObject({ status: 'dead', attempts: 24 })
  })

  test('an acceptance without a message counts as accepted', async () => {
    const { telegram, send } = senderKit()
    telegram.answer = () => ({ ok: true, result: null })
    await enqueueAll([plain('strano', 1)])
    await send()
    expect(telegram.calls).toHaveLength(1)
    expect(await delivery('strano', 1)).toMatchObject({ status: 'sent', message_id: null })
  })
})

describe('a message in several parts', () => {
  const long = Array.from({ length: 3 }, (_, n) => `${n}`.repeat(4_000)).join('\n')
  const keyboard = [[{ text: 'x', callback_data: '1:home' }]]

  test.each([
    ['a 429', tooMany(1)],
    ['a 502', refusal(502, 'Bad Gateway')],
    ['a broken connection', new TypeError('reset')],
  ])('goes on after %s with the part that was rejected: none is sent twice', async (_, failure) => {
    const { telegram, send } = senderKit()
    telegram.answer = () => ([2, 4].includes(telegram.calls.length) ? failure : undefined)
    await enqueueAll([plain('lungo', 3, { content: { type: 'message', message: { text: long, keyboard } } })])
    for (let run = 0; run < 6; run++) {
      await send()
      await transact(db, [
        sql`DELETE FROM state`,
        sql`UPDATE deliveries SET not_before = 0 WHERE status = 'queued'`,
      ])
    }
    const accepted = telegram.calls.filter((_, n) => n !== 1 && n !== 3)
    expect(accepted.map(({ body }) => body.text)).toEqual(long.split('\n'))
    expect(accepted.map(({ body }) => 'reply_markup' in body)).toEqual([false, false, true])
    // An edit changes the first part.
    expect(await delivery('lungo', 3)).toMatchObject({ status: 'sent', message_id: 1_001 })
  })

  test.each([
    [3, 1_000],
    [-3, 3_000],
  ])('keeps to the rate of its chat (%i): %i ms from part to part', async (chatId, interval) => {
    const clock = new EventClock()
    const { telegram, send } = senderKit({ clock, db: connect(limitedD1(clock).d1) })
    await enqueueAll([plain('lungo', chatId, { content: { type: 'message', message: { text: long } } })])
    await send()
    expect(telegram.calls).toHaveLength(3)
    const gaps = telegram.calls.slice(1).map(({ at }, n) => at - (telegram.calls[n]?.at ?? 0))
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(interval)
  })

  test('as an edit: the message is edited, the rest follows, with the buttons at the end', async () => {
    const { telegram, send } = senderKit()
    const content = { type: 'edit', target: { messageId: 77 }, message: { text: long, keyboard } } as const
    await enqueueAll([plain('modifica', 3, { content })])
    await send()
    expect(telegram.calls.map(({ method }) => method)).toEqual([
      'editMessageText',
      'sendMessage',
      'sendMessage',
    ])
    expect(telegram.calls.map(({ body }) => body.text).join('\n')).toBe(long)
    expect(telegram.calls[2]?.body).toHaveProperty('reply_markup')
  })
})

describe('an edit', () => {
  const edit = (event: string, chatId: number, target: string) =>
    plain(event, chatId, {
      priority: 'edit',
      content: { type: 'edit', target: { event: target }, message: { text: 'nuovo' } },
    })

  test('changes the message that its event sent to the same chat', async () => {
    const { telegram, send } = senderKit()
    await enqueueAll([plain('prima', 1)])
    await send()
    await transact(db, [sql`DELETE FROM state`])
    await enqueueAll([edit('dopo', 1, 'prima')])
    await send()
    expect(telegram.calls[1]).toMatchObject({
      method: 'editMessageText',
      body: { chat_id: 1, message_id: 1_001, text: 'nuovo' },
    })
    expect(await delivery('prima', 1)).toMatchObject({ status: 'sent', message_id: 1_001 })
    expect(await delivery('dopo', 1)).toBeUndefined()
    expect(await send()).toMatchObject({ sent: 0 })
  })

  test('waits while its message is still on the way, and expires when that never went', async () => {
    const { telegram, send } = senderKit()
    await enqueueAll([
      plain('lento', 1, { notBefore: Date.now() + 60_000 }),
      edit('dopo', 1, 'lento'),
      edit('x', 2, 'mai'),
    ])
    await send()
    expect(telegram.calls).toEqual([])
    expect(await delivery('dopo', 1)).toMatchObject({ status: 'queued', reason: 'target-not-sent' })
    expect(await delivery('x', 2)).toMatchObject({ status: 'expired', reason: 'target-not-sent' })
  })

  test('that changes nothing is done; of a deleted message it is of no use', async () => {
    const { telegram, send } = senderKit()
    await enqueueAll([plain('m', 1), plain('m', 2)])
    await send()
    telegram.answer = ({ body }) =>
      refusal(400, `Bad Request: message ${body.chat_id === 1 ? 'is not modified' : 'to edit not found'}`)
    await enqueueAll([edit('e', 1, 'm'), edit('e', 2, 'm')])
    await send()
    expect(await delivery('e', 1)).toBeUndefined()
    expect(await delivery('e', 2)).toMatchObject({ status: 'expired', reason: 'message-gone' })
  })
})

describe('a message written just before it is sent', () => {
  const rendered = (event: string, chatId: number, by: string, ref = 'x') =>
    plain(event, chatId, { content: { type: 'render', by, ref } })

  test('that is of no use any more expires with the reason', async () => {
    const { telegram, send } = senderKit({
      renderers: {
        r: async (items) => new Map(items.map((item) => [item.delivery.id, { expired: 'slot-gone' }])),
      },
    })
    await enqueueAll([rendered('r', 1, 'r')])
    expect(await send()).toMatchObject({ expired: 1, sent: 0 })
    expect(telegram.calls).toEqual([])
    expect(await delivery('r', 1)).toMatchObject({ status: 'expired', reason: 'slot-gone' })
  })

  test('that cannot be rendered stops no other message, and is tried again', async () => {
    const { send } = senderKit({
      renderers: {
        r: async (items) => {
          if (items.some(({ ref }) => ref === 'broken')) throw new Error('cannot')
          return new Map(items.map((item) => [item.delivery.id, { message: { text: 'ok' } }]))
        },
      },
    })
    await enqueueAll([
      rendered('r', 1, 'r', 'broken'),
      rendered('r', 2, 'r'),
      rendered('r', 3, 'of-a-later-version'),
    ])
    await send()
    expect(await delivery('r', 1)).toMatchObject({ status: 'queued', reason: 'render-failed', attempts: 1 })
    expect(await delivery('r', 2)).toMatchObject({ status: 'sent' })
    expect(await delivery('r', 3)).toMatchObject({
      status: 'queued',
      reason: 'renderer-unknown',
      attempts: 1,
    })
  })
})

test('a database outage sends no message twice: outcomes are recorded once the database is back', async () => {
  let refusing = false
  let refused = 0
  const clock = new EventClock()
  const flaky = new Proxy(limitedD1(clock).d1, {
    get: (target, name) => {
      if (name === 'batch' && refusing) {
        refused++
        return () => Promise.reject(new Error('D1_ERROR: overloaded'))
      }
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const { telegram, send } = senderKit({ clock, db: connect(flaky) })
  await enqueueAll(Array.from({ length: 30 }, (_, n) => plain('fragile', n + 1)))
  telegram.answer = () => {
    if (telegram.calls.length !== 10) return undefined
    refusing = true
    clock.sleep(700).then(() => {
      refusing = false
    })
    return undefined
  }
  await send().catch(() => undefined)
  await transact(db, [sql`DELETE FROM state WHERE name = 'sender-lease'`])
  await send()
  expect(refused).toBeGreaterThan(0)
  expect(telegram.calls).toHaveLength(30)
  expect(await rows(sql`SELECT DISTINCT status FROM deliveries`)).toEqual([{ status: 'sent' }])
})

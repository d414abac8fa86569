import { describe, expect, it } from 'vitest'
import { RateLimiter } from './telegram/limits.ts'
import { call, startTelegram, steadyClock } from './telegram-testing.ts'

const tooMany = (seconds: number) => ({
  ok: false,
  error_code: 429,
  description: `Too Many Requests: retry after ${seconds}`,
  parameters: { retry_after: seconds },
})

describe('sending limits over HTTP', () => {
  it('lets a burst to one chat pass, then one a second', async () => {
    const clock = steadyClock()
    const telegram = await startTelegram({
      clock,
      anyoneExists: true,
      limits: { perChatPerSecond: 1, burst: 3 },
    })
    const send = (chat_id = 1) => call(telegram, 'sendMessage', { chat_id, text: 'x' })
    for (let sent = 0; sent < 3; sent += 1) expect(await send()).toMatchObject({ ok: true })
    expect(await send()).toEqual(tooMany(1))
    expect(await send(2)).toMatchObject({ ok: true })
    clock.advance(1_000)
    expect(await send()).toMatchObject({ ok: true })
    expect(await send()).toEqual(tooMany(1))
    expect(telegram.ledger.tooMany).toHaveLength(2)
    expect(telegram.ledger.sent).toHaveLength(5)
  })

  it('counts a minute for groups', async () => {
    const clock = steadyClock()
    const telegram = await startTelegram({ clock, limits: { groupPerMinute: 20 } })
    const group = telegram.createGroup({ creator: telegram.createUser() })
    const send = () => call(telegram, 'sendMessage', { chat_id: group.id, text: 'x' })
    for (let sent = 0; sent < 20; sent += 1) await send()
    clock.advance(15_000)
    expect(await send()).toEqual(tooMany(45))
    clock.advance(45_000)
    expect(await send()).toMatchObject({ ok: true })
  })

  it('closes everything after a breach of the global limit, longer for who does not listen', async () => {
    const clock = steadyClock()
    const telegram = await startTelegram({
      clock,
      anyoneExists: true,
      limits: { globalPerSecond: 5, penaltySeconds: 3 },
    })
    const send = (chat_id: number) => call(telegram, 'sendMessage', { chat_id, text: 'x' })
    for (let chat = 1; chat <= 5; chat += 1) expect(await send(chat)).toMatchObject({ ok: true })
    expect(await send(6)).toEqual(tooMany(3))
    expect(await send(7)).toEqual(tooMany(3))
    clock.advance(2_000)
    expect(await send(8)).toEqual(tooMany(2))
    clock.advance(2_000)
    expect(await send(9)).toMatchObject({ ok: true })
    telegram.setLimits({})
    for (let chat = 1; chat <= 20; chat += 1) expect(await send(chat)).toMatchObject({ ok: true })
  })

  it('does not limit what is no message', async () => {
    const telegram = await startTelegram({ clock: steadyClock(), limits: { globalPerSecond: 1 } })
    for (let asked = 0; asked < 5; asked += 1)
      expect(await call(telegram, 'getMe')).toMatchObject({ ok: true })
  })
})

describe('the limiter', () => {
  it.each(['bucket', 'sliding'] as const)(
    'with a %s passes exactly the allowed rate over a long time',
    (globalWindow) => {
      const limiter = new RateLimiter({ globalPerSecond: 25, globalWindow, globalBurst: 1 })
      let passed = 0
      for (let now = 0; now < 60_000; now += 40) if (limiter.admit(now, false, now) === undefined) passed += 1
      expect(passed).toBe(60 * 25)
    },
  )

  it('with a sliding window lets no second hold more', () => {
    const limiter = new RateLimiter({ globalPerSecond: 3, globalWindow: 'sliding', penaltySeconds: 1 })
    const admitted = [0, 500, 900, 999].map((now) => limiter.admit(1, false, now))
    expect(admitted).toEqual([undefined, undefined, undefined, 1])
  })
})

describe('faults on demand', () => {
  it('strike the next calls of a method and chat, then no more', async () => {
    const telegram = await startTelegram({ anyoneExists: true })
    telegram.faults.next(
      { type: 'too-many-requests', retryAfter: 7 },
      { method: 'sendMessage', chatId: 1, times: 2 },
    )
    const send = (chat_id: number) => call(telegram, 'sendMessage', { chat_id, text: 'x' })
    expect(await send(2)).toMatchObject({ ok: true })
    expect(await send(1)).toEqual(tooMany(7))
    expect(await send(1)).toEqual(tooMany(7))
    expect(await send(1)).toMatchObject({ ok: true })
  })

  it('a 429 can hold the whole bot', async () => {
    const clock = steadyClock()
    const telegram = await startTelegram({ clock, anyoneExists: true })
    telegram.faults.next({ type: 'too-many-requests', retryAfter: 7, hold: true })
    const send = () => call(telegram, 'sendMessage', { chat_id: 1, text: 'x' })
    expect(await send()).toEqual(tooMany(7))
    expect(await send()).toEqual(tooMany(7))
    clock.advance(7_000)
    expect(await send()).toMatchObject({ ok: true })
  })

  it("are Telegram's own errors, worded as its", async () => {
    const telegram = await startTelegram({ anyoneExists: true })
    telegram.faults.next({ type: 'server-error', status: 502 })
    expect(await call(telegram, 'getMe')).toEqual({ ok: false, error_code: 502, description: 'Bad Gateway' })
  })

  it('break the connection before the call is accepted, or after', async () => {
    const telegram = await startTelegram({ anyoneExists: true })
    telegram.faults.next({ type: 'drop-before' })
    await expect(call(telegram, 'sendMessage', { chat_id: 1, text: 'mai' })).rejects.toThrow()
    expect(telegram.ledger.sent).toEqual([])
    telegram.faults.next({ type: 'drop-after' })
    await expect(call(telegram, 'sendMessage', { chat_id: 1, text: 'accettato' })).rejects.toThrow()
    expect(telegram.ledger.sent).toMatchObject([{ text: 'accettato', answerLost: true }])
    expect(telegram.world.chats.get(1)?.last?.text).toBe('accettato')
  })

  it('come by lot from a seed, and are taken away again', async () => {
    const outcomes = async () => {
      const telegram = await startTelegram({ anyoneExists: true, seed: 9 })
      const end = telegram.faults.add({ probability: 0.5, fault: { type: 'server-error', status: 500 } })
      const seen: boolean[] = []
      for (let asked = 0; asked < 20; asked += 1) seen.push((await call(telegram, 'getMe')).ok)
      end()
      expect(await call(telegram, 'getMe')).toMatchObject({ ok: true })
      return seen
    }
    const first = await outcomes()
    expect(await outcomes()).toEqual(first)
    expect(new Set(first).size).toBe(2)
  })

  it('slow a call down on the clock of the server', async () => {
    const clock = steadyClock()
    const telegram = await startTelegram({ clock, anyoneExists: true, latencyMs: 60 })
    const before = clock.now()
    telegram.faults.next({ type: 'slow', ms: 5_000 })
    await call(telegram, 'sendMessage', { chat_id: 1, text: 'x' })
    expect(clock.now() - before).toBe(5_060)
  })
})

describe('broadcasts', () => {
  it('keeps only the ledger when told so, and still takes edits', async () => {
    const telegram = await startTelegram({ keepMessages: false, anyoneExists: true })
    const { result } = await call(telegram, 'sendMessage', { chat_id: 1, text: 'a' })
    expect(
      await call(telegram, 'editMessageText', { chat_id: 1, message_id: result.message_id, text: 'b' }),
    ).toMatchObject({ ok: true })
    expect(telegram.world.chats.get(1)?.allMessages).toEqual([])
    const removed = await call(telegram, 'deleteMessage', { chat_id: 1, message_id: result.message_id })
    expect(removed).toMatchObject({ ok: true })
    expect(telegram.ledger.accepted.map(({ kind, text }) => [kind, text])).toEqual([
      ['sent', 'a'],
      ['edited', 'b'],
      ['deleted', ''],
    ])
  })
})

import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, transact } from '../../src/db/database.ts'
import { writeState } from '../../src/db/state.ts'
import type { Channel, Sender } from '../../src/delivery/channels/channel.ts'
import { OPEN_EACH, telegramChannel } from '../../src/delivery/channels/telegram/telegram-channel.ts'
import { telegramSender } from '../../src/delivery/channels/telegram/telegram-sender.ts'
import { webPushChannel } from '../../src/delivery/channels/web-push/web-push-channel.ts'
import { sendDue } from '../../src/delivery/sender.ts'
import { InvocationBudget, type InvocationLimits, PAID_PLAN } from '../../src/platform/budget.ts'
import { testKeys } from '../simulators/push/test-keys.ts'
import { EventClock } from './event-clock.ts'
import {
  type Answer,
  clean,
  db,
  enqueueAll,
  FakeTelegram,
  plain,
  refusal,
  rows,
  senderKit,
  tooMany,
} from './kit.worker.ts'
import { limitedD1 } from './limited-d1.worker.ts'
import { slidingWindow, tokenBucket } from './limiters.ts'

/** Telegram's answer takes so long (ms). */
const LATENCY_MS = 60

beforeEach(async () => {
  await clean()
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
})

interface Call {
  sender: number
  chatId: number
  at: number
  answer?: Answer | undefined
}

/** Runs with several senders in virtual time: each has a Telegram client of its own, as an invocation has. */
function several(
  configuredRate: number,
  answer: (call: Call) => Answer | undefined = () => undefined,
  others: readonly Channel[] = [],
) {
  const clock = new EventClock()
  const calls: Call[] = []
  const peaks: number[] = []
  const paid = new Set<unknown>()
  const sender = (number: number): Sender => {
    const telegram = new FakeTelegram()
    let open = 0
    telegram.answer = async ({ body }) => {
      const call: Call = { sender: number, chatId: body.chat_id, at: clock.now() }
      paid.add(body.allow_paid_broadcast)
      peaks[number] = Math.max(peaks[number] ?? 0, ++open)
      await clock.sleep(LATENCY_MS / 2)
      call.answer = answer(call)
      calls.push(call)
      await clock.sleep(LATENCY_MS / 2)
      open--
      return call.answer
    }
    return telegramSender(telegram.api, true)
  }
  const { context } = senderKit({ clock, configuredRate })
  const run = async (
    senders: readonly Sender[],
    limits: InvocationLimits = PAID_PLAN,
    startNext: () => unknown = () => undefined,
  ) => {
    let nudged = false
    const budget = new InvocationBudget(limits, clock.now())
    await sendDue({
      ...context,
      db: connect(budget.count(limitedD1(clock).d1)),
      budget,
      channels: [...others, telegramChannel(senders, configuredRate)],
      nudge: async () => {
        nudged = true
        startNext()
      },
    })
    return nudged
  }
  const senders = (count: number) => Array.from({ length: count }, (_, i) => sender(i))
  /** How often a chat got its message. */
  const accepted = () => calls.filter((call) => call.answer === undefined)
  return { clock, calls, peaks, paid, senders, run, accepted }
}

const everybody = (count: number) => Array.from({ length: count }, (_, n) => plain('tutti', n + 1))

/** What earlier runs learned: Telegram allows so many messages a second. */
const knownRate = (rate: number) => {
  const now = Date.now()
  const learned = { rate, ceiling: rate, refills: true, pausedUntil: 0, limitedAt: now, configured: rate }
  return transact(db, [writeState(db, 'pacing', learned, now)])
}

const states = () =>
  rows(sql`SELECT status, reason, count(*) AS n FROM deliveries GROUP BY status, reason ORDER BY reason`)

/** The most calls that began within a second. */
function mostInASecond(calls: readonly Call[]): number {
  const at = calls.map((call) => call.at).sort((a, b) => a - b)
  let first = 0
  return Math.max(
    ...at.map((instant, last) => {
      while ((at[first] ?? instant) <= instant - 1_000) first++
      return last - first + 1
    }),
  )
}

describe('several senders', () => {
  test.each([
    [150, 3],
    [300, 6],
    [1_000, 18],
  ])(
    'share one learned rate: %i a second by %i senders, none with more than its share',
    async (rate, count) => {
      const messages = rate * 2
      await enqueueAll(everybody(messages))
      await knownRate(rate)
      const limiter = tokenBucket(rate, rate)
      const kit = several(rate, ({ at }) => {
        const wait = limiter(at)
        return wait === null ? undefined : tooMany(wait)
      })
      const senders = kit.senders(count)
      const startedAt = kit.clock.now()
      while (await kit.run(senders));
      expect(new Set(kit.accepted().map(({ chatId }) => chatId)).size).toBe(messages)
      expect(kit.calls).toHaveLength(messages)
      expect(await states()).toEqual([{ status: 'sent', reason: null, n: messages }])
      // At the full rate together, which none of them reaches alone: each has its five calls open at most.
      expect((kit.clock.now() - startedAt) / ((messages / rate) * 1_000)).toBeLessThan(1.2)
      expect(mostInASecond(kit.calls)).toBeLessThanOrEqual(rate * 1.05)
      expect(Math.max(...kit.peaks)).toBe(OPEN_EACH)
      const alone = (1_000 / LATENCY_MS) * OPEN_EACH
      for (let sender = 0; sender < count; sender++)
        expect(mostInASecond(kit.calls.filter((call) => call.sender === sender))).toBeLessThanOrEqual(
          Math.ceil(alone) + OPEN_EACH,
        )
    },
  )

  test('few messages need only the first of them', async () => {
    await enqueueAll(everybody(20))
    const kit = several(28)
    await kit.run(kit.senders(4))
    expect(new Set(kit.calls.map(({ sender }) => sender))).toEqual(new Set([0]))
  })

  test('a 429 that one of them gets stops them all for as long as it says, and slows them all', async () => {
    await enqueueAll(everybody(1_200))
    const limiter = slidingWindow(150, 2)
    const kit = several(300, ({ at }) => {
      const wait = limiter(at)
      return wait === null ? undefined : tooMany(wait)
    })
    const senders = kit.senders(6)
    while (await kit.run(senders));
    const refused = kit.calls.filter((call) => call.answer !== undefined)
    const first = refused[0]?.at ?? Number.NaN
    // The second refusal, of another chat, says that the limit is the bot's.
    const known = (refused[1]?.at ?? Number.NaN) + LATENCY_MS
    const during = kit.calls.filter(({ at }) => at > known && at < first + 2_000)
    expect(during).toEqual([])
    expect(refused.length).toBeLessThan(OPEN_EACH * 6 * 2)
    const after = kit.calls.filter(({ at }) => at > known)
    expect(new Set(after.map(({ sender }) => sender)).size).toBeGreaterThan(1)
    expect(mostInASecond(after)).toBeLessThanOrEqual(150 * 1.05)
    expect(new Set(kit.accepted().map(({ chatId }) => chatId)).size).toBe(1_200)
    expect(kit.accepted()).toHaveLength(1_200)
  })

  test('keep the limit of a chat together', async () => {
    const events = ['a', 'b', 'c']
    await enqueueAll(
      events.flatMap((event) => Array.from({ length: 60 }, (_, n) => plain(event, n % 2 ? -n - 1 : n + 1))),
    )
    const kit = several(400)
    const senders = kit.senders(6)
    for (let left = true; left; ) {
      left = await kit.run(senders)
      if (left) await kit.clock.sleep(500)
    }
    expect(kit.calls).toHaveLength(180)
    expect(new Set(kit.calls.map(({ sender }) => sender)).size).toBeGreaterThan(1)
    for (let n = 0; n < 60; n++) {
      const chatId = n % 2 ? -n - 1 : n + 1
      const [one = 0, two = 0, three = 0] = kit.calls
        .filter((call) => call.chatId === chatId)
        .map(({ at }) => at)
        .sort((a, b) => a - b)
      const interval = chatId < 0 ? 3_000 : 1_000
      expect(two - one).toBeGreaterThanOrEqual(interval)
      expect(three - two).toBeGreaterThanOrEqual(interval)
    }
  })

  test('pay for what is above Telegram’s free rate; one sender does not', async () => {
    await enqueueAll(everybody(5))
    const kit = several(28)
    await kit.run(kit.senders(2))
    expect(kit.paid).toEqual(new Set([true]))
    await enqueueAll([plain('uno', 1)])
    const { telegram, send } = senderKit()
    await send()
    expect(telegram.calls[0]?.body).toEqual({
      chat_id: 1,
      text: 'uno a 1',
      link_preview_options: { is_disabled: true },
    })
  })

  test('go on at the free rate where Telegram refuses the payment', async () => {
    await enqueueAll(everybody(3))
    const telegram = new FakeTelegram()
    telegram.answer = ({ body }) =>
      body.allow_paid_broadcast === true ? refusal(400, 'Bad Request: BALANCE_TOO_LOW') : undefined
    const { send } = senderKit({ senders: [telegramSender(telegram.api, true)] })
    await send()
    expect(await states()).toEqual([{ status: 'sent', reason: null, n: 3 }])
    expect(telegram.calls).toHaveLength(6)
  })
})

/** A sender whose invocation ends with its nth call: before Telegram got it, or before it could pass the answer on. */
function dying(sender: Sender, atCall: number, when: 'before' | 'after'): Sender {
  let calls = 0
  return {
    async send(call) {
      calls++
      if (calls < atCall) return sender.send(call)
      if (when === 'after') await sender.send(call)
      throw new Error('Durable Object reset because its code was updated.')
    },
  }
}

describe('a sender that dies', () => {
  test('before its calls: each of its messages goes out once, through the others', async () => {
    await enqueueAll(everybody(400))
    const kit = several(200)
    const [own, second, third, ...rest] = kit.senders(5) as [Sender, Sender, Sender]
    const senders = [own, dying(second, 10, 'before'), dying(third, 1, 'before'), ...rest]
    for (let left = true; left; ) {
      left = await kit.run(senders)
      if (left) await kit.clock.sleep(1_000)
    }
    expect(kit.calls).toHaveLength(400)
    expect(new Set(kit.calls.map(({ chatId }) => chatId)).size).toBe(400)
    const [sure, doubtful] = await states()
    expect(sure).toMatchObject({ status: 'sent', reason: null })
    expect(doubtful).toMatchObject({ status: 'sent', reason: 'in-doubt' })
    // It was given a rest: not more than it can have open failed at a time.
    expect(Number(doubtful?.n)).toBeLessThanOrEqual(2 * OPEN_EACH * 2)
  })

  test('after Telegram took its message: only those come twice, and are known to be in doubt', async () => {
    await enqueueAll(everybody(300))
    const kit = several(200)
    const [own, second, ...rest] = kit.senders(4) as [Sender, Sender]
    const senders = [own, dying(second, 5, 'after'), ...rest]
    for (let left = true; left; ) {
      left = await kit.run(senders)
      if (left) await kit.clock.sleep(1_000)
    }
    const times = Map.groupBy(kit.calls, ({ chatId }) => chatId)
    const twice = [...times].filter(([, calls]) => calls.length > 1).map(([chatId]) => chatId)
    expect(times.size).toBe(300)
    expect(twice.length).toBeGreaterThan(0)
    const doubtful = await rows(
      sql`SELECT chat_id FROM deliveries WHERE reason = 'in-doubt' AND status = 'sent' ORDER BY chat_id`,
    )
    expect(doubtful.map((row) => row.chat_id)).toEqual(expect.arrayContaining(twice))
  })

  test('all but the run itself: it goes on alone', async () => {
    await enqueueAll(everybody(200))
    const kit = several(200)
    const [own, ...others] = kit.senders(3) as [Sender, ...Sender[]]
    const senders = [own, ...others.map((sender) => dying(sender, 1, 'before'))]
    for (let left = true; left; ) {
      left = await kit.run(senders)
      if (left) await kit.clock.sleep(1_000)
    }
    expect(kit.calls.map(({ chatId }) => chatId).sort((a, b) => a - b)).toEqual(
      everybody(200).map(({ chatId }) => chatId),
    )
  })
})

test('a run that can afford no more calls the next one at once, and hardly any time is lost between them', async () => {
  const [rate, messages] = [300, 1_500]
  await enqueueAll(everybody(messages))
  await knownRate(rate)
  const kit = several(rate)
  const senders = kit.senders(6)
  // A run may make some 460 calls.
  const short = { ...PAID_PLAN, subrequests: 900 }
  const runs: Promise<unknown>[] = []
  const start = () => runs.push(kit.run(senders, short, start))
  const startedAt = kit.clock.now()
  start()
  for (let next = runs.shift(); next; next = runs.shift()) await next
  expect(kit.calls).toHaveLength(messages)
  expect((kit.clock.now() - startedAt) / ((messages / rate) * 1_000)).toBeLessThan(1.12)
})

test('a run that can afford no more Telegram message ends, though it could afford one to a browser', async () => {
  const messages = 60
  // As deployed with Web Push, which nobody uses here.
  const push = webPushChannel({
    db,
    keys: testKeys,
    hosts: ['push.test'],
    subject: 'https://sportello.test',
    now: Date.now,
  })
  const kit = several(300, undefined, [push])
  const senders = kit.senders(6)
  // A run uses 65 % of its requests. The last one leaves from none to 1.2: a browser's message takes 1, Telegram's 1.3.
  for (let rest = 0; rest < 1.3; rest += 0.2) {
    await clean()
    await knownRate(300)
    await enqueueAll(everybody(messages))
    kit.calls.length = 0
    const startedAt = kit.clock.now()
    while (await kit.run(senders, { ...PAID_PLAN, subrequests: 80 + rest / 0.65 }));
    expect(kit.calls).toHaveLength(messages)
    // A run that does not end lasts minutes, in virtual time.
    expect(kit.clock.now() - startedAt).toBeLessThan(10_000)
  }
})

test('the number of senders may change during a fan-out: nothing is lost, nothing sent twice', async () => {
  const messages = 900
  await enqueueAll(everybody(messages))
  await knownRate(300)
  const kit = several(300)
  const all = kit.senders(6)
  // Short runs, each with the senders that were configured when it began.
  const short = { ...PAID_PLAN, subrequests: 250 }
  const counts = [1, 6, 2, 4, 6, 3]
  let runs = 0
  for (let left = true; left; runs++) left = await kit.run(all.slice(0, counts[runs % counts.length]), short)
  expect(runs).toBeGreaterThan(counts.length)
  expect(kit.calls).toHaveLength(messages)
  expect(new Set(kit.calls.map(({ chatId }) => chatId)).size).toBe(messages)
  expect(await states()).toEqual([{ status: 'sent', reason: null, n: messages }])
})

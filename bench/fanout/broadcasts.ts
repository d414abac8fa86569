import { loadavg } from 'node:os'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { quantile, rounded } from '../bench.ts'
import { seedFollowers } from '../followers.ts'
import {
  type BroadcastSetup,
  chatsFrom,
  eventAfter,
  firstReadings,
  limitsOf,
  observe,
  sleep,
} from './broadcast-setup.ts'
import { audit, freeNth, LedgerView, tells } from './ledger.ts'
import { sendUnpaced } from './unpaced-sender.ts'

/** When Telegram accepts nothing for this long (ms of its clock), the broadcast is over or stuck. Longer than any penalty of the simulator. */
const QUIET_MS = 90_000
/** Duplicates, and the meter's last line, would arrive within this time after the last message, ms. */
const SETTLE_MS = 2_000
/** The unpaced sender is stopped after this many times the ideal time. */
const UNPACED_PATIENCE = 3
const FAIR = { events: 10, followers: 100 }
const STORM = { provinces: 40, follows: 3, gone: 4 }
const CLICK_EVERY_MS = 1_000

const quiet = ({ speed }: BroadcastSetup) => Math.max(10_000, QUIET_MS / speed)

/** Frees the nth slot of a province and follows it to the last of its followers. */
async function broadcast(setup: BroadcastSetup, province: string, nth: number, followers: readonly number[]) {
  const observed = observe(setup)
  const { view } = observed
  const freedAt = Date.now()
  const slot = freeNth(setup.portal, province, nth)
  const event = await eventAfter(setup, freedAt)
  await view.reaches(followers.length, quiet(setup))
  const figures = observed.figures(event)
  await sleep(SETTLE_MS)
  return {
    ...figures,
    ...audit(view.sent, [{ slot, followers }]),
    ...observed.costs(figures.messages),
    order: view.sent.filter(({ text }) => tells(text, slot)).map(({ chatId }) => chatId),
  }
}

/** A broadcast at Telegram's paid rate by several senders: the rate it reached, and what limited it. */
export async function paid(setup: BroadcastSetup, { followers: count }: PaidOptions) {
  const { limit, system } = setup
  const followers = chatsFrom(100_000, count)
  await seedFollowers(
    system.runtime,
    followers.map((chatId) => ({ chatId, province: 'TO' })),
  )
  await firstReadings(setup)
  const startedAt = Date.now()
  const { cpuMs } = observe(setup)
  const { order: _, ...ours } = await broadcast(setup, 'TO', 0, followers)
  const cores = cpuMs() / (Date.now() - startedAt)
  const db = await system.runtime.database()
  const fanOut = await db
    .prepare("SELECT max(fanned_out_at - created_at) AS ms FROM alerts WHERE kind = 'open'")
    .first<{ ms: number }>()
  return {
    senders: setup.senders,
    ...ours,
    /** From the event until all messages were enqueued. */
    fanOutMs: fanOut?.ms ?? Number.NaN,
    messagesPerSecond: rounded(ours.messages / ours.seconds, 1),
    bestSecond: mostInASecond(setup.telegram.ledger.sent.map(({ at }) => at)),
    workerdCores: rounded(cores, 2),
    boundBy: boundBy(ours.messages / ours.seconds / limit, cores),
  }
}
export interface PaidOptions {
  followers: number
}

/** The most of some rising instants (ms) within a second. */
function mostInASecond(instants: readonly number[]): number {
  let first = 0
  return instants.reduce((most, at, last) => {
    while ((instants[first] ?? at) <= at - 1_000) first++
    return Math.max(most, last - first + 1)
  }, 0)
}

/** What kept a broadcast from going faster. @param share of the allowed rate @param cores that workerd kept busy */
function boundBy(share: number, cores: number): string {
  if (share > 0.9) return 'Telegram’s limit'
  return `the machine: workerd, with Workers, D1 and queues, had ${rounded(cores, 2)} of its cores at a load of ${rounded(loadavg()[0] ?? Number.NaN, 1)}`
}

/** Sends as the first version of this bot did, against the same server, to some of the same chats. */
async function unpacedWay(setup: BroadcastSetup, chatIds: readonly number[]) {
  const { telegram, clock, limit } = setup
  telegram.setLimits(limitsOf(setup))
  const view = new LedgerView(telegram)
  const startedAt = clock.now()
  const needed = (chatIds.length / limit) * 1_000
  const api = `${telegram.url}/bot${telegram.token}`
  const isOver = () => clock.now() - startedAt > UNPACED_PATIENCE * needed
  await sendUnpaced({ api, chatIds, text: 'Nuova disponibilità', isOver })
  const figures = view.figures(startedAt, limit)
  const unsent = chatIds.length - view.size
  return {
    of: chatIds.length,
    messages: figures.messages,
    unsent,
    /** Null: it was stopped before it had sent everything. */
    ratio: unsent > 0 ? null : figures.ratio,
    stoppedAtRatio: UNPACED_PATIENCE,
    tooManyPerThousand: figures.tooManyPerThousand,
  }
}

/** One slot freed in a province with many followers; then the unpaced sender against the same server. */
export async function oneSlot(setup: BroadcastSetup, { followers: count, unpacedFollowers }: OneSlotOptions) {
  const followers = chatsFrom(100_000, count)
  await seedFollowers(
    setup.system.runtime,
    followers.map((chatId) => ({ chatId, province: 'TO' })),
  )
  await firstReadings(setup)
  const { order: _, ...ours } = await broadcast(setup, 'TO', 0, followers)
  const { ledger } = setup.telegram
  const refusedForOtherReasons = ledger.refused.filter(({ code }) => code !== 429).length
  const unpaced = await unpacedWay(setup, followers.slice(0, unpacedFollowers))
  return { ours: { ...ours, refusedForOtherReasons }, unpaced }
}
export interface OneSlotOptions {
  followers: number
  /** How many chats the unpaced sender gets. */
  unpacedFollowers: number
}

/** The first seconds of a broadcast in real time: when the first message comes, and how long a person's click takes. */
export async function live(setup: BroadcastSetup, { followers: count, clicks }: LiveOptions) {
  const { telegram, portal } = setup
  const followers = chatsFrom(100_000, count)
  await seedFollowers(
    setup.system.runtime,
    followers.map((chatId) => ({ chatId, province: 'TO' })),
  )
  await firstReadings(setup)
  const view = new LedgerView(telegram)
  const freedAt = Date.now()
  freeNth(portal, 'TO', 0)
  const event = await eventAfter(setup, freedAt)
  await view.reaches(1, quiet(setup))
  const firstMs = (view.accepted[0]?.at ?? Number.NaN) - event
  const pressed: { clickedAt: number; answeredAt: number }[] = []
  for (let n = 0; n < clicks; n++) {
    const person = telegram.createUser()
    const clickedAt = Date.now()
    person.start()
    const answer = () => view.accepted.find(({ chatId }) => chatId === person.id)
    await telegram.waitUntil(answer, { timeoutMs: 60_000, what: 'the click was not answered' })
    pressed.push({ clickedAt, answeredAt: answer()?.at ?? Number.NaN })
    await sleep(CLICK_EVERY_MS)
  }
  const latency = ({ clickedAt, answeredAt }: (typeof pressed)[number]) => answeredAt - clickedAt
  const pauses = telegram.ledger.tooMany.map(({ at, retryAfter = 0 }) => ({
    at,
    until: at + retryAfter * 1_000,
  }))
  const free = pressed.filter(
    ({ clickedAt, answeredAt }) => !pauses.some(({ at, until }) => at <= answeredAt && clickedAt <= until),
  )
  const latencies = pressed.map(latency)
  return {
    followers: count,
    firstMs,
    clicks,
    /** Clicks while Telegram rejected all messages for some seconds. */
    clicksInPauses: pressed.length - free.length,
    clickMaxOutsidePausesMs: Math.max(...free.map(latency)),
    clickP50Ms: quantile(latencies, 0.5),
    clickP95Ms: quantile(latencies, 0.95),
    clickMaxMs: Math.max(...latencies),
    messagesMeanwhile: view.size,
  }
}
export interface LiveOptions {
  followers: number
  clicks: number
}

/** Several slots one after another for the same followers: the position of each follower in each broadcast. */
export async function fairness(setup: BroadcastSetup) {
  const followers = chatsFrom(100_000, FAIR.followers)
  await seedFollowers(
    setup.system.runtime,
    followers.map((chatId) => ({ chatId, province: 'TO' })),
  )
  await firstReadings(setup)
  const places = new Map<number, number[]>(followers.map((chatId) => [chatId, []]))
  for (let nth = 0; nth < FAIR.events; nth++) {
    const { order } = await broadcast(setup, 'TO', nth, followers)
    for (const [place, chatId] of order.entries()) places.get(chatId)?.push((place + 1) / order.length)
  }
  const each = [...places.values()]
  const mean = (shares: number[]) => shares.reduce((sum, share) => sum + share, 0) / shares.length
  const timesLast = each.map((shares) => shares.filter((share) => share > 0.9).length)
  return {
    ...FAIR,
    /** 0: always the first, 1: always the last. */
    worstMeanPlace: rounded(Math.max(...each.map(mean)), 2),
    mostTimesInLastTenth: Math.max(...timesLast),
    alwaysInLastTenth: timesLast.filter((times) => times === FAIR.events).length,
  }
}

/** Many slots freed at once over many provinces; some of them close before all followers are notified. */
export async function storm(setup: BroadcastSetup, { slots: slotCount, chats: chatCount }: StormOptions) {
  const { system, portal } = setup
  const codes = provinces.slice(0, STORM.provinces).map(({ code }) => code)
  const pairs = chatsFrom(100_000, chatCount).flatMap((chatId) =>
    Array.from({ length: STORM.follows }, (_, k) => ({
      chatId,
      province: codes[(chatId + k * 13) % codes.length] ?? 'TO',
    })),
  )
  await seedFollowers(system.runtime, pairs)
  await firstReadings(setup)
  const observed = observe(setup)
  const { view } = observed
  const freedAt = Date.now()
  const slots = Array.from({ length: slotCount }, (_, i) =>
    freeNth(portal, codes[i % codes.length] ?? 'TO', Math.floor(i / codes.length)),
  )
  const event = await eventAfter(setup, freedAt)
  await view.reaches(pairs.length, quiet(setup))
  const goneCodes = new Set(codes.slice(-STORM.gone))
  for (const { province, officeId, date, time } of slots)
    if (goneCodes.has(province)) portal.takeSlot(officeId, date, time)

  const db = await system.runtime.database()
  const count = async (where: string) =>
    (await db.prepare(`SELECT count(*) AS n FROM deliveries WHERE ${where}`).first<{ n: number }>())?.n ?? 0
  do await sleep(SETTLE_MS)
  while ((await count("status IN ('queued', 'claimed')")) > 0)
  const figures = observed.figures(event)
  const expected = slots
    .filter(({ province }) => !goneCodes.has(province))
    .map((slot) => ({
      slot,
      followers: pairs.filter(({ province }) => province === slot.province).map(({ chatId }) => chatId),
    }))
  return {
    slots: slotCount,
    chats: chatCount,
    ...figures,
    ...audit(view.sent, expected),
    crossedOut: view.accepted.filter(({ kind }) => kind === 'edited').length,
    notSentAsGone: await count("status = 'expired' AND reason = 'slot-gone'"),
    dead: await count("status = 'dead'"),
    ...observed.costs(figures.messages),
  }
}
export interface StormOptions {
  slots: number
  chats: number
}

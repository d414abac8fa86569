import { buildWorkers } from '../../scripts/local/bundle.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { DAY } from '../../src/platform/time.ts'
import { chatsFrom } from '../fanout/broadcast-setup.ts'
import { seedFollowers } from '../followers.ts'
import { families } from './families.ts'
import { busiestNight } from './night.ts'
import { count, ENOUGH_MESSAGES, FOLLOWERS, freeOne, onSystem, until } from './scenario-system.ts'
import type { Found, ScenarioOptions } from './scenario-types.ts'

const PRUNING_CRON = '7 * * * *'
/** Offices with a free slot when nothing changes: each costs a request for its agenda. */
const OFFICES_WITH_SLOTS = 30
const STORM = { slots: 300, chats: 2_000, follows: 3, provinces: 40 }
/** 10,000 people × 1.2 provinces × 8 alerts, each edited later: what grows old in a day. */
const OLD_DELIVERIES = 192_000

/** All provinces read at an interval: the first readings, and the minute after, in which some offices have slots. */
const allProvinces = (interval: number) => (options: ScenarioOptions) =>
  onSystem(options, { speed: 1, interval }, async (setup) => {
    const codes = provinces.slice(0, options.quick ? 10 : provinces.length).map(({ code }) => code)
    await seedFollowers(
      setup.system.runtime,
      codes.map((province, i) => ({ chatId: 20_000 + i, province })),
    )
    for (const code of codes.slice(0, OFFICES_WITH_SLOTS)) freeOne(setup, code, 0)
    await setup.tick('edge')
    await setup.tick('edge')
    const read = await count(setup, 'province_readings WHERE last_read_at IS NOT NULL')
    const { n } = (await (
      await setup.system.runtime.database()
    )
      .prepare('SELECT sum(rounds) AS n FROM province_readings')
      .first<{ n: number }>()) ?? { n: 0 }
    return setup.found({ provinces: read, readings: n })
  })

/** One slot, many followers; then the slot is taken, and every message is edited. */
const broadcast = (options: ScenarioOptions) =>
  onSystem(options, { speed: 10, interval: 20 }, async (setup) => {
    const { telegram } = setup
    const followers = options.quick ? 2_000 : FOLLOWERS
    const enough = Math.min(followers, options.quick ? 1_000 : ENOUGH_MESSAGES)
    await seedFollowers(
      setup.system.runtime,
      chatsFrom(100_000, followers).map((chatId) => ({ chatId, province: 'TO' })),
    )
    await setup.tick('edge')
    freeOne(setup, 'TO', 0)
    await setup.tick('edge')
    await until(() => count(setup, "deliveries WHERE event LIKE 'open:%' OR event NOT LIKE '%:%'"), followers)
    await until(async () => telegram.ledger.sent.length, enough)
    const [office] = setup.portal.offices('TO')
    const [slot] = setup.portal.slots(String(office?.id)).filter(({ taken, total }) => taken < total)
    if (!office || !slot) throw new Error('the slot is not open')
    setup.portal.takeSlot(String(office.id), slot.date, slot.time)
    await setup.tick('edge')
    await until(async () => telegram.ledger.accepted.length - telegram.ledger.sent.length, enough / 4)
    return setup.found({ followers, sent: telegram.ledger.sent.length })
  })

/** Many slots at once over many provinces, whose followers follow several. */
const storm = (options: ScenarioOptions) =>
  onSystem(options, { speed: 10, interval: 20 }, async (setup) => {
    const codes = provinces.slice(0, STORM.provinces).map(({ code }) => code)
    const chats = options.quick ? 200 : STORM.chats
    const pairs = chatsFrom(100_000, chats).flatMap((chatId) =>
      Array.from({ length: STORM.follows }, (_, k) => ({
        chatId,
        province: codes[(chatId + k * 13) % codes.length] ?? 'TO',
      })),
    )
    await seedFollowers(setup.system.runtime, pairs)
    await setup.tick('edge')
    for (let i = 0; i < STORM.slots; i++) freeOne(setup, codes[i % codes.length] ?? 'TO', i)
    await setup.tick('edge')
    await until(async () => setup.telegram.ledger.sent.length, pairs.length)
    return setup.found({ slots: STORM.slots, sent: setup.telegram.ledger.sent.length })
  })

/** The portal works again: chats that got the outage notice get the recovery notice. */
const outageEnd = (options: ScenarioOptions) =>
  onSystem(options, { speed: 10, interval: 20 }, async (setup) => {
    const { system, telegram } = setup
    const followers = options.quick ? 2_000 : FOLLOWERS
    const enough = Math.min(followers, options.quick ? 1_000 : ENOUGH_MESSAGES)
    const db = await system.runtime.database()
    await seedFollowers(
      system.runtime,
      chatsFrom(100_000, followers).map((chatId) => ({ chatId, province: 'TO' })),
    )
    await setup.tick('edge')
    const since = Date.now() - 60 * 60_000
    const event = `blind:TO:${since}`
    await db.batch([
      db.prepare('UPDATE provinces SET blind_since = ? WHERE code = ?').bind(since, 'TO'),
      db
        .prepare(
          `INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot, fanned_out_at)
           VALUES (?, 'blind', 'TO', '[]', ?, 'bench', 0, ?)`,
        )
        .bind(event, since, since),
      db
        .prepare(
          `INSERT INTO deliveries (event, chat_id, lane, content, status, message_id, event_at, created_at, done_at, trace)
           SELECT ?1, chat_id, 1, '{"type":"render","by":"blind","ref":"' || ?1 || '"}', 'sent', 1, ?2, ?2, ?2, 'bench'
           FROM subscriptions WHERE province = 'TO'`,
        )
        .bind(event, since),
    ])
    await setup.tick('edge')
    await until(() => count(setup, `deliveries WHERE event = 'sight:TO:${since}'`), followers)
    await until(async () => telegram.ledger.sent.length, enough)
    return setup.found({ followers, sent: telegram.ledger.sent.length })
  })

/** The rows of a day of 10,000 people become old enough to prune. */
const pruning = (options: ScenarioOptions) =>
  onSystem(options, { speed: 10, interval: 20 }, async (setup) => {
    const rows = options.quick ? 20_000 : OLD_DELIVERIES
    const db = await setup.system.runtime.database()
    const then = Date.now() - 31 * DAY
    const step = 16_000
    for (let first = 1; first <= rows; first += step)
      await db
        .prepare(
          `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
           INSERT INTO deliveries (event, chat_id, lane, content, status, message_id, event_at, created_at, done_at, trace)
           SELECT 'old:' || (i % 20), i, 1, '{}', 'sent', i, ?3, ?3, ?3, 'bench' FROM n`,
        )
        .bind(first, Math.min(rows, first + step - 1), then)
        .run()
    // A day's ticks, should one leave something to the next.
    for (let hour = 0; hour < 24; hour++) {
      await setup.tick('edge', PRUNING_CRON)
      if ((await count(setup, 'deliveries')) === 0) break
    }
    const left = await count(setup, 'deliveries')
    if (left > 0) throw new Error(`a day's ticks left ${left} of ${rows} deliveries`)
    return setup.found({ old: rows, left })
  })

/** The heaviest scenarios for each part of the system, by name. */
export const scenarios = {
  'all-20s': { title: '107 provinces every 20 s', run: allProvinces(20) },
  'all-10s': { title: '107 provinces every 10 s', run: allProvinces(10) },
  broadcast: { title: 'one slot, 30,000 followers', run: broadcast },
  families: { title: 'more places, 30,000 followers, 3,000 families', run: families },
  storm: { title: '300 slots at once, 2,000 chats', run: storm },
  outage: { title: 'end of an outage, 30,000 followers', run: outageEnd },
  pruning: { title: 'a day of 10,000 people grows old', run: pruning },
  night: { title: 'a student’s busiest night', run: busiestNight },
} satisfies Record<string, { title: string; run(options: ScenarioOptions): Promise<Found> }>

export type ScenarioName = keyof typeof scenarios

export const build = () => buildWorkers()

import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../src/db/database.ts'
import { KEPT } from '../../src/db/prune.ts'
import { addDays, DAY, HOUR, MINUTE, romeDate } from '../../src/platform/time.ts'
import { habits } from '../costs/model.ts'

/** The events of a day that people do not cause (theirs are in `bench/costs/model.ts`). */
const PROVINCES = 107
const OFFICES_EACH = 3
/** Slots in one alert. */
const SLOTS_AN_ALERT = 2
/** Days ahead for which offices give appointments. */
const HORIZON = 60
/** Part of the people who leave in a day; as many come. */
const CHURN = 0.003
/** Bytes of a row's content and of ten minutes' counts. */
const CONTENT = JSON.stringify({ type: 'render', by: 'alert', ref: 'open:123:abcdefghijkl' })
const COUNTS = JSON.stringify(
  Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`counter-${i}`, [123, 45_678]])),
)

/** A table with the numbers 0 to `count` - 1, as n.i. */
const numbers = (count: number): SQL =>
  sql`(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count}) SELECT i FROM n) AS n`

/** A number that is spread evenly below `below` and is always the same for the same `value`. */
const spread = (value: SQL, below: number): SQL =>
  sql`(CAST(${value} AS INTEGER) * 2654435761 % 4294967296 % CAST(${below} AS INTEGER))`

const province = (value: SQL): SQL => sql`'P' || ((${value}) % ${PROVINCES})`

/** So many people in their provinces, offices, and what a year leaves behind: slots, slot events and chats that left. */
export async function begin(db: Database, users: number, now: number): Promise<void> {
  const leaving = Math.round(users * CHURN)
  await transact(db, [
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        SELECT i, ${province(sql`i`)}, 'code', 'Questura - Ufficio Passaporti', 'Via Roma 12', 'CITTÀ', 1
        FROM ${numbers(PROVINCES * OFFICES_EACH)}`,
    ...join(users, 1, now),
    sql`INSERT INTO chats (id, kind, status, created_at, last_seen_at)
        SELECT -1 - i, 'private', 'gone', 1, ${now} - i / ${leaving} * ${DAY}
        FROM ${numbers(leaving * KEPT.goneChats.days)}`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, asleep, created_at)
        SELECT -1 - CAST(i / ${habits.provincesEach} AS INTEGER), ${province(spread(sql`i`, 1_000_003))}, i, 1, 1
        FROM ${numbers(Math.round(leaving * KEPT.goneChats.days * habits.provincesEach))}
        WHERE true ON CONFLICT DO NOTHING`,
  ])
  for (let day = KEPT.slotEvents.days; day > 0; day--)
    await transact(db, [...slotEvents(now - day * DAY), slots(-day, now - day * DAY)])
}

const join = (count: number, firstId: number, now: number): Statement[] => [
  sql`INSERT INTO chats (id, kind, created_at, last_seen_at)
      SELECT ${firstId} + i, 'private', ${now}, ${now} FROM ${numbers(count)}`,
  sql`INSERT INTO subscriptions (chat_id, province, ring, created_at)
      SELECT ${firstId} + CAST(i / ${habits.provincesEach} AS INTEGER), ${province(spread(sql`${firstId} + i`, 1_000_003))}, i, ${now}
      FROM ${numbers(Math.round(count * habits.provincesEach))} WHERE true ON CONFLICT DO NOTHING`,
]

const alertsOf = () => PROVINCES * habits.alertsADay

/** The slots of a day's alerts come and go: two events each, between seven and twenty o'clock UTC. */
const slotEvents = (now: number): Statement[] =>
  ['seen', 'gone'].map(
    (kind, late) => sql`
      INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
      SELECT ${spread(sql`i + ${Math.floor(now / DAY)}`, PROVINCES * OFFICES_EACH)}, date(${now / 1_000}, 'unixepoch', '+' || (i % ${HORIZON}) || ' days'),
             '10:00', ${kind}, 1, ${now - (now % DAY) + 7 * HOUR} + ${spread(sql`i * 7 + ${Math.floor(now / DAY)}`, 13 * HOUR - MINUTE)} + ${late * MINUTE}, 'abcdefghijkl'
      FROM ${numbers(alertsOf() * SLOTS_AN_ALERT)} ORDER BY 6`,
  )

/** The slots of a day's alerts, up to two months ahead; they are gone by the evening. */
const slots = (day: number, now: number): Statement =>
  sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at, gone_at)
        SELECT ${spread(sql`i + ${day * 7}`, PROVINCES * OFFICES_EACH)}, date(${addDays(romeDate(now), 1)}, '+' || (i % ${HORIZON}) || ' days'),
               (8 + i % 9) || ':' || (10 + i % 50), 1, ${now}, ${now}, ${now}
        FROM ${numbers(alertsOf() * SLOTS_AN_ALERT)} WHERE true
        ON CONFLICT (office_id, date, time) DO UPDATE SET opened_at = excluded.opened_at, gone_at = excluded.gone_at`

/** Everything that a day adds. @param day its number, for ids */
export async function live(db: Database, users: number, day: number, now: number): Promise<void> {
  const leaving = Math.round(users * CHURN)
  const firstId = 1_000_000 + day * leaving
  await transact(db, [
    ...slotEvents(now),
    slots(day, now),
    ...['open', 'gone'].map(
      (kind) => sql`
        INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot, cursor, fanned_out_at)
        SELECT ${`${kind}:${day}:`} || i, ${kind}, ${province(sql`i`)}, i % ${PROVINCES * OFFICES_EACH},
               '[["2026-12-09","10:15"],["2026-12-10","11:00"]]', ${now}, 'abcdefghijkl', i, '1:1', ${now}
        FROM ${numbers(alertsOf())}`,
    ),
    sql`INSERT INTO updates (id, fingerprint, done_at)
        SELECT (SELECT coalesce(max(id), 500000000) FROM updates) + 1 + i, i, ${now}
        FROM ${numbers(users * habits.updatesADay)}`,
    sql`INSERT INTO metrics (at, counts) SELECT ${now - (now % DAY)} + i * ${10 * MINUTE}, ${COUNTS} FROM ${numbers(144)}`,
    sql`INSERT INTO dead_letters (queue, message_id, body, at) VALUES ('outbound', ${`letter-${day}`}, '{}', ${now})`,
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at, died_at)
        VALUES (1, ${'s'.repeat(900)}, 'dead', ${now}, ${now}, ${now})`,
    // As many leave as come: the oldest go.
    sql`UPDATE chats SET status = 'gone', last_seen_at = ${now} WHERE id IN
          (SELECT id FROM chats WHERE id > 0 AND status = 'active' ORDER BY id LIMIT ${leaving})`,
    sql`UPDATE subscriptions SET asleep = 1 WHERE asleep = 0 AND chat_id IN
          (SELECT id FROM chats WHERE status = 'gone' AND last_seen_at = ${now})`,
    ...join(leaving, firstId, now),
  ])
  // Each alert, to every follower of its province: the rows of edits are deleted as soon as they are made.
  await transact(db, [
    sql`INSERT INTO deliveries (event, chat_id, lane, content, status, attempts, message_id, event_at, created_at, done_at, trace)
        SELECT a.id, s.chat_id, 1, ${CONTENT}, 'sent', 1, 12345, ${now}, ${now}, ${now}, 'abcdefghijkl'
        FROM alerts a CROSS JOIN subscriptions s ON s.province = a.province AND s.asleep = 0
        WHERE a.created_at = ${now} AND a.kind = 'open'`,
  ])
}

import { type SQL, sql } from 'drizzle-orm'
import { describeError, log } from '../platform/log.ts'
import { addDays, DAY, HOUR, romeDate, romeHourOfWeek } from '../platform/time.ts'
import { type Database, type Statement, transact } from './database.ts'

/** Rows that one statement examines: few enough not to delay other writers. */
const PAGE = 1_000
/** Statements of one run, of the 1,000 that D1 allows an invocation. */
const MOST_STATEMENTS = 200
/** Deliveries that the hourly run deletes at most: each page takes two of its statements. */
export const PRUNED_AN_HOUR = (MOST_STATEMENTS / 2) * PAGE

/** For how many days rows are kept, and how many rows of a table at most: what docs/data.md promises. */
export const KEPT = {
  updates: { days: 2 },
  /** After the bucket has drained. */
  rateLimits: { hours: 1 },
  deliveries: { days: 30, rows: 8_000_000 },
  alerts: { days: 30 },
  falseAlarms: { days: 30 },
  metrics: { days: 40 },
  /** After the day of the appointment. */
  slots: { days: 30 },
  /** The statistics look back for 84 days. */
  slotEvents: { days: 100 },
  deadLetters: { days: 30, rows: 1_000 },
  deadSessions: { days: 30 },
  /** After a chat that refuses messages last wrote. */
  goneChats: { days: 365 },
  loginLimits: { days: 3 },
  /** A browser that asked for Web Push and did not get the first message. */
  unconfirmedPush: { days: 1 },
  /** A backup that is older must not be restored: it brings back who left before. */
  deletions: { days: 365 },
} as const

const figure = (count: number) => count.toLocaleString('en')

/** How long the rows of each table are kept, or why there are never many, for docs/data.md. */
export const bounds: Record<string, string> = {
  chats: `until \`/cancellami\`; a chat that refuses messages, ${KEPT.goneChats.days} days after it last wrote`,
  subscriptions: 'until the chat unfollows the province or is deleted; 107 per chat at most',
  push_subscriptions: `until the chat is deleted; without a confirmation, ${KEPT.unconfirmedPush.days} day`,
  updates: `${KEPT.updates.days} days`,
  rate_limits: `${KEPT.rateLimits.hours} hour after the bucket is empty`,
  provinces: 'for ever; there are 107',
  offices: 'for ever, since the statistics need them; the portal has a few hundred',
  slots: `${KEPT.slots.days} days after the day of the appointment`,
  slot_events: `${KEPT.slotEvents.days} days, then they are added to \`slot_hours\``,
  slot_hours: 'for ever; 168 rows per office at most',
  alerts: `${KEPT.alerts.days} days`,
  false_alarms: `${KEPT.falseAlarms.days} days; one row for each chat and alert that it reported`,
  portal_sessions: `until replaced or removed; an expired one, ${KEPT.deadSessions.days} days`,
  paired_browsers: 'until unpaired, or `/cancellami`; one unused code and five browsers for each operator',
  deliveries: `${KEPT.deliveries.days} days, ${figure(KEPT.deliveries.rows)} rows at most`,
  claims: 'until their deliveries are finished; a few rows while something is sent',
  dead_letters: `until an operator replays or drops them, ${KEPT.deadLetters.days} days and ${figure(KEPT.deadLetters.rows)} rows at most`,
  courses: 'until their day is over or is read again; two weeks at most',
  students: 'until the account is unlinked, or `/cancellami`',
  deletions: `${KEPT.deletions.days} days: older backups must not be restored; one row for each chat that deleted everything`,
  erasures: 'until the object is erased; the cron tries every ten minutes',
  login_limits: `${KEPT.loginLimits.days} days after the last attempt; the limit for all people together bounds the rows`,
  state: 'one row for each name',
  metrics: `${KEPT.metrics.days} days; a row every ten minutes`,
}

/** One transaction of the pruning of a table, whose last statement deletes a page; none: there is nothing to delete. */
type Step = (db: Database, now: number) => Statement[] | Promise<Statement[]>

/**
 * The old rows among the oldest page of a table whose ids rise with time. When the oldest row is not old yet, nothing else
 * is read. Gaps between ids make a page shorter, never empty.
 */
const oldest = (table: SQL, id: SQL, isOld: SQL): SQL =>
  sql`${id} < (SELECT CASE WHEN ${isOld} THEN ${id} + ${PAGE} END FROM ${table} ORDER BY ${id} LIMIT 1) AND (${isOld})`

/** True for all but the newest rows of a table. */
const beyond = (table: SQL, rows: number): SQL => sql`id <= (SELECT max(id) FROM ${table}) - ${rows}`

/** The whole hour since the epoch in which an event was. A bound number may be a float, and divide as one. */
const HOUR_OF = sql.raw(`(at / ${HOUR})`)

/**
 * Adds a page of old slot events to the sums of their offices by hour of the week, then deletes it: one transaction
 * over the same rows, so that two runs at once count nothing twice. Slots that an office showed when it was first seen
 * do not count as freed.
 */
const foldSlotEvents: Step = async (db, now) => {
  const page = oldest(sql`slot_events`, sql`slot_events.id`, sql`at < ${now - KEPT.slotEvents.days * DAY}`)
  const [found] = await transact(db, [sql`SELECT DISTINCT ${HOUR_OF} AS hour FROM slot_events WHERE ${page}`])
  const hours = (found?.results ?? []).map(({ hour }) => [hour, romeHourOfWeek(Number(hour) * HOUR)])
  if (hours.length === 0) return []
  return [
    sql`INSERT INTO slot_hours (office_id, hour, freed, gone, until)
        SELECT office_id, hours.value ->> 1, count(*) FILTER (WHERE kind = 'seen' AND at <> first_seen_at),
               count(*) FILTER (WHERE kind = 'gone'), max(at)
        FROM slot_events CROSS JOIN offices ON offices.id = office_id
             CROSS JOIN json_each(${JSON.stringify(hours)}) AS hours ON hours.value ->> 0 = ${HOUR_OF}
        WHERE ${page} GROUP BY 1, 2
        ON CONFLICT (office_id, hour) DO UPDATE SET freed = freed + excluded.freed, gone = gone + excluded.gone,
          until = max(until, excluded.until)`,
    sql`DELETE FROM slot_events WHERE ${page}`,
  ]
}

/** Every table that grows with time. A step reads the rows it deletes, and one row where nothing is old. */
const steps: Record<string, Step> = {
  // Ids start again with another Bot API server, above or below the old ones: old rows are at one of the ends.
  'oldest updates': (_, now) => [
    sql`DELETE FROM updates
        WHERE ${oldest(sql`updates`, sql`id`, sql`done_at < ${now - KEPT.updates.days * DAY}`)}`,
  ],
  'highest updates': (_, now) => {
    const isOld = sql`done_at < ${now - KEPT.updates.days * DAY}`
    return [
      sql`DELETE FROM updates WHERE id >
            (SELECT CASE WHEN ${isOld} THEN id - ${PAGE} END FROM updates ORDER BY id DESC LIMIT 1) AND ${isOld}`,
    ]
  },
  // Rows are deleted an hour after the last use, so that the table stays small.
  'rate limits': (_, now) => [
    sql`DELETE FROM rate_limits WHERE id IN (
          SELECT id FROM rate_limits WHERE used_until < ${now - KEPT.rateLimits.hours * HOUR} LIMIT ${PAGE})`,
  ],
  // A delivery that still waits after so long is of no use: the sender lets it expire after a day.
  deliveries: (_, now) => {
    const isOld = sql`created_at < ${now - KEPT.deliveries.days * DAY} OR ${beyond(sql`deliveries`, KEPT.deliveries.rows)}`
    return [sql`DELETE FROM deliveries WHERE ${oldest(sql`deliveries`, sql`id`, isOld)}`]
  },
  alerts: (_, now) => [
    sql`DELETE FROM alerts
        WHERE ${oldest(sql`alerts`, sql`rowid`, sql`created_at < ${now - KEPT.alerts.days * DAY}`)}`,
  ],
  'false alarms': (_, now) => [
    sql`DELETE FROM false_alarms WHERE at IN
          (SELECT at FROM false_alarms WHERE at < ${now - KEPT.falseAlarms.days * DAY} ORDER BY at LIMIT ${PAGE})`,
  ],
  metrics: (_, now) => [
    sql`DELETE FROM metrics WHERE at IN
          (SELECT at FROM metrics WHERE at < ${now - KEPT.metrics.days * DAY} ORDER BY at LIMIT ${PAGE})`,
  ],
  'slot events': foldSlotEvents,
  // One look into the index for each office.
  slots: (_, now) => [
    sql`DELETE FROM slots WHERE id IN (
          SELECT slots.id FROM offices CROSS JOIN slots ON slots.office_id = offices.id
            AND slots.date < ${addDays(romeDate(now), -KEPT.slots.days)} LIMIT ${PAGE})`,
  ],
  'dead letters': (_, now) => {
    const isOld = sql`at < ${now - KEPT.deadLetters.days * DAY} OR ${beyond(sql`dead_letters`, KEPT.deadLetters.rows)}`
    return [sql`DELETE FROM dead_letters WHERE ${oldest(sql`dead_letters`, sql`id`, isOld)}`]
  },
  'dead sessions': (_, now) => [
    sql`DELETE FROM portal_sessions WHERE health = 'dead' AND died_at < ${now - KEPT.deadSessions.days * DAY}`,
  ],
  'login limits': (_, now) => [sql`DELETE FROM login_limits WHERE at < ${now - KEPT.loginLimits.days * DAY}`],
  deletions: (_, now) => [
    sql`DELETE FROM deletions WHERE hash IN (
          SELECT hash FROM deletions WHERE at < ${now - KEPT.deletions.days * DAY} LIMIT ${PAGE})`,
  ],
  // Not a deletion: who wanted only dates before an appointment gets no more alerts from its day on.
  'alerts of past appointments': (_, now) => [
    sql`UPDATE subscriptions SET asleep = 2 WHERE rowid IN (
          SELECT rowid FROM subscriptions
          WHERE booked_at IS NOT NULL AND booked_date <= ${romeDate(now)} AND asleep = 0 LIMIT ${PAGE})`,
  ],
  // One that was confirmed before and changed its address keeps its chat and what it follows.
  'unconfirmed browsers': (_, now) => {
    const stale = sql`SELECT chat_id FROM push_subscriptions
      WHERE confirm_token IS NOT NULL AND created_at < ${now - KEPT.unconfirmedPush.days * DAY}
      ORDER BY created_at LIMIT ${PAGE}`
    return [
      sql`DELETE FROM chats WHERE id IN (${stale})
            AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE chat_id = chats.id)`,
      sql`DELETE FROM push_subscriptions WHERE chat_id IN (${stale})`,
    ]
  },
  'gone chats': (_, now) => {
    const gone = sql`SELECT id FROM chats WHERE status = 'gone' AND last_seen_at < ${now - KEPT.goneChats.days * DAY}
                     ORDER BY last_seen_at LIMIT ${PAGE}`
    return [
      sql`DELETE FROM subscriptions WHERE chat_id IN (${gone})`,
      sql`DELETE FROM push_subscriptions WHERE chat_id IN (${gone})`,
      sql`DELETE FROM chats WHERE id IN (${gone})`,
    ]
  },
}

/** Deletes a page of one table. @returns rows deleted, and the statements that it took */
async function deletePage(db: Database, step: Step, now: number): Promise<{ deleted: number; used: number }> {
  const statements = await step(db, now)
  const results = await transact(db, statements)
  return { deleted: results.at(-1)?.meta.changes ?? 0, used: Math.max(1, statements.length + 1) }
}

/**
 * Deletes expired rows and ends subscriptions whose appointment has come, a page of each kind in turn, until nothing is
 * left or the statements of one run are used up; the next run continues. Concurrent runs are harmless. Never rejects: a
 * failure is logged.
 * @param now epoch ms
 * @returns how many rows it deleted or ended, by kind; kinds without any are absent
 */
export async function prune(
  db: Database,
  now: number,
  mostStatements = MOST_STATEMENTS,
): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {}
  const open = new Map(Object.entries(steps))
  let used = 0
  while (open.size > 0 && used < mostStatements) {
    for (const [name, step] of open) {
      try {
        const page = await deletePage(db, step, now)
        used += page.used
        if (page.deleted === 0) open.delete(name)
        else deleted[name] = (deleted[name] ?? 0) + page.deleted
      } catch (error) {
        open.delete(name)
        log('error', 'prune-failed', { table: name, error: describeError(error) })
      }
    }
  }
  log('info', 'pruned', { ...deleted, unfinished: [...open.keys()].join() })
  return deleted
}

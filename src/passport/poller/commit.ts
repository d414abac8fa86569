import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { ringHash } from '../../platform/id.ts'
import { someWish, wishOf } from '../follow/several-places.ts'
import { wishesMet } from '../rules/day-places.ts'
import type { Changes } from '../rules/diff.ts'
import type { Claim } from './claims.ts'
import { patchReadings, type ReadingsPatch } from './readings.ts'

/** The new state of a province's readings after one reading. */
export interface Verdict {
  /** When the reading was complete and accepted, epoch ms; null: it was not. */
  readAt: number | null
  /** Failed readings in a row from now on. */
  failures: number
  /** Why it was not complete or not accepted; null: it was. */
  failure: string | null
  suspiciousSince: number | null
  /** When it is due again, epoch ms. */
  dueAt: number
  /** The last reading that found freed slots, epoch ms; null: none did. */
  foundAt: number | null
  /** Requests that a reading takes, on average; null: unknown. */
  cost: number | null
  /** Requests of the Rome day. */
  spentOn: string
  spent: number
}

/** How a round ends for one province. */
export interface Outcome {
  claim: Claim
  /** Null: nothing was read. */
  changes: Changes | null
  /** Null: the province is released unchanged. */
  verdict: Verdict | null
  /** Operator warnings, to be sent even if the lease was lost. */
  warnings: OutboxMessage[]
}

const RELEASE: ReadingsPatch = { leaseToken: null, leaseUntil: null }

const patchOf = (verdict: Verdict | null): ReadingsPatch =>
  verdict === null
    ? RELEASE
    : {
        ...RELEASE,
        dueAt: verdict.dueAt,
        failures: verdict.failures || null,
        lastFailure: verdict.failure,
        suspiciousSince: verdict.suspiciousSince,
        foundAt: verdict.foundAt,
        cost: verdict.cost,
        spentOn: verdict.spentOn,
        spent: verdict.spent,
        ...(verdict.readAt !== null && { lastReadAt: verdict.readAt }),
      }

const isRecovery = ({ claim, verdict }: Outcome) => claim.outageSince !== null && verdict?.readAt != null

/** True when nothing but the state of the readings is to be written. */
export const isQuiet = (outcome: Outcome): boolean => {
  const { changes, warnings } = outcome
  const lists = changes ? [changes.offices, changes.opened, changes.changed, changes.restored] : []
  return warnings.length === 0 && !isRecovery(outcome) && lists.every((list) => list.length === 0)
}

/**
 * The statement that writes the outcomes' verdicts and releases their provinces. A province whose lease was lost is not
 * changed; one whose `since` changed during the round is released without a verdict.
 */
export function settleReadings(outcomes: readonly Outcome[], now: number): Statement {
  const rows = outcomes.map(({ claim, verdict }) => ({ ...keyOf(claim), patch: patchOf(verdict) }))
  return patchReadings(
    sql`SELECT code, iif(watched_since = value ->> 'watchedSince', value -> 'patch', ${JSON.stringify(RELEASE)}) AS patch
        FROM json_each(${JSON.stringify(rows)})
        JOIN province_readings ON code = value ->> 'code' AND lease_token = value ->> 'token'`,
    now,
  )
}

const keyOf = ({ code, token, watchedSince }: Claim) => ({ code, token, watchedSince })

/** The codes, in SQL, of the provinces whose claims still hold. */
const stillHeld = (claims: readonly Claim[]): SQL => sql`(
  SELECT code FROM json_each(${JSON.stringify(claims.map(keyOf))})
  JOIN province_readings ON code = value ->> 'code' AND lease_token = value ->> 'token'
    AND watched_since = value ->> 'watchedSince')`

/** The longest JSON parameter, in characters: D1 takes 2,000,000 bytes, and a character may take three. */
const MOST_CHARACTERS = 600_000

/** Values as JSON arrays that are short enough for one parameter each. */
export function jsonPages(values: readonly unknown[]): string[] {
  const pages: string[] = []
  let page: string[] = []
  let length = 0
  for (const value of values) {
    const text = JSON.stringify(value)
    if (page.length > 0 && length + text.length > MOST_CHARACTERS) {
      pages.push(`[${page.join()}]`)
      page = []
      length = 0
    }
    page.push(text)
    length += text.length + 1
  }
  if (page.length > 0) pages.push(`[${page.join()}]`)
  return pages
}

/** Writes rows of a commit; each has a `province`, which must be held. */
type Writer = (rows: string, held: SQL, now: number) => Statement

const writeOffices: Writer = (rows, held, now) => sql`
  INSERT INTO offices (id, province, code, name, address, city, bookable_from, first_date, listed, doubt_since,
    published_for, first_seen_at)
  SELECT value ->> 'id', value ->> 'province', value ->> 'code', value ->> 'name', value ->> 'address',
    value ->> 'city', value ->> 'bookableFrom', value ->> 'firstDate', value ->> 'listed', value ->> 'doubtSince',
    value ->> 'publishedFor', ${now}
  FROM json_each(${rows}) WHERE value ->> 'province' IN ${held}
  ON CONFLICT (id) DO UPDATE SET province = excluded.province, code = excluded.code, name = excluded.name,
    address = excluded.address, city = excluded.city, bookable_from = excluded.bookable_from,
    first_date = excluded.first_date, listed = excluded.listed, doubt_since = excluded.doubt_since,
    published_for = excluded.published_for`

const writeOpened: Writer = (rows, held, now) => sql`
  INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at, announced_at)
  SELECT value ->> 'officeId', value ->> 'date', value ->> 'time', value ->> 'places', ${now}, ${now},
    iif(value ->> 'announced', ${now}, NULL)
  FROM json_each(${rows}) WHERE value ->> 'province' IN ${held}
  ON CONFLICT (office_id, date, time) DO UPDATE SET places = excluded.places, opened_at = excluded.opened_at,
    gone_at = NULL, announced_at = excluded.announced_at, unconfirmed_places = NULL`

const writeChanged: Writer = (rows, held, now) => sql`
  UPDATE slots SET places = change.value ->> 'places',
    announced_at = iif(change.value ->> 'announced', coalesce(announced_at, ${now}), NULL),
    gone_at = iif(change.value ->> 'gone', ${now}, NULL), unconfirmed_places = change.value ->> 'unconfirmedPlaces'
  FROM json_each(${rows}) change
  WHERE slots.id = change.value ->> 'id' AND change.value ->> 'province' IN ${held}`

/** Removes restored slots from the alerts that reported them gone. */
const unlistClosed: Writer = (rows, held) => sql`
  UPDATE alerts SET slots = (
    SELECT json_group_array(json(listed.value)) FROM json_each(alerts.slots) AS listed
    WHERE NOT EXISTS (SELECT 1 FROM json_each(${rows}) AS back
      WHERE back.value ->> 'officeId' = alerts.office_id AND back.value ->> 'date' = listed.value ->> 0
        AND back.value ->> 'time' = listed.value ->> 1))
  WHERE kind = 'gone' AND (office_id, created_at) IN (
    SELECT value ->> 'officeId', value ->> 'goneAt' FROM json_each(${rows}) WHERE value ->> 'province' IN ${held})`

const writeRestored: Writer = (rows, held) => sql`
  UPDATE slots SET places = back.value ->> 'places', gone_at = NULL FROM json_each(${rows}) back
  WHERE slots.id = back.value ->> 'id' AND back.value ->> 'province' IN ${held}`

const writeSteps: Writer = (rows, held, now) => sql`
  INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
  SELECT value ->> 'officeId', value ->> 'date', value ->> 'time', value ->> 'kind', value ->> 'places', ${now},
    value ->> 'trace'
  FROM json_each(${rows}) WHERE value ->> 'province' IN ${held}`

/** True, in SQL, if a condition holds for a chat `c` that follows the province of an alert's row. */
const someFollower = (holds: SQL) => sql`EXISTS (
  SELECT 1 FROM chats AS c CROSS JOIN subscriptions AS s ON s.chat_id = c.id AND s.province = value ->> 'province'
  WHERE ${holds} AND s.asleep = 0)`

/** True, in SQL, for an alert's row unless it is an early notice or tells of more places, and no follower asked for that. */
const hasReader = sql`CASE WHEN value ->> 'kind' = 'early' THEN ${someFollower(sql`c.early_notice = 1`)}
  WHEN value ->> 'wishes' IS NOT NULL THEN ${someFollower(sql`${someWish(sql`c`)}
    AND ${wishOf(sql`c`)} BETWEEN value ->> '$.wishes[0]' AND value ->> '$.wishes[1]'`)}
  ELSE 1 END`

const writeAlerts: Writer = (rows, held, now) => sql`
  INSERT INTO alerts (id, kind, province, office_id, slots, places, bookable_at, created_at, trace, pivot)
  SELECT value ->> 'id', value ->> 'kind', value ->> 'province', value ->> 'officeId', value ->> 'slots',
    value ->> 'places', value ->> 'bookableAt', ${now}, value ->> 'trace', value ->> 'pivot'
  FROM json_each(${rows}) WHERE value ->> 'province' IN ${held} AND ${hasReader}
  ON CONFLICT (id) DO NOTHING
  RETURNING id, trace`

const endOutages: Writer = (rows, held) => sql`
  UPDATE provinces SET blind_since = NULL
  WHERE code IN (SELECT value ->> 'province' FROM json_each(${rows}) WHERE value ->> 'province' IN ${held})`

/** The alerts of an outcome as rows, with its early notices, and a recovery notice for those who got the outage notice. */
function alertRows(outcome: Outcome) {
  const { claim, changes } = outcome
  const common = { province: claim.code, trace: claim.token }
  const published = (changes?.published ?? []).map(({ opening: _, ...publication }) => ({
    ...publication,
    kind: 'early' as const,
  }))
  const ofOffices = [...(changes?.alerts ?? []), ...published].map((alert) => {
    const id = `${alert.kind}:${alert.officeId}:${claim.token}`
    const wishes = 'places' in alert && alert.slots.length === 0 ? wishesMet(alert.places) : undefined
    return { ...alert, ...common, id, slots: JSON.stringify(alert.slots), wishes }
  })
  const recovery = { ...common, id: `sight:${claim.code}:${claim.outageSince}`, kind: 'sight', slots: '[]' }
  return [...ofOffices, ...(isRecovery(outcome) ? [recovery] : [])].map((row) => ({
    ...row,
    pivot: ringHash(row.id),
  }))
}

/** The result of a commit: the provinces that were still held, and the alerts written for them. */
export interface CommitResult {
  held: Set<string>
  alerts: { id: string; trace: string }[]
  statements: number
}

/**
 * Writes everything that readings changed (offices, slots, slot events, alerts) and releases their provinces, in one
 * transaction. Nothing is written for a province whose lease was lost or whose `since` changed. It takes at most nine
 * statements for each 600 KB of changes, for any number of provinces.
 */
export async function commitOutcomes(
  db: Database,
  outcomes: readonly Outcome[],
  now: number,
): Promise<CommitResult> {
  const held = stillHeld(outcomes.map(({ claim }) => claim))
  const rowsOf = <Value extends object>(list: (changes: Changes) => readonly Value[]) =>
    outcomes.flatMap(({ claim, changes }) =>
      (changes ? list(changes) : []).map((value) => ({ ...value, province: claim.code, trace: claim.token })),
    )
  const restored = rowsOf((changes) => changes.restored)
  const parts: [Writer, readonly unknown[]][] = [
    [writeOffices, rowsOf((changes) => changes.offices)],
    [writeOpened, rowsOf((changes) => changes.opened)],
    [writeChanged, rowsOf((changes) => changes.changed)],
    [unlistClosed, restored],
    [writeRestored, restored],
    [writeSteps, rowsOf((changes) => changes.steps)],
    [endOutages, outcomes.filter(isRecovery).map(({ claim }) => ({ province: claim.code }))],
    [writeAlerts, outcomes.flatMap(alertRows)],
  ]
  const warnings = outcomes.flatMap((outcome) => outcome.warnings)
  const statements = [
    sql`SELECT code FROM ${held}`,
    ...parts.flatMap(([write, rows]) => jsonPages(rows).map((page) => write(page, held, now))),
    settleReadings(outcomes, now),
    ...(warnings.length > 0 ? [enqueue(warnings, now)] : []),
  ]
  const [stillOurs, ...results] = await transact(db, statements)
  return {
    held: new Set((stillOurs?.results ?? []).map((row) => String(row.code))),
    alerts: results
      .flatMap((result) => result.results)
      .map((row) => ({ id: String(row.id), trace: String(row.trace) })),
    statements: statements.length,
  }
}

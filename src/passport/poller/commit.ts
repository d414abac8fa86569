import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/client.ts'
import { ringHash } from '../../platform/id.ts'
import type { Changes } from '../rules/diff.ts'
import { type Claim, releaseLease, stillHeld } from './claims.ts'

/** What a round found out about a province besides its slots. */
export interface Verdict {
  /** The reading was complete and is believed. */
  read: boolean
  /** Failed readings in a row from now on. */
  failures: number
  /** Why it was not complete or not believed; null: it was. */
  failure: string | null
  suspiciousSince: number | null
  /** When it is due again, epoch ms. */
  dueAt: number
}

const rowsOf = (values: readonly unknown[]) => sql`json_each(${JSON.stringify(values)})`

const writeOffices = (claim: Claim, changes: Changes, now: number): Statement => sql`
  INSERT INTO offices (id, province, code, name, address, city, bookable_from, first_date, listed, doubt_since,
    first_seen_at)
  SELECT value ->> 'id', ${claim.code}, value ->> 'code', value ->> 'name', value ->> 'address', value ->> 'city',
    value ->> 'bookableFrom', value ->> 'firstDate', value ->> 'listed', value ->> 'doubtSince', ${now}
  FROM ${rowsOf(changes.offices)} WHERE ${stillHeld(claim)}
  ON CONFLICT (id) DO UPDATE SET province = excluded.province, code = excluded.code, name = excluded.name,
    address = excluded.address, city = excluded.city, bookable_from = excluded.bookable_from,
    first_date = excluded.first_date, listed = excluded.listed, doubt_since = excluded.doubt_since`

const writeOpened = (claim: Claim, changes: Changes, now: number): Statement => sql`
  INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at, announced_at)
  SELECT value ->> 'officeId', value ->> 'date', value ->> 'time', value ->> 'places', ${now}, ${now},
    iif(value ->> 'announced', ${now}, NULL)
  FROM ${rowsOf(changes.opened)} WHERE ${stillHeld(claim)}
  ON CONFLICT (office_id, date, time) DO UPDATE SET places = excluded.places, opened_at = excluded.opened_at,
    gone_at = NULL, announced_at = excluded.announced_at`

const writeChanged = (claim: Claim, changes: Changes, now: number): Statement => sql`
  UPDATE slots SET places = change.value ->> 'places',
    announced_at = iif(change.value ->> 'announced', coalesce(announced_at, ${now}), NULL),
    gone_at = iif(change.value ->> 'gone', ${now}, NULL)
  FROM ${rowsOf(changes.changed)} change
  WHERE slots.id = change.value ->> 'id' AND ${stillHeld(claim)}`

const writeSteps = (claim: Claim, changes: Changes, now: number): Statement => sql`
  INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
  SELECT value ->> 'officeId', value ->> 'date', value ->> 'time', value ->> 'kind', value ->> 'places', ${now},
    ${claim.token}
  FROM ${rowsOf(changes.steps)} WHERE ${stillHeld(claim)}`

const writeAlerts = (claim: Claim, changes: Changes, now: number): Statement => {
  const rows = changes.alerts.map((alert) => {
    const id = `${alert.kind}:${alert.officeId}:${claim.token}`
    return { ...alert, id, pivot: ringHash(id), slots: JSON.stringify(alert.slots) }
  })
  return sql`
    INSERT INTO alerts (id, kind, province, office_id, slots, bookable_at, created_at, trace, pivot)
    SELECT value ->> 'id', value ->> 'kind', ${claim.code}, value ->> 'officeId', value ->> 'slots',
      value ->> 'bookableAt', ${now}, ${claim.token}, value ->> 'pivot'
    FROM ${rowsOf(rows)} WHERE ${stillHeld(claim)}
    ON CONFLICT (id) DO NOTHING
    RETURNING id`
}

/** Tells those who were told that the province cannot be read that it can be again. */
const writeSight = (claim: Claim, blindSince: number, now: number): Statement => {
  const id = `sight:${claim.code}:${blindSince}`
  return sql`
    INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
    SELECT ${id}, 'sight', ${claim.code}, '[]', ${now}, ${claim.token}, ${ringHash(id)} WHERE ${stillHeld(claim)}
    ON CONFLICT (id) DO NOTHING
    RETURNING id`
}

const writeProvince = (claim: Claim, verdict: Verdict, now: number): Statement => {
  const seen = verdict.read ? sql`, last_read_at = ${now}` : sql``
  const sight = verdict.read && claim.blindSince !== null ? sql`, blind_since = NULL` : sql``
  return sql`
    UPDATE provinces SET due_at = ${verdict.dueAt}, lease_until = 0, lease_token = NULL,
      failures = ${verdict.failures}, last_failure = ${verdict.failure},
      suspicious_since = ${verdict.suspiciousSince}${seen}${sight}
    WHERE code = ${claim.code} AND lease_token = ${claim.token} AND watched_since = ${claim.watchedSince}
    RETURNING code`
}

/** What a commit did: the alerts that it wrote, or nothing because the lease was lost. */
export type CommitResult = { held: true; alertIds: string[] } | { held: false }

/**
 * Writes what a round found in one province and lets the province go, all in one transaction: offices, slots, their
 * evolution, alerts. A round whose lease was lost (or whose province began to be watched anew) writes nothing.
 * A reading that changed nothing is one statement that writes one row.
 * @param changes null: nothing was read
 * @param warnings to be written with it; keyed, since they are written even when the lease was lost
 */
export async function commitReading(
  db: Database,
  claim: Claim,
  changes: Changes | null,
  verdict: Verdict,
  warnings: readonly Statement[],
  now: number,
): Promise<CommitResult> {
  const statements: Statement[] = []
  if (changes?.offices.length) statements.push(writeOffices(claim, changes, now))
  if (changes?.opened.length) statements.push(writeOpened(claim, changes, now))
  if (changes?.changed.length) statements.push(writeChanged(claim, changes, now))
  if (changes?.steps.length) statements.push(writeSteps(claim, changes, now))
  if (changes?.alerts.length) statements.push(writeAlerts(claim, changes, now))
  if (verdict.read && claim.blindSince !== null) statements.push(writeSight(claim, claim.blindSince, now))
  const results = await transact(db, [...statements, writeProvince(claim, verdict, now), ...warnings])
  const held = (results[statements.length]?.results.length ?? 0) > 0
  if (!held) {
    await transact(db, [releaseLease(claim)])
    return { held: false }
  }
  const returned = results.slice(0, statements.length).flatMap((result) => result.results)
  return { held: true, alertIds: returned.flatMap((row) => (row.id === undefined ? [] : [String(row.id)])) }
}

import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Row, type Statement, transact } from '../../db/client.ts'
import { SECOND } from '../../platform/time.ts'
import type { KnownOffice } from '../rules/known.ts'
import { gatherKnown, officesOf, openSlotsOf } from './known.ts'

/** How long a round holds a province without renewing its lease, ms: what a crash costs at most. */
export const LEASE = 60 * SECOND
/** How often a round renews the leases of what it still reads, ms. */
export const RENEW_EVERY = 15 * SECOND

/** A province that this round, and no other, may read and write. */
export interface Claim {
  code: string
  /** Names the round; also its trace. */
  token: string
  /** Start of the round, epoch ms. */
  startedAt: number
  /** Since when it is watched: when somebody began anew meanwhile, what this round knows is void. */
  watchedSince: number
  /** Failed readings in a row. */
  failures: number
  suspiciousSince: number | null
  /** Its followers were told that it cannot be read since this instant; null: it can. */
  blindSince: number | null
  /** Rounds that ever claimed it, this one included. */
  rounds: number
  /** What is known of it. */
  offices: KnownOffice[]
}

const instant = (value: unknown): number | null => (value === null ? null : Number(value))

/** True, in SQL, while somebody awake follows the province of the row at hand. */
export const isFollowed = sql`EXISTS (
  SELECT 1 FROM subscriptions WHERE subscriptions.province = provinces.code AND subscriptions.asleep = 0)`

/** Gives every followed province a row: one index seek a province, however many follow it. */
export const enrolFollowed = (now: number): Statement => sql`
  INSERT OR IGNORE INTO provinces (code, watched_since)
  WITH RECURSIVE followed(code) AS (
    SELECT min(province) FROM subscriptions WHERE asleep = 0
    UNION ALL
    SELECT (SELECT min(province) FROM subscriptions WHERE asleep = 0 AND province > followed.code)
    FROM followed WHERE followed.code IS NOT NULL
  )
  SELECT code, ${now} FROM followed WHERE code IS NOT NULL`

/**
 * Claims every followed province that is due and free, and reads what is known of them, in one transaction.
 * @param only just this province, if it is due
 */
export async function claimDue(db: Database, token: string, now: number, only?: string): Promise<Claim[]> {
  const which: SQL = only === undefined ? sql`` : sql`AND code = ${only}`
  const ours = sql`(SELECT code FROM provinces WHERE lease_token = ${token})`
  const [claimed, offices, openSlots] = await transact(db, [
    sql`UPDATE provinces
        SET lease_token = ${token}, lease_until = ${now + LEASE}, last_attempt_at = ${now}, rounds = rounds + 1
        WHERE due_at <= ${now} ${which} AND lease_until <= ${now} AND ${isFollowed}
        RETURNING code, watched_since, failures, suspicious_since, blind_since, rounds`,
    officesOf(ours),
    openSlotsOf(ours),
  ])
  const known = gatherKnown(offices?.results ?? [], openSlots?.results ?? [])
  return (claimed?.results ?? []).map((row: Row) => ({
    code: String(row.code),
    token,
    startedAt: now,
    watchedSince: Number(row.watched_since),
    failures: Number(row.failures),
    suspiciousSince: instant(row.suspicious_since),
    blindSince: instant(row.blind_since),
    rounds: Number(row.rounds),
    offices: known.get(String(row.code)) ?? [],
  }))
}

/** Prolongs the leases of the provinces that a round still works on. */
export const renewLeases = (token: string, codes: readonly string[], now: number): Statement => sql`
  UPDATE provinces SET lease_until = ${now + LEASE}
  WHERE code IN (SELECT value FROM json_each(${JSON.stringify(codes)})) AND lease_token = ${token}`

/** Lets a province go without a word about it; it is due when its row says so. */
export const releaseLease = (claim: Claim): Statement => sql`
  UPDATE provinces SET lease_until = 0, lease_token = NULL
  WHERE code = ${claim.code} AND lease_token = ${claim.token}`

/** True, in SQL, while the claim still holds: a statement without this must not write. */
export const stillHeld = (claim: Claim): SQL => sql`EXISTS (
  SELECT 1 FROM provinces held WHERE held.code = ${claim.code} AND held.lease_token = ${claim.token}
    AND held.watched_since = ${claim.watchedSince})`

/** When the next followed province can be claimed, epoch ms; null: nobody follows anything. */
export async function nextDueAt(db: Database): Promise<number | null> {
  const [next] = await transact(db, [
    sql`SELECT min(max(due_at, lease_until)) AS due FROM provinces WHERE ${isFollowed}`,
  ])
  return instant(next?.results[0]?.due ?? null)
}

/** The followed provinces in which some slot is known as open. */
export async function provincesWithOpenSlots(db: Database): Promise<Set<string>> {
  const [open] = await transact(db, [
    sql`SELECT code FROM provinces WHERE ${isFollowed} AND EXISTS (
          SELECT 1 FROM offices JOIN slots ON slots.office_id = offices.id
          WHERE offices.province = provinces.code AND slots.gone_at IS NULL)`,
  ])
  return new Set((open?.results ?? []).map((row: Row) => String(row.code)))
}

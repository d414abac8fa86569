import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Row, transact } from '../../db/database.ts'
import { SECOND } from '../../platform/time.ts'
import type { KnownOffice } from '../rules/known-office.ts'
import { gatherKnown, officesOf, openSlotsOf, vanishedSlotsOf } from './known-slots.ts'
import { isFollowed, patchReadings } from './readings.ts'

/** How long a lease on a province lasts unless renewed, ms: the longest delay after a crash. */
export const LEASE = 60 * SECOND

/** A province that this round, and no other, may read and write. */
export interface Claim {
  code: string
  /** Names the round; also its trace. */
  token: string
  /** Start of the round, epoch ms. */
  startedAt: number
  /** Since when it has followers. If this changes during the round, the round's result is void. */
  watchedSince: number
  /** Failed readings in a row. */
  failures: number
  suspiciousSince: number | null
  /** Its followers got an outage notice: it could not be read since this instant; null: it can. */
  outageSince: number | null
  /** Rounds that ever claimed it, this one included. */
  rounds: number
  /** What is known of it. */
  offices: KnownOffice[]
}

/** The result of looking for due provinces. */
export interface Look {
  /** Those that were due and free, longest due first. */
  claims: Claim[]
  /** When the next of the others can be claimed, epoch ms; null: no others. */
  nextDueAt: number | null
}

const instant = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value)

/**
 * Claims every followed province that is due and free, and reads what is known of them, in one transaction that writes
 * one row.
 * @param only just this province, if it is due
 */
export async function claimDue(db: Database, token: string, now: number, only?: string): Promise<Look> {
  const which: SQL = only === undefined ? sql`` : sql`AND code = ${only}`
  const ours = sql`(SELECT code FROM province_readings WHERE lease_token = ${token})`
  const [, followed, offices, openSlots, vanishedSlots] = await transact(db, [
    patchReadings(
      sql`SELECT code, json_object('leaseToken', ${token}, 'leaseUntil', ${now + LEASE}, 'lastAttemptAt', ${now},
            'rounds', rounds + 1) AS patch
          FROM province_readings
          WHERE due_at <= ${now} ${which} AND lease_until <= ${now} AND ${isFollowed('province_readings')}`,
      now,
    ),
    sql`SELECT code, lease_token = ${token} AS ours, watched_since, failures, suspicious_since, blind_since, rounds,
               max(due_at, lease_until) AS free_at
        FROM province_readings WHERE ${isFollowed('province_readings')} ORDER BY due_at, code`,
    officesOf(ours, now),
    openSlotsOf(ours),
    vanishedSlotsOf(ours, now),
  ])
  const known = gatherKnown(offices?.results ?? [], openSlots?.results ?? [], vanishedSlots?.results ?? [])
  const rows = followed?.results ?? []
  const others = rows.filter((row) => row.ours !== 1).map((row) => Number(row.free_at))
  return {
    nextDueAt: others.length > 0 ? Math.min(...others) : null,
    claims: rows
      .filter((row) => row.ours === 1)
      .map((row: Row) => ({
        code: String(row.code),
        token,
        startedAt: now,
        watchedSince: Number(row.watched_since),
        failures: Number(row.failures),
        suspiciousSince: instant(row.suspicious_since),
        outageSince: instant(row.blind_since),
        rounds: Number(row.rounds),
        offices: known.get(String(row.code)) ?? [],
      })),
  }
}

import { type SQL, sql } from 'drizzle-orm'
import { type Database, type Row, transact } from '../../db/database.ts'
import { count, maybeNumber, maybeText, rowReader, text } from '../../db/rows.ts'
import { SECOND } from '../../platform/time.ts'
import type { KnownOffice } from '../rules/known-office.ts'
import type { Witnesses } from '../rules/suspicion.ts'
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
  /** Why the last reading failed; null: it did not. */
  lastFailure: string | null
  /** Its followers got an outage notice: it could not be read since this instant; null: it can. */
  outageSince: number | null
  /** Rounds that ever claimed it, this one included. */
  rounds: number
  /** The last reading that found freed slots, epoch ms; null: none did. */
  foundAt: number | null
  /** Requests that a reading takes, on average; null: unknown. */
  cost: number | null
  /** Requests of the Rome day `spentOn`. */
  spentOn: string | null
  spent: number
  /** What the other followed provinces with open slots show. */
  witnesses: Witnesses
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

const readReading = rowReader({
  code: text,
  watchedSince: count,
  rounds: count,
  foundAt: maybeNumber,
  cost: maybeNumber,
  failures: count,
  lastFailure: maybeText,
  suspiciousSince: maybeNumber,
  outageSince: maybeNumber,
  spentOn: maybeText,
  spent: count,
})

/** The readings of the followed provinces other than the claimed one. */
function witnessesOf(claimed: Row, rows: readonly Row[]): Witnesses {
  const others = rows.filter((row) => row.code !== claimed.code && row.has_slots === 1)
  const since = Number(claimed.suspicious_since)
  const kept = others.filter(
    (row) =>
      claimed.suspicious_since !== null &&
      row.suspicious_since === null &&
      Number(row.last_attempt_at) > since &&
      Number(row.last_read_at) >= Number(row.last_attempt_at),
  )
  const emptied = others.filter((row) => row.suspicious_since !== null)
  const notified = emptied.some((row) => row.last_failure === 'suspicious')
  return { others: others.length, kept: kept.length, emptied: emptied.length, notified }
}

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
    sql`SELECT code, lease_token = ${token} AS ours, watched_since, failures, suspicious_since, blind_since AS outage_since, rounds,
               last_failure, found_at, cost, spent_on, spent, last_read_at, last_attempt_at, max(due_at, lease_until) AS free_at,
               EXISTS (SELECT 1 FROM offices CROSS JOIN slots ON office_id = offices.id AND gone_at IS NULL
                       WHERE offices.province = province_readings.code) AS has_slots
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
        ...readReading(row),
        token,
        startedAt: now,
        witnesses: witnessesOf(row, rows),
        offices: known.get(String(row.code)) ?? [],
      })),
  }
}

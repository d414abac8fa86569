import { asc, getTableColumns, gt, sql } from 'drizzle-orm'
import type { ExportedRows } from '../student-types.ts'
import { actions, bookings, confirmations, history, occurrences, weekly } from './schema.ts'
import type { StudentContext } from './student-context.ts'

/** Rows of one page: far below what a call of an object may return. */
const PAGE = 500

/** What is exported of the object as it is kept. Secrets are elsewhere, as are timers and other means of the work. */
const EXPORTED = { actions, bookings, weekly, occurrences, confirmations, history }

const rowid = sql<number>`rowid`

/** A page of a table's rows, oldest first. @param after where the page before ended; 0: from the beginning */
export function exportRows(ctx: StudentContext, name: string, after: number): ExportedRows | null {
  const table = Object.hasOwn(EXPORTED, name) ? EXPORTED[name as keyof typeof EXPORTED] : undefined
  if (!table) return null
  const found = ctx.db
    .select({ rowid, ...getTableColumns(table) } as { rowid: typeof rowid })
    .from(table)
    .where(gt(rowid, Math.max(0, Math.trunc(after) || 0)))
    .orderBy(asc(rowid))
    .limit(PAGE)
    .all()
  const rows = found.map(({ rowid: _, ...row }) => row)
  return { rows, next: found.length < PAGE ? null : (found.at(-1)?.rowid ?? null) }
}

import { sql } from 'drizzle-orm'
import { transact } from '../../db/database.ts'
import type { SiteFailure } from '../site/site-model.ts'
import { clearValue, readValue, setTimerBy, type UnparsedPage, writeValue } from './object-store.ts'
import type { StudentContext } from './student-context.ts'

/** Longest description of a page in the operators' message. */
const MAX_DETAIL = 300

/** Records that a page of the site did not parse, for the operators. */
export function reportUnparsed(ctx: StudentContext, step: string, failure: SiteFailure): void {
  const now = ctx.clock.now()
  const detail = failure.detail.slice(0, MAX_DETAIL)
  writeValue(ctx, 'markup', { ...readValue(ctx, 'markup'), [step]: { detail, surprisedAt: now } })
  setTimerBy(ctx, 'markup', now)
}

/** Records that a step's page parses again, when it did not before. */
export function reportParsed(ctx: StudentContext, step: string): void {
  const known = readValue(ctx, 'markup')
  const page = known?.[step]
  if (!page || page.understoodAt !== undefined) return
  const now = ctx.clock.now()
  writeValue(ctx, 'markup', { ...known, [step]: { ...page, understoodAt: now } })
  setTimerBy(ctx, 'markup', now)
}

/**
 * Writes this student's unparsed pages, and those that parse again, to D1. Operators are notified from there, once for
 * all students.
 * @throws when D1 is down: to be tried again
 */
export async function saveSiteIncidents(ctx: StudentContext): Promise<void> {
  const known = readValue(ctx, 'markup') ?? {}
  // Versions before 0.3.0 wrote whose page it was; a null in a JSON merge patch takes that out.
  const report = Object.fromEntries(
    Object.entries(known).map(([step, one]) => [step, { ...one, userId: null }]),
  )
  const now = ctx.clock.now()
  await transact(ctx.d1, [
    sql`INSERT INTO state (name, value, at) VALUES ('sport-markup', json_patch('{}', ${JSON.stringify(report)}), ${now})
        ON CONFLICT (name) DO UPDATE SET value = json_patch(value, ${JSON.stringify(report)}), at = excluded.at`,
  ])
  const isOpen = ([step, one]: [string, UnparsedPage]) =>
    one.understoodAt === undefined || one.understoodAt !== known[step]?.understoodAt
  const open = Object.entries(readValue(ctx, 'markup') ?? {}).filter(isOpen)
  if (open.length > 0) writeValue(ctx, 'markup', Object.fromEntries(open))
  else clearValue(ctx, 'markup')
}

import { asc, lt, sql } from 'drizzle-orm'
import { transact } from '../../db/client.ts'
import { HOUR } from '../../platform/time.ts'
import type { SiteFailure } from '../site/site-model.ts'
import type { Desk } from './desk.ts'
import { clearFact, readFact, type Surprise, writeFact } from './facts.ts'
import { evidence } from './schema.ts'
import { setTimerBy } from './timers.ts'
import type { EvidenceView } from './views.ts'

const KEPT = HOUR
/** A row of the object holds 2 MB. */
const MAX_HTML = 200_000
/** Of what was seen, for the operators' message. */
const MAX_DETAIL = 300
const MAX_SCREENSHOT = 1_500_000

/** Keeps what a surprising page looked like for an hour, and lets the operators know. */
export function markupSurprised(desk: Desk, step: string, failure: SiteFailure): void {
  const now = desk.clock.now()
  const detail = failure.detail.slice(0, MAX_DETAIL)
  if (failure.evidence) {
    const { screenshot = '' } = failure.evidence
    desk.db
      .insert(evidence)
      .values({
        at: now,
        step,
        detail: failure.detail,
        html: failure.evidence.html.slice(0, MAX_HTML),
        screenshot: screenshot && screenshot.length <= MAX_SCREENSHOT ? screenshot : null,
      })
      .run()
    setTimerBy(desk, 'tidy', now + KEPT)
  }
  writeFact(desk, 'markup', { ...readFact(desk, 'markup'), [step]: { detail, surprisedAt: now } })
  setTimerBy(desk, 'markup', now)
}

/** A step works: if its markup had surprised us, the operators will know. */
export function markupUnderstood(desk: Desk, step: string): void {
  const known = readFact(desk, 'markup')
  const surprise = known?.[step]
  if (!surprise || surprise.understoodAt !== undefined) return
  const now = desk.clock.now()
  writeFact(desk, 'markup', { ...known, [step]: { ...surprise, understoodAt: now } })
  setTimerBy(desk, 'markup', now)
}

/**
 * Writes into D1 what surprised this student's runs and what did so no longer: operators are told from there, once for
 * all students.
 * @throws when D1 is down: to be tried again
 */
export async function reportMarkup(desk: Desk): Promise<void> {
  const known = readFact(desk, 'markup') ?? {}
  const { userId } = desk
  const report = Object.fromEntries(Object.entries(known).map(([step, one]) => [step, { ...one, userId }]))
  const now = desk.clock.now()
  await transact(desk.d1, [
    sql`INSERT INTO state (name, value, at) VALUES ('sport-markup', ${JSON.stringify(report)}, ${now})
        ON CONFLICT (name) DO UPDATE SET value = json_patch(value, excluded.value), at = excluded.at`,
  ])
  const isOpen = ([step, one]: [string, Surprise]) =>
    one.understoodAt === undefined || one.understoodAt !== known[step]?.understoodAt
  const open = Object.entries(readFact(desk, 'markup') ?? {}).filter(isOpen)
  if (open.length > 0) writeFact(desk, 'markup', Object.fromEntries(open))
  else clearFact(desk, 'markup')
}

/** What is kept of surprising pages, oldest first. */
export const evidenceKept = (desk: Desk): EvidenceView[] =>
  desk.db.select().from(evidence).orderBy(asc(evidence.id)).all()

/** Erases what is older than an hour, and comes back for the rest. */
export function forgetOldEvidence(desk: Desk): void {
  desk.db
    .delete(evidence)
    .where(lt(evidence.at, desk.clock.now() - KEPT + 1))
    .run()
  const oldest = desk.db.select().from(evidence).orderBy(asc(evidence.at)).limit(1).get()
  if (oldest) setTimerBy(desk, 'tidy', oldest.at + KEPT)
}

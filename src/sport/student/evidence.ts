import { asc, lt } from 'drizzle-orm'
import { HOUR, romeDate } from '../../platform/time.ts'
import type { SiteFailure } from '../site/model.ts'
import type { EvidenceView } from './api.ts'
import type { Desk } from './desk.ts'
import { readFact, writeFact } from './facts.ts'
import { tell } from './notices.ts'
import { evidence } from './schema.ts'
import { setTimerBy } from './timers.ts'

const KEPT = HOUR
/** A row of the object holds 2 MB. */
const MAX_HTML = 200_000
const MAX_SCREENSHOT = 1_500_000

/** Keeps what a surprising page looked like for an hour, and tells the admins: once a day and step, whoever met it. */
export function markupSurprised(desk: Desk, step: string, failure: SiteFailure): void {
  const now = desk.clock.now()
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
  const known = readFact(desk, 'markup') ?? {}
  if (known[step] === undefined) writeFact(desk, 'markup', { ...known, [step]: now })
  for (const admin of desk.admins) {
    const notice = { what: 'markup', step, detail: failure.detail } as const
    tell(desk, `sport:markup:${step}:${romeDate(now)}`, notice, admin)
  }
}

/** A step works: if its markup had surprised us, the admins are told that it is over. */
export function markupUnderstood(desk: Desk, step: string): void {
  const known = readFact(desk, 'markup')
  if (known?.[step] === undefined) return
  const { [step]: _, ...rest } = known
  writeFact(desk, 'markup', rest)
  for (const admin of desk.admins)
    tell(
      desk,
      `sport:markup-clear:${step}:${romeDate(desk.clock.now())}`,
      { what: 'markup-clear', step },
      admin,
    )
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

import { eq, sql } from 'drizzle-orm'
import { SECOND } from '../../platform/time.ts'
import { inOpeningBlackout } from '../opening.ts'
import type { SiteFailure, SiteResult, SiteSession } from '../site/site-model.ts'
import type { ActionReason, ActionStage, DryRunView } from '../student-types.ts'
import {
  type ActionPatch,
  type ActionRow,
  canWait,
  getAction,
  openingsAhead,
  patchAction,
  showProgress,
  withdrawable,
} from './actions.ts'
import { forgetSession, storeSession } from './linked-account.ts'
import { prepared } from './prepared.ts'
import { lock } from './schema.ts'
import { reportParsed, reportUnparsed } from './site-incidents.ts'
import type { StudentContext } from './student-context.ts'

/** Each stage of this many attempts is shown; later ones only when something changes. */
export const SHOWN_ATTEMPTS = 5

/** Longer than the longest single step (a login in the browser). */
const LEASE = 180 * SECOND

const heldLock = prepared((db) => db.select().from(lock).where(eq(lock.id, 1)).prepare())
const lockUpsert = prepared((db) =>
  db
    .insert(lock)
    .values({ id: 1, owner: sql.placeholder('owner'), until: sql.placeholder('until') })
    .onConflictDoUpdate({ target: lock.id, set: { owner: sql`excluded.owner`, until: sql`excluded.until` } })
    .prepare(),
)

/**
 * Takes the lock on the site. A lock of an earlier instance of this object (`instance` differs) is taken over at once:
 * only one instance exists at a time, so nothing runs under that lock any more.
 * @param owner `instance/run`
 * @returns false while another task of this instance holds it
 */
export function takeLock(ctx: StudentContext, owner: string): boolean {
  const now = ctx.clock.now()
  const held = heldLock(ctx).get()
  const alive = held && held.until > now && held.owner.split('/')[0] === owner.split('/')[0]
  if (alive && held.owner !== owner) return false
  lockUpsert(ctx).run({ owner, until: now + LEASE })
  return true
}

/** True while the owner still has the lock; extends it. */
export function keepLock(ctx: StudentContext, owner: string): boolean {
  const held = heldLock(ctx).get()
  return held?.owner === owner && takeLock(ctx, owner)
}

export function releaseLock(ctx: StudentContext, owner: string): void {
  const held = heldLock(ctx).get()
  if (held?.owner === owner) ctx.db.delete(lock).where(eq(lock.id, 1)).run()
}

/**
 * Thrown when the action was cancelled or taken over during a call to the site. The run ends without reporting.
 */
export class Superseded extends Error {
  override name = 'Superseded'
}

/** How long work that can wait stands aside before it looks whether the opening blackout is over. */
export const BLACKOUT_PAUSE = 30 * SECOND

/**
 * Thrown instead of a call to the site when an opening is near and the work can wait: a slow site would hold it up until
 * the race. It begins again after the opening.
 */
export class StoodAside extends Error {
  override name = 'StoodAside'
}

const openingIsNear = (ctx: StudentContext): boolean => inOpeningBlackout(openingsAhead(ctx), ctx.clock.now())

/** Exclusive work with the site: only one task of a student runs at a time. */
export interface Task {
  ctx: StudentContext
  /**
   * Makes one call to the site, then checks that the task still holds the lock: other calls may have cancelled it.
   * @param step what is done, for the operator (a closed set of words)
   * @throws Superseded, StoodAside
   */
  outside<Value>(step: Step, call: () => Promise<SiteResult<Value>>): Promise<SiteResult<Value>>
  /** The same with the open session. When the site renews the session, the new one is stored and used from then on. */
  inside<Value>(
    step: Step,
    call: (session: SiteSession) => Promise<SiteResult<Value>>,
  ): Promise<SiteResult<Value>>
  /**
   * Checks that the task may go on, after something else than a call to the site was waited for: before it writes.
   * @throws Superseded
   */
  holds(): void
  /** Opens a session for `inside`. */
  use(session: SiteSession): void
  /** Records the stage that the student sees. */
  stage(stage: ActionStage): void
}

export type Step = 'login' | 'activities' | 'schedule' | 'book' | 'book-in-page' | 'list' | 'cancel'

/** A run of one action. */
export interface ActionRun extends Task {
  /** The action as last written. */
  row(): ActionRow
  patch(patch: ActionPatch): void
  /** The previous run of this action crashed: read from the site what it did. */
  recovered: boolean
}

/** How a run of an action ends. */
export type Outcome =
  | { end: 'completed'; bookingId?: number; dryRun?: DryRunView }
  | { end: 'failed'; reason: ActionReason; message?: string | undefined }
  | { end: 'cancelled'; reason: 'withdrawn' | 'weekly-off' | 'not-linked' }
  | Later

/** The action goes on later. */
export interface Later {
  end: 'later'
  /** Epoch ms; null: when something resumes it. */
  at: number | null
  stage: ActionStage
  /** Why it has to wait, when something went wrong. */
  reason?: ActionReason
  message?: string | undefined
  patch?: ActionPatch
}

/**
 * The calls to the site of one task.
 * @param holds throws Superseded when the task may not go on
 * @param standsAside whether it waits until the opening is over
 */
function callsOf(
  ctx: StudentContext,
  holds: () => void,
  standsAside: () => boolean,
): Pick<Task, 'outside' | 'inside' | 'use' | 'holds'> {
  let current: SiteSession | null = null
  const outside: Task['outside'] = async (step, call) => {
    holds()
    if (standsAside()) throw new StoodAside()
    const result = await call()
    holds()
    if (result.ok) reportParsed(ctx, step)
    else if (['markup-changed', 'login-elsewhere'].includes(result.failure.reason))
      reportUnparsed(ctx, step, result.failure)
    return result
  }
  return {
    outside,
    holds,
    use(session) {
      current = session
    },
    async inside(step, call) {
      const session = current
      if (!session) throw new Error(`${step} needs a session`)
      const result = await outside(step, () => call(session))
      if (!result.ok && result.failure.reason === 'session-expired') forgetSession(ctx)
      if (result.ok && result.renewed) {
        current = result.renewed
        await storeSession(ctx, result.renewed, holds)
      }
      return result
    },
  }
}

/** A task without an action (a precheck, the hourly list). */
export function task(ctx: StudentContext, owner: string): Task {
  const holds = () => {
    if (!keepLock(ctx, owner)) throw new Superseded()
  }
  return { ctx, stage: () => undefined, ...callsOf(ctx, holds, () => openingIsNear(ctx)) }
}

/** A task that is in `processing` under `owner`. */
export function actionRun(ctx: StudentContext, id: number, owner: string, recovered: boolean): ActionRun {
  const row = (): ActionRow => {
    const now = getAction(ctx, id)
    if (now?.status !== 'processing' || now.worker !== owner || !keepLock(ctx, owner)) throw new Superseded()
    return now
  }
  // What was sent is followed to its end: the list says what became of it.
  const standsAside = () => {
    const now = row()
    return withdrawable(now) && canWait(now, ctx.clock.now()) && openingIsNear(ctx)
  }
  return {
    ctx,
    recovered,
    row,
    ...callsOf(ctx, row, standsAside),
    patch(patch) {
      row()
      patchAction(ctx, id, patch)
    },
    stage(stage) {
      const now = row()
      if (now.stage === stage) return
      const changed = patchAction(ctx, id, { stage })
      const routine = now.watching || now.attempts > SHOWN_ATTEMPTS
      if (!routine || stage === 'verifying') showProgress(ctx, changed)
    },
  }
}

/** The reason of a site failure and the site's own words, for an outcome. */
export const reasonOf = (failure: SiteFailure) => ({ reason: failure.reason, message: failure.message })

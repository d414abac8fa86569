import type { SiteFailure, SiteResult, SiteSession } from '../site/site-model.ts'
import type { ActionPatch, ActionRow } from './actions.ts'
import { getAction, patchAction, showProgress } from './actions.ts'
import type { Desk } from './desk.ts'
import { markupSurprised, markupUnderstood } from './evidence.ts'
import { keepLock } from './lock.ts'
import { forgetSession, storeSession } from './session-store.ts'
import type { ActionReason, ActionStage, DryRunView } from './views.ts'

/** The run lost its action (withdrawn, unlinked, taken over) while it was outside: it stops without a word. */
export class Superseded extends Error {
  override name = 'Superseded'
}

/** A stretch of work with the site, under the lock. */
export interface Errand {
  desk: Desk
  /**
   * Makes one call to the site. Afterwards the object is looked at again: other calls came in meanwhile.
   * @param step what is done, for the operator (a closed set of words)
   * @throws Superseded
   */
  outside<Value>(step: Step, call: () => Promise<SiteResult<Value>>): Promise<SiteResult<Value>>
  /** The same with the session that is open. When the site renews it, the new one is kept and used from then on. */
  inside<Value>(
    step: Step,
    call: (session: SiteSession) => Promise<SiteResult<Value>>,
  ): Promise<SiteResult<Value>>
  /** Opens a session for `inside`. */
  use(session: SiteSession): void
  /** Says how far it has come. */
  stage(stage: ActionStage): void
}

export type Step = 'login' | 'activities' | 'schedule' | 'book' | 'book-in-page' | 'list' | 'cancel'

/** Work on one action. */
export interface Work extends Errand {
  /** The action as last written. */
  row(): ActionRow
  patch(patch: ActionPatch): void
  /** The last run of this action ended in the middle: what it did is to be found out at the site. */
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

/** The calls to the site of one run. @param holds throws Superseded when the run lost its right to go on */
function callsOf(desk: Desk, holds: () => void): Pick<Errand, 'outside' | 'inside' | 'use'> {
  let current: SiteSession | null = null
  const outside: Errand['outside'] = async (step, call) => {
    holds()
    const result = await call()
    if (result.ok) markupUnderstood(desk, step)
    else if (result.failure.reason === 'markup-changed') markupSurprised(desk, step, result.failure)
    holds()
    return result
  }
  return {
    outside,
    use(session) {
      current = session
    },
    async inside(step, call) {
      const session = current
      if (!session) throw new Error(`${step} needs a session`)
      const result = await outside(step, () => call(session))
      if (!result.ok && result.failure.reason === 'session-expired') forgetSession(desk)
      if (result.ok && result.renewed) {
        current = result.renewed
        await storeSession(desk, result.renewed)
        holds()
      }
      return result
    },
  }
}

/** Work that belongs to no action (a precheck, the hourly list). */
export function errand(desk: Desk, owner: string): Errand {
  const holds = () => {
    if (!keepLock(desk, owner)) throw new Superseded()
  }
  return { desk, stage: () => undefined, ...callsOf(desk, holds) }
}

/** Work on an action that is in `processing` under `owner`. */
export function workOn(desk: Desk, id: number, owner: string, recovered: boolean): Work {
  const row = (): ActionRow => {
    const now = getAction(desk, id)
    if (now?.status !== 'processing' || now.worker !== owner || !keepLock(desk, owner)) throw new Superseded()
    return now
  }
  return {
    desk,
    recovered,
    row,
    ...callsOf(desk, row),
    patch(patch) {
      row()
      patchAction(desk, id, patch)
    },
    stage(stage) {
      const now = row()
      if (now.stage === stage) return
      const changed = patchAction(desk, id, { stage })
      if (!(now.watching && stage !== 'verifying')) showProgress(desk, changed)
    },
  }
}

/** A site failure as an outcome's reason and the site's own words. */
export const because = (failure: SiteFailure) => ({ reason: failure.reason, message: failure.message })

import { eq } from 'drizzle-orm'
import { MINUTE, SECOND } from '../../platform/time.ts'
import { countsAsFailed, giveBackLogin, takeLogin } from '../login-limits.ts'
import { ruleOf } from '../reasons.ts'
import type { Credentials, SiteBooking, SiteFailure, SiteResult, SiteSession } from '../site/site-model.ts'
import type { ActionReason, ActionStage, DryRunView } from '../student-types.ts'
import { type ActionPatch, type ActionRow, getAction, patchAction, showProgress } from './actions.ts'
import {
  blockAccount,
  forgetSession,
  readAccount,
  sessionSeen,
  storedSession,
  storeSession,
  usableCredentials,
} from './linked-account.ts'
import { clearValue, readValue, writeValue } from './object-store.ts'
import { lock } from './schema.ts'
import { reportParsed, reportUnparsed } from './site-incidents.ts'
import type { StudentContext } from './student-context.ts'

/** Each stage of this many attempts is shown; later ones only when something changes. */
export const SHOWN_ATTEMPTS = 5

/** Longer than the longest single step (a login in the browser). */
const LEASE = 180 * SECOND

/**
 * Takes the lock on the site. A lock of an earlier instance of this object (`instance` differs) is taken over at once:
 * only one instance exists at a time, so nothing runs under that lock any more.
 * @param owner `instance/run`
 * @returns false while another task of this instance holds it
 */
export function takeLock(ctx: StudentContext, owner: string): boolean {
  const now = ctx.clock.now()
  const held = ctx.db.select().from(lock).where(eq(lock.id, 1)).get()
  const alive = held && held.until > now && held.owner.split('/')[0] === owner.split('/')[0]
  if (alive && held.owner !== owner) return false
  const row = { id: 1, owner, until: now + LEASE }
  ctx.db.insert(lock).values(row).onConflictDoUpdate({ target: lock.id, set: row }).run()
  return true
}

/** True while the owner still has the lock; extends it. */
export function keepLock(ctx: StudentContext, owner: string): boolean {
  const held = ctx.db.select().from(lock).where(eq(lock.id, 1)).get()
  return held?.owner === owner && takeLock(ctx, owner)
}

export function releaseLock(ctx: StudentContext, owner: string): void {
  const held = ctx.db.select().from(lock).where(eq(lock.id, 1)).get()
  if (held?.owner === owner) ctx.db.delete(lock).where(eq(lock.id, 1)).run()
}

/**
 * Thrown when the action was cancelled or taken over during a call to the site. The run ends without reporting.
 */
export class Superseded extends Error {
  override name = 'Superseded'
}

/** Exclusive work with the site: only one task of a student runs at a time. */
export interface Task {
  ctx: StudentContext
  /**
   * Makes one call to the site, then checks that the task still holds the lock: other calls may have cancelled it.
   * @param step what is done, for the operator (a closed set of words)
   * @throws Superseded
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

/** The calls to the site of one task. @param holds throws Superseded when the task may not go on */
function callsOf(ctx: StudentContext, holds: () => void): Pick<Task, 'outside' | 'inside' | 'use' | 'holds'> {
  let current: SiteSession | null = null
  const outside: Task['outside'] = async (step, call) => {
    holds()
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
  return { ctx, stage: () => undefined, ...callsOf(ctx, holds) }
}

/** A task that is in `processing` under `owner`. */
export function actionRun(ctx: StudentContext, id: number, owner: string, recovered: boolean): ActionRun {
  const row = (): ActionRow => {
    const now = getAction(ctx, id)
    if (now?.status !== 'processing' || now.worker !== owner || !keepLock(ctx, owner)) throw new Superseded()
    return now
  }
  return {
    ctx,
    recovered,
    row,
    ...callsOf(ctx, row),
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

/** A session that worked this recently is not checked again, so that the race does not wait. */
const FRESH = 3 * MINUTE
/** After so many refused codes in a row the key must be wrong: the account is blocked before the site locks it. */
const MAX_REFUSED_CODES = 3

/** Why there is no session. `failure`: the site's. */
export type NoSession =
  | { ok: false; why: 'failure'; failure: SiteFailure }
  | { ok: false; why: 'not-linked' | 'session-needed' }

export interface OpenSession {
  ok: true
  renewed: boolean
  /** The list of bookings, if it was read to check the session. */
  bookings: SiteBooking[] | null
}

export type OpenedSession = OpenSession | NoSession

/** Identifies a key of one-time passwords: the first 32 bits of its hash. */
async function markOf(otpauth: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(otpauth))
  return Array.from(new Uint8Array(hash, 0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** One login with these credentials, never with a one-time password of their key that may have been used. */
export async function logIn(task: Task, credentials: Credentials): Promise<SiteResult<SiteSession>> {
  const { ctx } = task
  const key = await markOf(credentials.otpauth)
  const used = readValue(ctx, 'otp-used')
  task.stage('login')
  return task.outside('login', () =>
    ctx.site.login(credentials, {
      lastOtpPeriod: used?.key === key ? used.period : undefined,
      usingOtp: (period) => {
        task.holds()
        writeValue(ctx, 'otp-used', { key, period })
      },
    }),
  )
}

const limited: SiteFailure = {
  reason: 'login-limited',
  detail: 'too many logins failed, or were asked for today',
}

/**
 * One login with credentials that never worked here, as far as the limits allow. Failures without fault of the
 * credentials do not count.
 */
export async function tryCredentials(task: Task, credentials: Credentials): Promise<SiteResult<SiteSession>> {
  const { ctx } = task
  const attempt = { userId: ctx.userId, username: credentials.username }
  if (!(await takeLogin(ctx.d1, ctx.keys, attempt, ctx.clock.now()))) return { ok: false, failure: limited }
  const result = await logIn(task, credentials)
  if (result.ok || !countsAsFailed(result.failure.reason))
    await giveBackLogin(ctx.d1, ctx.keys, attempt, ctx.clock.now())
  return result
}

/** The list of bookings, with the session in use. A list just read by `openSession` is not read again. */
export async function readBookings(task: Task, opened?: OpenSession): Promise<SiteResult<SiteBooking[]>> {
  if (opened?.bookings) return { ok: true, value: opened.bookings }
  return task.inside('list', (session) => task.ctx.site.bookings(session))
}

/**
 * Opens a session for `inside`: the stored one, or, when it has expired and there are credentials, a new one from a
 * login. Credentials that the site refused are blocked, unless a new code may help. `browser: false`: only the stored
 * session will do. `asked`: nothing is being booked, so that a new login counts against the day's browsers.
 */
export async function openSession(
  task: Task,
  { browser = true, asked = false }: { browser?: boolean; asked?: boolean } = {},
): Promise<OpenedSession> {
  const { ctx } = task
  const row = readAccount(ctx)
  if (!row) return { ok: false, why: 'not-linked' }
  const stored = await storedSession(ctx)
  if (stored) {
    task.use(stored.session)
    if (ctx.clock.now() - stored.seenAt < FRESH) return { ok: true, renewed: false, bookings: null }
    const checked = await readBookings(task)
    if (checked.ok) {
      sessionSeen(ctx)
      return { ok: true, renewed: false, bookings: checked.value }
    }
    if (checked.failure.reason !== 'session-expired')
      return { ok: false, why: 'failure', failure: checked.failure }
  }
  const credentials = await usableCredentials(ctx)
  if (!credentials) {
    const { blockedBy } = row
    if (!blockedBy) return { ok: false, why: 'session-needed' }
    return { ok: false, why: 'failure', failure: { reason: blockedBy, detail: 'the account is blocked' } }
  }
  if (!browser) return { ok: false, why: 'session-needed' }
  if (asked && !(await takeLogin(ctx.d1, ctx.keys, { userId: ctx.userId }, ctx.clock.now())))
    return { ok: false, why: 'failure', failure: limited }
  const result = await logIn(task, credentials)
  if (result.ok) {
    await storeSession(ctx, result.value, task.holds)
    clearValue(ctx, 'otp-refusals')
    task.use(result.value)
    return { ok: true, renewed: true, bookings: null }
  }
  const { reason } = result.failure
  const refused = reason === 'otp-refused' ? (readValue(ctx, 'otp-refusals') ?? 0) + 1 : 0
  writeValue(ctx, 'otp-refusals', refused)
  const final = refused >= MAX_REFUSED_CODES || ruleOf(reason).delays.length === 0
  if (ruleOf(reason).blocksAccount && final) blockAccount(ctx, reason)
  return { ok: false, why: 'failure', failure: result.failure }
}

import { MINUTE } from '../../platform/time.ts'
import { countsAsFailed, refundLogin, takeLogin } from '../login-limits.ts'
import { parseOtpKey } from '../otp.ts'
import { ruleOf } from '../reasons.ts'
import type { Credentials, SiteBooking, SiteFailure, SiteResult, SiteSession } from '../site/site-model.ts'
import {
  blockAccount,
  readAccount,
  sessionSeen,
  storedSession,
  storeSession,
  usableCredentials,
} from './linked-account.ts'
import { clearValue, readValue, writeValue } from './object-store.ts'
import { StoodAside, type Task } from './site-task.ts'

/** A session that worked this recently is not checked again, so that the race does not wait. */
const FRESH = 3 * MINUTE
/** Of so many keys besides the last one is the last code remembered: new credentials may be tried between two logins. */
const OTHER_KEYS = 4
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

/** Identifies a key of one-time passwords, however it is written: the first 32 bits of its hash. */
async function markOf(otpauth: string): Promise<string> {
  const parsed = parseOtpKey(otpauth)
  const { secret, algorithm, digits, period } = parsed.ok ? parsed.key.totp : {}
  const text = secret ? [secret.base32, algorithm, digits, period].join() : otpauth
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(hash, 0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** One login with these credentials, never with a one-time password of their key that may have been used. */
export async function logIn(task: Task, credentials: Credentials): Promise<SiteResult<SiteSession>> {
  const { ctx } = task
  const key = await markOf(credentials.otpauth)
  const known = readValue(ctx, 'otp-used')
  const used = known ? [known, ...(known.others ?? [])] : []
  const others = used.filter((one) => one.key !== key).map((one) => ({ key: one.key, period: one.period }))
  task.stage('login')
  return task.outside('login', () =>
    ctx.site.login(credentials, {
      lastOtpPeriod: used.find((one) => one.key === key)?.period,
      usingOtp: (period) => {
        task.holds()
        writeValue(ctx, 'otp-used', { key, period, others: others.slice(0, OTHER_KEYS) })
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
  const refund = () => refundLogin(ctx.d1, ctx.keys, attempt, ctx.clock.now())
  try {
    const result = await logIn(task, credentials)
    if (result.ok || !countsAsFailed(result.failure.reason)) await refund()
    return result
  } catch (error) {
    if (error instanceof StoodAside) await refund()
    throw error
  }
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
  if (reason === 'otp-refused') {
    // Only a login that works ends the count: the single sign-on goes on counting while its site is down.
    const refused = (readValue(ctx, 'otp-refusals') ?? 0) + 1
    writeValue(ctx, 'otp-refusals', refused)
    if (refused >= MAX_REFUSED_CODES) blockAccount(ctx, reason)
  } else if (ruleOf(reason).blocksAccount) blockAccount(ctx, reason)
  return { ok: false, why: 'failure', failure: result.failure }
}

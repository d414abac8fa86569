import { MINUTE } from '../../platform/time.ts'
import { ruleOf } from '../reasons.ts'
import type { Credentials, SiteBooking, SiteFailure, SiteResult, SiteSession } from '../site/site-model.ts'
import { clearFact, readFact, writeFact } from './facts.ts'
import {
  blockAccount,
  readAccount,
  sessionSeen,
  storedSession,
  storeSession,
  usableCredentials,
} from './session-store.ts'
import type { Errand } from './work.ts'

/** A session that worked this recently is not checked again: the race does not wait for it. */
const FRESH = 3 * MINUTE
/** After so many refused codes in a row the key must be wrong: the account is set aside before the site locks it. */
const MAX_REFUSED_CODES = 3

/** Why there is no session. `failure`: the site's. */
export type NoSession =
  | { ok: false; why: 'failure'; failure: SiteFailure }
  | { ok: false; why: 'not-linked' | 'session-needed' }

export interface OpenSession {
  ok: true
  renewed: boolean
  /** The list of bookings, when reading it was the proof that the session lives. */
  bookings: SiteBooking[] | null
}

export type OpenedSession = OpenSession | NoSession

/** One login with these credentials, never with a one-time password that may have been used. */
export async function logIn(errand: Errand, credentials: Credentials): Promise<SiteResult<SiteSession>> {
  const { desk } = errand
  errand.stage('login')
  return errand.outside('login', () =>
    desk.site.login(credentials, {
      lastOtpPeriod: readFact(desk, 'otp-period'),
      usingOtp: (period) => writeFact(desk, 'otp-period', period),
    }),
  )
}

/** The list of bookings, by the session in use; what opening that has just read is not asked for again. */
export async function readBookings(errand: Errand, opened?: OpenSession): Promise<SiteResult<SiteBooking[]>> {
  if (opened?.bookings) return { ok: true, value: opened.bookings }
  return errand.inside('list', (session) => errand.desk.site.bookings(session))
}

/**
 * Opens a session for `inside`: the stored one, or a new one by the browser when that is dead and there are credentials.
 * Credentials that the site refused are set aside, when no new code may help.
 * @param browser false: only the stored session will do
 */
export async function openSession(errand: Errand, browser = true): Promise<OpenedSession> {
  const { desk } = errand
  const row = readAccount(desk)
  if (!row) return { ok: false, why: 'not-linked' }
  const stored = await storedSession(desk)
  if (stored) {
    errand.use(stored.session)
    if (desk.clock.now() - stored.seenAt < FRESH) return { ok: true, renewed: false, bookings: null }
    const checked = await readBookings(errand)
    if (checked.ok) {
      sessionSeen(desk)
      return { ok: true, renewed: false, bookings: checked.value }
    }
    if (checked.failure.reason !== 'session-expired')
      return { ok: false, why: 'failure', failure: checked.failure }
  }
  const credentials = await usableCredentials(desk)
  if (!credentials) {
    const { blockedBy } = row
    if (!blockedBy) return { ok: false, why: 'session-needed' }
    return { ok: false, why: 'failure', failure: { reason: blockedBy, detail: 'the account is blocked' } }
  }
  if (!browser) return { ok: false, why: 'session-needed' }
  const result = await logIn(errand, credentials)
  if (result.ok) {
    await storeSession(desk, result.value)
    clearFact(desk, 'otp-refusals')
    errand.use(result.value)
    return { ok: true, renewed: true, bookings: null }
  }
  const { reason } = result.failure
  const refused = reason === 'otp-refused' ? (readFact(desk, 'otp-refusals') ?? 0) + 1 : 0
  writeFact(desk, 'otp-refusals', refused)
  const final = refused >= MAX_REFUSED_CODES || ruleOf(reason).delays.length === 0
  if (ruleOf(reason).blocksAccount && final) blockAccount(desk, reason)
  return { ok: false, why: 'failure', failure: result.failure }
}

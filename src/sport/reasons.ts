import { HOUR, MINUTE, SECOND } from '../platform/time.ts'
import { lateOpeningPause } from './opening.ts'
import type { SiteReason } from './site/site-model.ts'

/**
 * What a reason concerns. `class`: another class may still be free. `account`: nothing can be booked until the student
 * acts. `site`: it passes by itself.
 */
export type ReasonSubject = 'class' | 'account' | 'site'

interface ReasonRule {
  subject: ReasonSubject
  /**
   * Pauses before each retry, in ms. After the last one `finally` applies; failures of the site are retried at the last
   * pause as long as the booking is of use.
   */
  delays: readonly number[]
  finally: 'ask-user' | 'give-up'
  /** `opening`: wait until booking opens. `place`: watch for a freed place, when the student asked for that. */
  waitsFor?: 'opening' | 'place'
  /** Certainly nothing was booked. After any other answer the site's list is read before a retry. */
  nothingBooked?: true
  /** The booking request failed in an unknown way: use the page next time. */
  inPage?: true
  /** The account is not used again until the student hands in something new. */
  blocksAccount?: true
}

const patient = [5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE]
/** A browser is free within seconds, or minutes when many log in at once. Does not count as a login attempt. */
const whileBusy = [5, 5, 10, 10, 15, 20, 30, 30, 60, 60, 120, 120, 300, 300, 600].map((s) => s * SECOND)
/** One-time passwords change every 30 s as a rule: the next try has another code. */
const nextCode = [35 * SECOND, 35 * SECOND]

/** The site may ask for a longer wait: nobody waits longer than this before the next look. */
const LONGEST_WAIT = HOUR
/** The last try is this long before a booking is of no use any more. */
const LAST_TRY = 30 * SECOND

/**
 * What to do about each reason. Wrong credentials are never tried again: an account could be locked. After a refused
 * one-time password the next two codes are tried, since the clock may be off or the code used before.
 */
const rules: Record<SiteReason, ReasonRule> = {
  full: { subject: 'class', delays: [], finally: 'give-up', waitsFor: 'place', nothingBooked: true },
  'already-booked': { subject: 'class', delays: [SECOND, 5 * SECOND], finally: 'give-up' },
  'not-open-yet': {
    subject: 'class',
    delays: [],
    finally: 'give-up',
    waitsFor: 'opening',
    nothingBooked: true,
  },
  'over-limit': { subject: 'account', delays: [], finally: 'ask-user', nothingBooked: true },
  overlap: { subject: 'class', delays: [], finally: 'give-up', nothingBooked: true },
  'no-subscription': { subject: 'account', delays: [], finally: 'ask-user', nothingBooked: true },
  'certificate-expired': { subject: 'account', delays: [], finally: 'ask-user', nothingBooked: true },
  'class-gone': { subject: 'class', delays: [], finally: 'give-up', nothingBooked: true },
  'booking-not-found': { subject: 'class', delays: [], finally: 'give-up' },
  'session-expired': {
    subject: 'site',
    delays: [0, 2 * SECOND, 30 * SECOND, 5 * MINUTE],
    finally: 'ask-user',
  },
  'bad-credentials': { subject: 'account', delays: [], finally: 'ask-user', blocksAccount: true },
  'password-expired': { subject: 'account', delays: [], finally: 'ask-user', blocksAccount: true },
  'otp-refused': { subject: 'account', delays: nextCode, finally: 'ask-user', blocksAccount: true },
  'sso-down': { subject: 'site', delays: patient, finally: 'give-up' },
  'site-down': { subject: 'site', delays: patient, finally: 'give-up' },
  'rate-limited': {
    subject: 'site',
    delays: [30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE],
    finally: 'give-up',
    nothingBooked: true,
  },
  'browser-busy': { subject: 'site', delays: whileBusy, finally: 'give-up' },
  'markup-changed': {
    subject: 'site',
    delays: [SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE],
    finally: 'give-up',
    inPage: true,
  },
  'answer-lost': {
    subject: 'site',
    delays: [SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE],
    finally: 'give-up',
  },
  'login-elsewhere': {
    subject: 'site',
    delays: [MINUTE, 30 * MINUTE],
    finally: 'give-up',
    nothingBooked: true,
  },
  'login-limited': { subject: 'account', delays: [], finally: 'ask-user', nothingBooked: true },
  refused: { subject: 'class', delays: [SECOND, 5 * SECOND], finally: 'give-up', inPage: true },
}

/** True for a reason that passes by itself. */
export const passesByItself = (reason: string): boolean =>
  reason in rules && rules[reason as SiteReason].subject === 'site'

export const ruleOf = (reason: SiteReason): ReasonRule => rules[reason]

/**
 * `retry` at an instant (epoch ms); `wait` for the opening (until it) or for a freed place; `ask-user` to do something;
 * `give-up`.
 */
export type Decision =
  | { do: 'retry'; at: number }
  | { do: 'wait'; for: 'opening'; until: number }
  | { do: 'wait'; for: 'place' }
  | { do: 'ask-user' }
  | { do: 'give-up' }

export interface Circumstances {
  /** How often this reason came before, in this action. */
  before: number
  now: number
  /** No retry after this instant; Infinity: only the pauses limit the retries. */
  usefulUntil: number
  /** When booking opens; null when it is no booking. */
  opensAt: number | null
  /** Milliseconds that the site asked to wait, when it did. */
  retryAfterMs?: number | undefined
  /** Uniform in [0, 1): spreads many students' new tries. */
  random: number
}

/** What to do after a failure. Instants in epoch ms. */
export function decide(reason: SiteReason, given: Circumstances): Decision {
  const rule = rules[reason]
  if (rule.waitsFor === 'opening' && given.opensAt !== null && given.now < given.opensAt)
    return { do: 'wait', for: 'opening', until: given.opensAt }
  if (rule.waitsFor === 'place') return { do: 'wait', for: 'place' }
  const lasting = rule.subject === 'site' && Number.isFinite(given.usefulUntil)
  const late = rule.waitsFor === 'opening' && given.opensAt !== null ? given.now - given.opensAt : null
  const delay =
    late === null
      ? (rule.delays[given.before] ?? (lasting ? rule.delays.at(-1) : undefined))
      : lateOpeningPause(late)
  if (delay === undefined) return { do: rule.finally }
  const asked = Math.min(given.retryAfterMs ?? 0, LONGEST_WAIT)
  const at = given.now + Math.round(Math.max(delay * (1 + given.random / 4), asked))
  if (at < given.usefulUntil) return { do: 'retry', at }
  const last = given.usefulUntil - LAST_TRY
  return lasting && given.now < last ? { do: 'retry', at: last } : { do: rule.finally }
}

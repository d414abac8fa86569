import type { RomeDate, RomeTime } from '../../platform/time.ts'
import type { ClockSample } from './server-clock.ts'

/** What a student logs in with. Never logged, never stored in clear. */
export interface Credentials {
  /** Codice Persona. */
  username: string
  password: string
  /** `otpauth://totp/…` with secret, algorithm, digits and period. */
  otpauth: string
}

/** Cookies of a logged-in session at the site, by name. Stored sealed. */
export interface SiteSession {
  cookies: Record<string, string>
  /** When it was made, epoch ms. */
  obtainedAt: number
}

/** `fit-center`: an entry without a course, known by its activity's name. */
export type ClassType = 'course' | 'fit-center'

/** An entry of "choose your activity", e.g. "Giuriati - Corsi Platinum". */
export interface Activity {
  /** 18 digits, always text. */
  activityId: string
  name: string
}

/**
 * `open`: the site offers it, which is no promise: a place that was just freed may be kept for its waiting list for some
 * minutes. `mine`: booked by this student. `closed`: full (with a waiting list or without), past, not open yet or over a
 * limit.
 */
export type SlotState = 'open' | 'mine' | 'closed'

/** One class or Fit Center slot of a day's schedule. */
export interface ClassSlot {
  /** What BookAppointment takes; always text. Empty when read from the page: such a slot books only through it. */
  appointmentId: string
  activityId: string
  type: ClassType
  /** Course name in capitals (`YOGA`); for the Fit Center the activity's name. */
  name: string
  location: string
  teacher: string | null
  date: RomeDate
  start: RomeTime
  end: RomeTime
  /** Free places when the site says. */
  places: number | null
  state: SlotState
}

/** A booking as the site's own list shows it. It has no id: date, start and course are its key. */
export interface SiteBooking {
  date: RomeDate
  start: RomeTime
  minutes: number
  location: string
  /** Course name; null for the Fit Center. */
  course: string | null
}

/**
 * Why the site said no or could not be used. What to do about each stands in sport/reasons.ts; the sentence that the
 * student reads in texts/…/sport.ts.
 */
export type SiteReason =
  | 'full'
  | 'already-booked'
  | 'not-open-yet'
  | 'over-limit'
  | 'overlap'
  | 'no-subscription'
  | 'certificate-expired'
  | 'class-gone'
  | 'booking-not-found'
  | 'session-expired'
  | 'bad-credentials'
  | 'password-expired'
  | 'otp-refused'
  | 'sso-down'
  | 'site-down'
  | 'rate-limited'
  | 'browser-busy'
  | 'markup-changed'
  | 'answer-lost'
  | 'refused'
  /** Credentials were asked for by a page that is not the university's: nothing was typed. */
  | 'login-elsewhere'
  /** Not the site's: too many logins failed, or too many browsers were asked for today (login-limits.ts). */
  | 'login-limited'

export interface SiteFailure {
  reason: SiteReason
  /** What was seen, in English for the operator; never a secret. */
  detail: string
  /** The site's own words, kept raw, when it gave some. */
  message?: string
  /** With `rate-limited`: how long the site asked us to stay away, ms. */
  retryAfterMs?: number
}

/**
 * What a step came to. `renewed` is there when the site rotated a cookie during it: from then on the new session is
 * the one to store and use.
 */
export type SiteResult<Value> =
  | { ok: true; value: Value; renewed?: SiteSession }
  | { ok: false; failure: SiteFailure }

/** A one-time code works once: the caller remembers which period's code was used last. */
export interface LoginOptions {
  /** Number of the last period (epoch seconds / period) whose code was used; a later one is waited for. */
  lastOtpPeriod?: number | undefined
  /** Told the period just before its code is typed, so that it is remembered whatever happens next. */
  usingOtp?: ((period: number) => void | Promise<void>) | undefined
}

/** A day's schedule, and how far the site's clock is ahead of ours (ms, from its `Date` header). */
export interface DaySchedule {
  slots: ClassSlot[]
  clockOffsetMs: number
}

export interface BookOptions {
  /** When the class should open, epoch ms by the site's clock (default: midnight in Rome two days before its day). */
  opensAt?: number | undefined
  /** Skip the look at the schedule after a rejection whose sentence is clear: for the race, where each request counts. */
  quick?: boolean | undefined
}

/** The booking site, for one student. Waits on events, never for a fixed time; throws only on bugs. */
export interface SportSite {
  /** Logs in through the browser (single sign-on, one-time password). Wrong credentials are tried once only. */
  login(credentials: Credentials, options?: LoginOptions): Promise<SiteResult<SiteSession>>
  activities(session: SiteSession): Promise<SiteResult<Activity[]>>
  /** One activity's schedule of one day, by the site's own request; through the page when that fails. */
  schedule(session: SiteSession, activity: Activity, date: RomeDate): Promise<SiteResult<DaySchedule>>
  /** Books by the site's own request. `ok` means that the site said OK, not yet that its list shows the booking. */
  book(session: SiteSession, slot: ClassSlot, options?: BookOptions): Promise<SiteResult<null>>
  /**
   * Books by clicking through the page, for when the request fails in an unknown way. As with `book`, `ok` means that the
   * site accepted it, not yet that its list shows the booking.
   */
  bookInPage(session: SiteSession, slot: ClassSlot): Promise<SiteResult<null>>
  /** The student's bookings; only a page recognised as the list counts. */
  bookings(session: SiteSession): Promise<SiteResult<SiteBooking[]>>
  /** Cancels through the page; ok only when the page shows it gone. */
  cancelInPage(session: SiteSession, booking: SiteBooking): Promise<SiteResult<null>>
  /** One light request that reads the site's clock and keeps the connection warm; null when there was no answer. */
  probeClock(): Promise<ClockSample | null>
}

import type { Clock, RomeDate, RomeTime } from '../../../src/platform/time.ts'

/** A student as the single sign-on and the site know them. */
export interface StudentInput {
  /** Codice Persona. */
  username: string
  password: string
  /** `otpauth://totp/…` */
  otpauth: string
  /** First and last name, for the page's header. */
  name?: string
  /** Has a valid subscription (default true). */
  subscription?: boolean
  /** Last day on which the medical certificate is valid (default: always). */
  certificateUntil?: RomeDate
  /** The single sign-on asks for a new password after the right one (default false). */
  passwordExpired?: boolean
}

/** Other users who try to book a class: `count` of them, evenly from `firstMs` to `lastMs` after its opening. */
export interface RivalPlan {
  count: number
  firstMs: number
  lastMs: number
}

export interface SportrickOptions {
  /** Time of this machine (default: the real one). */
  clock?: Clock
  /** How far the site's clock is ahead of `clock`, ms: shows in the `Date` header and decides the openings. */
  serverClockOffsetMs?: number
  /** Port of the site; 0 (default) for any free one. */
  port?: number
  /** Port of the single sign-on; 0 (default) for any free one. */
  ssoPort?: number
  /** Delay of the network each way, ms (default 0). A new connection pays a round trip first. */
  networkDelayMs?: number
  /** How long `#booking-calendar` takes to appear, ms (default 300). */
  calendarDelayMs?: number
  /** How long the cookie banner takes to appear, ms (default 0). */
  bannerDelayMs?: number
  /** 18-digit ids as bare numbers in the JSON, as a .NET `long` is written (default), or as text. */
  idsAsNumbers?: boolean
  /** How the schedule's fields are written (default `Pascal`). */
  casing?: 'Pascal' | 'camel' | 'lower'
  /** Life of a session, hours, renewed while it is used (default 72). */
  sessionHours?: number
  /** Wrong passwords or codes in a row before the account is locked (default 5). */
  maxLoginTries?: number
  /** Future bookings a student may hold (default 10). */
  maxBookings?: number
  /** How long the list of bookings takes to show what was booked, ms (default 0; the real one took up to 48 s). */
  listLagMs?: number
  /** Full classes stay blue, and offer the waiting list (default false). */
  waitingLists?: boolean
  /** Other sentences for rejections. */
  texts?: Partial<Record<Refusal, string>>
  /** Other students fill the classes as they do in life (default false: nobody else books). */
  lively?: boolean
  students?: StudentInput[]
}

/** Sentences of a refusal; all of them are guesses about the real site, so a test may set others. */
export type Refusal =
  | 'full'
  | 'already-booked'
  | 'not-open-yet'
  | 'past'
  | 'over-limit'
  | 'no-subscription'
  | 'certificate-expired'
  | 'class-gone'

/** What goes wrong on demand. */
export type FaultKind =
  | Refusal
  | 'wrong-password'
  | 'password-expired'
  | 'account-locked'
  | 'otp-refused'
  | 'otp-late'
  | 'sso-down'
  | 'sso-remembers'
  | 'slow-page'
  | 'hang'
  | 'changed-markup'
  | 'answer-lost'
  | 'slot-taken'
  | 'late-banner'
  | 'empty-error-page'
  | 'session-expired'
  | 'too-many-requests'
  | 'server-error'

export interface Fault {
  kind: FaultKind
  /** Only requests of this student's session (default: everybody's). */
  username?: string
  /** Only paths that contain this text, any letter case. */
  path?: string
  /** How many times it happens (default: until cleared). */
  times?: number
  /** For `slow-page` and `late-banner`: ms. */
  ms?: number
  /** For a refusal: the site's sentence instead of the usual one. */
  text?: string
}

/** How a class is found by a test: the same key that a person would use. */
export interface ClassQuery {
  date: RomeDate
  start: RomeTime
  /** Course name; absent for the Fit Center. */
  course?: string
}

export interface ClassChange {
  capacity?: number
  /** Epoch ms by the site's clock. */
  opensAt?: number
  rivals?: RivalPlan
  /** Places that others already hold. */
  taken?: number
  /** The class is taken off the schedule. */
  gone?: boolean
  /** Not on the schedule before this instant, epoch ms by the site's clock. */
  appearsAt?: number
  /** Another name for the course, from then on. */
  course?: string
}

/** A class as the simulator's truth has it. */
export interface ClassView {
  appointmentId: string
  activityId: string
  course: string | null
  date: RomeDate
  start: RomeTime
  minutes: number
  capacity: number
  /** Places held by others and by our students. */
  taken: number
  opensAt: number
  students: string[]
}

/** Everything that really happened; instants are epoch ms by the site's clock. */
export interface Ledger {
  logins: { at: number; username: string; step: 'password' | 'otp'; outcome: string }[]
  bookings: {
    at: number
    username: string
    appointmentId: string
    date: RomeDate
    start: RomeTime
    course: string | null
    outcome: 'accepted' | Refusal
    /** ms from the class's opening. */
    afterOpeningMs: number
  }[]
  cancellations: { at: number; username: string; date: RomeDate; start: RomeTime; course: string | null }[]
  requests: {
    /** When it reached the site. */
    at: number
    host: 'site' | 'sso'
    method: string
    path: string
    status: number
    username: string | null
    /** Made by a browser's page rather than by a plain request. */
    browser: boolean
  }[]
}

/** Sportrick and the PoliMi single sign-on, over HTTP on this machine. */
export interface SportrickSimulator {
  /** What SPORTRICK_BASE should be. */
  base: string
  ssoUrl: string
  /** POST `{ method, args }` here to call any method below from another process or runtime. */
  control: string
  demo: StudentInput & { name: string }
  addStudent(student: StudentInput): void
  fault(fault: Fault): void
  clearFaults(): void
  /** The classes of a day with the truth about them. */
  classes(date: string): ClassView[]
  /** @throws Error when there is no such class */
  setClass(query: ClassQuery, change: ClassChange): ClassView
  /** Books in a student's name from outside, as on their phone. */
  bookFor(username: string, query: ClassQuery): string
  /** Cookies of a fresh session, without going through a browser. */
  issueSession(username: string): Record<string, string>
  /** Takes cookies that another simulator gave, e.g. before a restart. */
  adoptSession(username: string, cookies: Record<string, string>): void
  expireSessions(username?: string): void
  /** Moves the site's clock on (or back) by ms. */
  advance(ms: number): void
  /** Now, epoch ms by the site's clock. */
  now(): number
  ledger(): Ledger
  close(): Promise<void>
}

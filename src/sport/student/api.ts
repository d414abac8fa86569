import type { RomeDate } from '../../platform/time.ts'
import type { Credentials } from '../site/site-model.ts'
import type {
  AccountView,
  ActionView,
  BookingView,
  ClassRef,
  ConfirmationView,
  EvidenceView,
  HistoryEntry,
  Occurrence,
  Preferences,
  Resealed,
  WeeklyDraft,
  WeeklyView,
} from './views.ts'

/**
 * The calls of the student's object. Every one that changes something carries a `requestKey` of the caller's choice
 * (e.g. `update:123`): a call repeated with the same key changes nothing and answers the same.
 */

/** Why a call was refused, changing nothing. */
export type Refusal =
  /** The user is not in SPORT_USER_IDS. */
  | 'not-allowed'
  | 'not-linked'
  | 'paused'
  | 'not-found'
  /** Already over, answered, or begun. */
  | 'too-late'
  /** The same class is booked, or being booked, already. */
  | 'duplicate'
  /** Something in the request makes no sense (a day that is not one, no wish at all). */
  | 'invalid'

export type Answer<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal }

/** An action was written down; it goes on by itself. */
export interface Accepted {
  actionId: number
}

/** A message of the chat that shows an action's progress and is edited as it advances. */
export interface ProgressMessage {
  chatId: number
  messageId: number
}

export interface BookRequest {
  requestKey: string
  wish: ClassRef
  alternatives?: ClassRef[]
  /** `now`, or at the opening. A class that is not open yet waits for its opening in both cases. */
  when: 'now' | 'at-opening'
  /** When full, watch it until this instant (epoch ms); null or absent: do not. */
  watchUntil?: number | null
}

/** The object's calls. Each answers at once; long work goes on by alarm and reports by message. */
export interface StudentApi {
  /** Tries credentials at once (the action says how it went); they replace the old ones only when they work. */
  link(requestKey: string, credentials: Credentials): Promise<Answer<Accepted>>
  /** Tries a session handed in as cookies, by name. */
  linkSession(requestKey: string, cookies: Record<string, string>): Promise<Answer<Accepted>>
  /** Erases credentials and session, and cancels what is pending. */
  unlink(requestKey: string): Promise<Answer<null>>
  account(): Promise<Answer<AccountView>>

  book(request: BookRequest): Promise<Answer<Accepted>>
  cancel(requestKey: string, bookingId: number): Promise<Answer<Accepted>>
  check(requestKey: string): Promise<Answer<Accepted>>
  /** Without a wish: the next one that is planned. */
  dryRun(requestKey: string, wish?: ClassRef): Promise<Answer<Accepted>>
  withdraw(requestKey: string, actionId: number): Promise<Answer<ActionView>>
  action(actionId: number): Promise<Answer<ActionView>>
  /** Newest first. */
  lastActions(count?: number): Promise<Answer<ActionView[]>>
  attachMessage(actionId: number, message: ProgressMessage): Promise<Answer<ActionView>>

  /** Bookings to come, in order of time. */
  bookings(): Promise<Answer<BookingView[]>>
  booking(bookingId: number): Promise<Answer<BookingView>>

  weekly(): Promise<Answer<WeeklyView[]>>
  createWeekly(requestKey: string, draft: WeeklyDraft): Promise<Answer<WeeklyView>>
  pauseWeekly(requestKey: string, weeklyId: number): Promise<Answer<WeeklyView>>
  resumeWeekly(requestKey: string, weeklyId: number): Promise<Answer<WeeklyView>>
  /** Skips the next occurrence that is not skipped yet; one already booked is given back. */
  skipNext(requestKey: string, weeklyId: number): Promise<Answer<WeeklyView>>
  /** Skips every occurrence before that Rome day. */
  skipUntil(requestKey: string, weeklyId: number, date: RomeDate): Promise<Answer<WeeklyView>>
  /** Bookings that it already made stay. */
  removeWeekly(requestKey: string, weeklyId: number): Promise<Answer<null>>
  /** Every occurrence of the next weeks (1 to 8), in order of time. */
  upcoming(weeks: number): Promise<Answer<Occurrence[]>>

  confirm(confirmationId: number): Promise<Answer<ConfirmationView>>
  skip(confirmationId: number): Promise<Answer<ConfirmationView>>

  preferences(): Promise<Answer<Preferences>>
  setPreferences(change: Partial<Preferences>): Promise<Answer<Preferences>>
  pauseAll(requestKey: string): Promise<Answer<null>>
  resumeAll(requestKey: string): Promise<Answer<null>>

  /** Newest first. */
  history(count?: number): Promise<Answer<HistoryEntry[]>>
  /** The whole history as CSV (RFC 4180, UTF-8 with BOM). */
  exportCsv(): Promise<Answer<string>>

  /** The token of the private calendar feed; made when there is none. */
  feedToken(): Promise<Answer<string>>
  revokeFeed(requestKey: string): Promise<Answer<null>>
  /** The bookings of the feed; `not-found` when the token is not the present one. Cancelled ones are included. */
  feed(token: string): Promise<Answer<BookingView[]>>

  /** What is kept of pages that surprised us. For admins: the caller checks who asks. */
  evidence(): Promise<Answer<EvidenceView[]>>

  /** Seals every secret with the newest key. For admins: the caller checks who asks. */
  reseal(): Promise<Answer<Resealed>>

  /** Erases all that is known of the student, here and in D1. */
  deleteEverything(): Promise<Answer<null>>
}

/** The verbs of the buttons that the object's own messages carry; each has one argument, the id. */
export const verbs = { confirm: 'sport-confirm', skip: 'sport-skip', withdraw: 'sport-withdraw' } as const

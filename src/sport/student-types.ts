import type { RomeDate, RomeTime } from '../platform/time.ts'
import type { ClassType, SiteReason } from './site/site-model.ts'

/**
 * What callers and the student's object exchange by RPC: plain data only. During a deploy the two may run different
 * versions: fields and refusals are only ever added, and a method keeps its name and its arguments.
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
  /** So many requests or weekly bookings are open that no other one is taken. */
  | 'too-many'
  /** The request is invalid (no real day, no wish). */
  | 'invalid'

export type Answer<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal }

/** The action was recorded; the object's alarm carries it out. */
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

/** A class that a student wants, as the weekly schedule shows it. */
export interface ClassRef {
  type: ClassType
  /** Course name in capitals; for the Fit Center the activity's name. */
  name: string
  /** Where, as the schedule says ("Giuriati - Corsi Platinum"). Empty: any place. */
  location: string
  date: RomeDate
  start: RomeTime
}

export type ActionKind = 'book' | 'cancel' | 'check' | 'link' | 'dry-run'
export type ActionStatus = 'pending' | 'processing' | 'completed' | 'failed' | 'cancelled'

/**
 * An action's progress. `queued`, then while pending: `opening` (waits for the booking to open), `ready` (logged in,
 * class found, waits for the last seconds), `watching` (full, waits for a freed place), `retrying`, `paused`; while
 * processing: `login`, `schedule`, `booking`, `cancelling`, `verifying`; at the end: `done`.
 */
export type ActionStage =
  | 'queued'
  | 'opening'
  | 'ready'
  | 'watching'
  | 'retrying'
  | 'paused'
  | 'login'
  | 'schedule'
  | 'booking'
  | 'cancelling'
  | 'verifying'
  | 'done'

/** Why an action ended badly or was cancelled: the site's reason, or one of ours. */
export type ActionReason =
  | SiteReason
  /** The student withdrew it. */
  | 'withdrawn'
  /** The class begins before it could be done. */
  | 'too-late'
  /** No account is linked any more, or the session died and there are no credentials to log in with. */
  | 'not-linked'
  | 'session-needed'
  /** Watched until the limit and no place was freed. */
  | 'watch-ended'
  /** The weekly booking was paused, skipped or removed. */
  | 'weekly-off'
  /** The site said OK, and its list does not show the booking. */
  | 'not-listed'
  /** A bug of ours; the operator's log says which. */
  | 'internal'

export interface ActionView {
  id: number
  kind: ActionKind
  status: ActionStatus
  stage: ActionStage
  /** The class that is being booked (the wish, or one of its alternatives) or cancelled. */
  target: ClassRef | null
  /** All wishes in order: the preferred one, then its alternatives. */
  wishes: ClassRef[]
  /** Why it failed, was cancelled, or is retried. */
  reason: ActionReason | null
  /** The site's own words, when it gave some. */
  message: string | null
  /** How many runs it had. */
  attempts: number
  /** When it continues, epoch ms; null while it runs or when it is over. */
  nextAt: number | null
  /** When booking opens for the target, epoch ms; null when not a booking. */
  opensAt: number | null
  /** Watches a full class until then, epoch ms; null: does not. */
  watchUntil: number | null
  /** The booking it made, cancelled or found, as the site's own list shows it. */
  booking: BookingView | null
  /** A dry run's findings. */
  dryRun: DryRunView | null
  weeklyId: number | null
  createdAt: number
  startedAt: number | null
  completedAt: number | null
  /** True while it can still be withdrawn. */
  withdrawable: boolean
  /** How many bookings the student has ahead, as last seen. */
  bookingsAhead: number
}

/** All of a student's week in one answer. */
export interface Overview {
  account: AccountView
  bookings: BookingView[]
  occurrences: Occurrence[]
  weekly: WeeklyView[]
  /** The last actions, newest first. */
  actions: ActionView[]
  /** The confirmation requests that wait for an answer; absent from a booking Worker of 0.2.0 or older. */
  questions?: ConfirmationView[]
}

/** A dry run: whether the session works and which slot would be booked. */
export interface DryRunView {
  /** The session used: still alive, from a new login, or none. */
  session: 'alive' | 'renewed' | 'none'
  /** The slot that would be booked; null: no wish, or not found. */
  slot: SlotView | null
  /** When its booking opens, epoch ms. */
  opensAt: number | null
}

/** A class as the site's schedule shows it. */
export interface SlotView extends ClassRef {
  end: RomeTime
  teacher: string | null
  places: number | null
  state: 'open' | 'mine' | 'closed'
}

export type BookingState = 'active' | 'cancelled' | 'gone' | 'past'

export interface BookingView {
  id: number
  type: ClassType
  name: string
  location: string
  date: RomeDate
  start: RomeTime
  minutes: number
  /** Epoch ms. */
  startsAt: number
  endsAt: number
  state: BookingState
  /** The weekly booking that made it; null: by hand. */
  weeklyId: number | null
  /** The open question about it; null: none. */
  confirmation: ConfirmationView | null
  /** Rises with each change: the SEQUENCE of its calendar entry. */
  sequence: number
  updatedAt: number
}

/**
 * `book-then-confirm`: booked at the opening, asked some hours before, cancelled if skipped or unanswered.
 * `ask-then-book`: asked one hour before, booked on a yes. `no-confirmation`: booked at the opening, never asked.
 */
export type WeeklyPolicy = 'book-then-confirm' | 'ask-then-book' | 'no-confirmation'

export interface WeeklyDraft {
  type: ClassType
  name: string
  location: string
  /** 1 = Monday … 7 = Sunday. */
  dayOfWeek: number
  start: RomeTime
  policy: WeeklyPolicy
  /** Other classes of the same day to take when this one is full, in order. */
  alternatives?: WeeklyAlternative[]
  /** When full, watch it until this many hours before its start; null or absent: do not. */
  watchHoursBefore?: number | null
}

export type WeeklyAlternative = Pick<ClassRef, 'type' | 'name' | 'location' | 'start'>

export interface WeeklyView extends Required<WeeklyDraft> {
  id: number
  paused: boolean
  /** No occurrence before this Rome day; null: none skipped. */
  skipUntil: RomeDate | null
  createdAt: number
  /** The next occurrence that is not skipped; null while paused. */
  next: Occurrence | null
}

/**
 * The state of one occurrence of a weekly booking. `planned`: not yet due. `booking`: an action is open. `booked`:
 * booked, the question is still to come or there is none. `asked`: waits for the answer. `confirmed`. `released`:
 * cancelled after a skip or no answer. `missed`: could not be booked. `skipped`: by the student. `paused`.
 */
export type OccurrenceState =
  | 'planned'
  | 'booking'
  | 'booked'
  | 'asked'
  | 'confirmed'
  | 'released'
  | 'missed'
  | 'skipped'
  | 'paused'

export interface Occurrence {
  weeklyId: number
  type: ClassType
  name: string
  location: string
  date: RomeDate
  start: RomeTime
  state: OccurrenceState
  /** When booking opens, epoch ms. */
  opensAt: number
  /** When the question is (or was) asked and until when it waits, epoch ms; null: no question. */
  askAt: number | null
  deadline: number | null
}

/** `keep`: whether to keep the booking. `book`: whether to book. */
export type QuestionKind = 'keep' | 'book'
export type ConfirmationStatus = 'scheduled' | 'asked' | 'confirmed' | 'skipped' | 'lapsed' | 'void'

export interface ConfirmationView {
  id: number
  kind: QuestionKind
  weeklyId: number
  status: ConfirmationStatus
  target: ClassRef
  askAt: number
  deadline: number
}

export interface Preferences {
  /** How many hours before a class to ask about its booking, 1 to 36. */
  confirmHours: number
  /** How many hours before the class the answer must have come, at least half an hour, less than `confirmHours`. */
  deadlineHours: number
  /** Notify of a successful automatic booking (at the opening, weekly, watched). Failures are always notified. */
  tellSuccess: boolean
  /** Warn four hours before an opening when it would fail. */
  tellPrecheck: boolean
  /** Notify when the site's list changed without us. */
  tellChanges: boolean
  /** Send everything but questions silently. */
  quiet: boolean
}

export type AccountState =
  /** Nothing linked. */
  | 'none'
  /** New credentials or a session are being tried. */
  | 'trying'
  /** Credentials or a session are stored, and no failure of them is known. */
  | 'linked'
  /** The site refused the credentials: they are not tried again until new ones come. */
  | 'refused'
  /** The pasted session expired and there are no credentials: the student must paste a new one. */
  | 'session-dead'

export interface AccountView {
  state: AccountState
  /** What there is to log in with. */
  means: 'credentials' | 'session' | null
  linkedAt: number | null
  /** When the present session was made, and when it last worked, epoch ms. */
  sessionSince: number | null
  sessionSeenAt: number | null
  /** Why the site last refused the account. */
  problem: SiteReason | null
  paused: boolean
  /** True when a calendar feed exists. */
  hasFeed: boolean
  /** Whether the account may read the schedule that everybody sees; null: not asked yet, which counts as no. */
  sharesSchedule: boolean | null
  /** When the object's next timer is due, epoch ms. */
  nextTimerAt: number | null
}

export interface HistoryEntry {
  id: number
  at: number
  what: HistoryKind
  name: string | null
  location: string | null
  date: RomeDate | null
  start: RomeTime | null
  reason: ActionReason | null
  actionId: number | null
  weeklyId: number | null
}

/**
 * `released`: cancelled after a skip or no answer. `gone`: removed from the site's list by somebody else. `attended`:
 * its time passed while booked.
 */
export type HistoryKind =
  | 'booked'
  | 'not-booked'
  | 'cancelled'
  | 'not-cancelled'
  | 'released'
  | 'skipped'
  | 'gone'
  | 'attended'
  | 'linked'
  | 'unlinked'

/** The result of sealing with the newest key. */
export interface Resealed {
  /** Values that were sealed with an older key, and are not any more. */
  resealed: number
  /** Values that no configured key opens. */
  unreadable: number
  /** The public name of the booking Worker's newest key. */
  keyId: string
}

/** A page of a table of the object, for the export of a person's data. */
export interface ExportedRows {
  rows: Record<string, unknown>[]
  /** Where the next page begins; null: this was the last. */
  next: number | null
}

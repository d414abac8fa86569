import type { DurableObject } from 'cloudflare:workers'
import type { Student } from '../../src/sport/student/student.ts'
import type {
  AccountView,
  ActionKind,
  ActionView,
  BookingView,
  ClassRef,
  ConfirmationView,
  HistoryEntry,
  Preferences,
  Refusal,
  WeeklyDraft,
  WeeklyView,
} from '../../src/sport/student-types.ts'

const ok = <Value>(value: Value) => ({ ok: true as const, value })
const no = (refusal: Refusal) => ({ ok: false as const, refusal })

/** One student's object as the bot sees it: what was asked of it is recorded, what it holds is set by the test. */
export class FakeStudent {
  readonly calls: { name: string; args: unknown[] }[] = []
  state: AccountView['state'] = 'linked'
  paused = false
  sharesSchedule: boolean | null = null
  hasFeed = false
  bookingList: BookingView[] = []
  weeklyList: WeeklyView[] = []
  questions: ConfirmationView[] = []
  actionList: ActionView[] = []
  historyList: HistoryEntry[] = []
  /** Refuses the calls of these names. */
  readonly refusing = new Map<string, Refusal>()
  prefs: Preferences = {
    confirmHours: 6,
    deadlineHours: 2,
    tellSuccess: true,
    tellPrecheck: true,
    tellChanges: true,
    quiet: false,
  }

  /** What the last call of a name was given. */
  last(name: string): unknown[] | undefined {
    return this.calls.filter((call) => call.name === name).at(-1)?.args
  }

  /** The object as its stub: every call is recorded, and refused on demand. */
  get stub(): object {
    return new Proxy(this as unknown as Record<string, (...args: unknown[]) => unknown>, {
      get:
        (target, name: string) =>
        async (...args: unknown[]) => {
          this.calls.push({ name, args })
          const refusal = this.refusing.get(name)
          return refusal ? no(refusal) : target[name]?.call(this, ...args)
        },
    })
  }

  begin(kind: ActionKind, wishes: ClassRef[] = [], more: Partial<ActionView> = {}) {
    const id = this.actionList.length + 1
    const action: ActionView = {
      id,
      kind,
      status: 'pending',
      stage: 'queued',
      target: wishes[0] ?? null,
      wishes,
      reason: null,
      message: null,
      attempts: 0,
      nextAt: null,
      opensAt: null,
      watchUntil: null,
      booking: null,
      dryRun: null,
      bookingsAhead: this.bookingList.length,
      weeklyId: null,
      createdAt: 1,
      startedAt: null,
      completedAt: null,
      withdrawable: true,
      ...more,
    }
    this.actionList.push(action)
    return ok({ actionId: id })
  }

  account() {
    return ok({
      state: this.state,
      means: this.state === 'none' ? null : 'credentials',
      linkedAt: 1,
      sessionSince: 1,
      sessionSeenAt: 1,
      problem: null,
      paused: this.paused,
      hasFeed: this.hasFeed,
      sharesSchedule: this.sharesSchedule,
      nextTimerAt: null,
    })
  }
  link() {
    return this.begin('link')
  }
  shareSchedule(agreed: boolean) {
    this.sharesSchedule = agreed
    return this.account()
  }
  linkSession() {
    return this.begin('link')
  }
  unlink() {
    this.state = 'none'
    return ok(null)
  }
  book({ wish, alternatives = [] }: { wish: ClassRef; alternatives?: ClassRef[] }) {
    return this.begin('book', [wish, ...alternatives])
  }
  cancel(_key: string, id: number) {
    const booking = this.bookingList.find((one) => one.id === id)
    return booking ? this.begin('cancel', [booking]) : no('not-found')
  }
  check() {
    return this.begin('check')
  }
  dryRun(_key: string, wish?: ClassRef) {
    return this.begin('dry-run', wish ? [wish] : [])
  }
  withdraw(_key: string, id: number) {
    const action = this.actionList.find((one) => one.id === id)
    if (!action) return no('not-found')
    Object.assign(action, { status: 'cancelled', stage: 'done', reason: 'withdrawn', withdrawable: false })
    return ok(action)
  }
  action(id: number) {
    const action = this.actionList.find((one) => one.id === id)
    return action ? ok(action) : no('not-found')
  }
  lastActions(count = 5) {
    return ok(this.actionList.toReversed().slice(0, count))
  }
  exportRows(table: string) {
    const rows: Record<string, object[]> = { weekly: this.weeklyList, bookings: this.bookingList }
    return ok({ rows: rows[table] ?? [], next: null })
  }
  attachMessage(id: number) {
    return this.action(id)
  }
  bookings() {
    return ok(this.bookingList)
  }
  booking(id: number) {
    const booking = this.bookingList.find((one) => one.id === id)
    return booking ? ok(booking) : no('not-found')
  }
  weekly() {
    return ok(this.weeklyList)
  }
  createWeekly(_key: string, draft: WeeklyDraft) {
    const row: WeeklyView = {
      alternatives: [],
      watchHoursBefore: null,
      ...draft,
      id: this.weeklyList.length + 1,
      paused: false,
      skipUntil: null,
      createdAt: 1,
      next: null,
    }
    this.weeklyList.push(row)
    return ok(row)
  }
  private change(id: number, set: Partial<WeeklyView>) {
    const row = this.weeklyList.find((one) => one.id === id)
    return row ? ok(Object.assign(row, set)) : no('not-found')
  }
  pauseWeekly(_key: string, id: number) {
    return this.change(id, { paused: true })
  }
  resumeWeekly(_key: string, id: number) {
    return this.change(id, { paused: false, skipUntil: null })
  }
  skipNext(_key: string, id: number) {
    return this.change(id, {})
  }
  skipUntil(_key: string, id: number, date: string) {
    return this.change(id, { skipUntil: date })
  }
  removeWeekly(_key: string, id: number) {
    this.weeklyList = this.weeklyList.filter((one) => one.id !== id)
    return ok(null)
  }
  upcoming() {
    return ok(
      this.weeklyList.map((row) => ({
        weeklyId: row.id,
        type: row.type,
        name: row.name,
        location: row.location,
        date: '2026-11-24',
        start: row.start,
        state: 'planned' as const,
        opensAt: 1,
        askAt: Date.parse('2026-11-24T11:00:00Z'),
        deadline: 2,
      })),
    )
  }
  private decide(id: number, status: 'confirmed' | 'skipped') {
    const question = this.questions.find((one) => one.id === id)
    if (!question) return no('not-found')
    if (question.status !== 'asked') return no('too-late')
    return ok(Object.assign(question, { status }))
  }
  overview() {
    return ok({
      account: this.account().value,
      bookings: this.bookingList,
      occurrences: this.upcoming().value,
      weekly: this.weeklyList,
      actions: this.lastActions().value,
      questions: this.questions,
    })
  }
  openConfirmations() {
    return ok(this.questions.filter(({ status }) => status === 'asked'))
  }
  confirm(id: number) {
    return this.decide(id, 'confirmed')
  }
  skip(id: number) {
    return this.decide(id, 'skipped')
  }
  preferences() {
    return ok(this.prefs)
  }
  setPreferences(change: Partial<Preferences>) {
    const next = { ...this.prefs, ...change }
    if (next.deadlineHours >= next.confirmHours) return no('invalid')
    this.prefs = next
    return ok(next)
  }
  pauseAll() {
    this.paused = true
    return ok(null)
  }
  resumeAll() {
    this.paused = false
    return ok(null)
  }
  history() {
    return ok(this.historyList)
  }
  exportCsv() {
    return ok('\uFEFFquando,cosa\r\n')
  }
  feedToken() {
    this.hasFeed = true
    return ok('ab'.repeat(24))
  }
  revokeFeed() {
    this.hasFeed = false
    return ok(null)
  }
  feed(token: string) {
    return this.hasFeed && token === 'ab'.repeat(24) ? ok(this.bookingList) : no('not-found')
  }
  refreshSchedule() {
    return 'session-needed'
  }
  deleteEverything() {
    return ok(null)
  }
}

/** Calls of the object that chats and pages do not make. */
type NotFaked = keyof DurableObject<unknown> | 'wake' | 'volunteer' | 'reseal' | 'attachMessage'
/** Does not compile while the fake lacks a call: the error names it. */
export const faked: Record<Exclude<keyof Student, NotFaked | keyof FakeStudent>, never> = {}

/** The namespace of the objects: one for each Telegram id, as the bot asks for them. */
export class FakeStudents {
  readonly byName = new Map<string, FakeStudent>()
  idFromName = (name: string): string => name
  get = (name: string): object => this.of(Number(name)).stub
  of(userId: number): FakeStudent {
    const known = this.byName.get(String(userId)) ?? new FakeStudent()
    this.byName.set(String(userId), known)
    return known
  }
}

/** A booking of tomorrow's yoga. */
export const yogaBooking = (more: Partial<BookingView> = {}): BookingView => ({
  id: 7,
  type: 'course',
  name: 'YOGA',
  location: 'Giuriati - Corsi Platinum',
  date: '2026-11-21',
  start: '18:00',
  minutes: 55,
  startsAt: Date.parse('2026-11-21T17:00:00Z'),
  endsAt: Date.parse('2026-11-21T17:55:00Z'),
  state: 'active',
  weeklyId: null,
  confirmation: null,
  sequence: 0,
  updatedAt: Date.parse('2026-11-20T10:00:00Z'),
  ...more,
})

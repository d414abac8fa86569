import type {
  AccountView,
  ActionView,
  Answer,
  BookingView,
  HistoryEntry,
  Occurrence,
  Preferences,
  WeeklyView,
} from '../../src/sport/student-types.ts'

export const account: AccountView = {
  state: 'linked',
  means: 'credentials',
  linkedAt: 1,
  sessionSince: 1,
  sessionSeenAt: Date.parse('2026-11-21T10:00:00Z'),
  problem: null,
  paused: false,
  hasFeed: false,
  sharesSchedule: null,
  nextTimerAt: null,
}

export const booking = (change: Partial<BookingView> = {}): BookingView => ({
  id: 7,
  type: 'course',
  name: 'PILATES',
  location: 'Giuriati',
  date: '2026-11-23',
  start: '18:00',
  minutes: 55,
  startsAt: Date.parse('2026-11-23T17:00:00Z'),
  endsAt: Date.parse('2026-11-23T17:55:00Z'),
  state: 'active',
  weeklyId: null,
  confirmation: null,
  sequence: 0,
  updatedAt: 1,
  ...change,
})

export const occurrence = (change: Partial<Occurrence> = {}): Occurrence => ({
  weeklyId: 3,
  type: 'course',
  name: 'YOGA <b>',
  location: 'Giuriati',
  date: '2026-11-26',
  start: '10:00',
  state: 'planned',
  opensAt: Date.parse('2026-11-23T23:00:00Z'),
  askAt: null,
  deadline: null,
  ...change,
})

export const weekly = (change: Partial<WeeklyView> = {}): WeeklyView => ({
  id: 3,
  type: 'course',
  name: 'YOGA <b>',
  location: 'Giuriati',
  dayOfWeek: 4,
  start: '10:00',
  policy: 'book-then-confirm',
  alternatives: [],
  watchHoursBefore: null,
  paused: false,
  skipUntil: null,
  createdAt: 1,
  next: occurrence(),
  ...change,
})

export const action = (change: Partial<ActionView> = {}): ActionView => ({
  id: 12,
  kind: 'book',
  status: 'processing',
  stage: 'login',
  target: { type: 'course', name: 'PILATES', location: 'Giuriati', date: '2026-11-23', start: '18:00' },
  wishes: [],
  reason: null,
  message: null,
  attempts: 1,
  nextAt: null,
  opensAt: null,
  watchUntil: null,
  booking: null,
  dryRun: null,
  weeklyId: null,
  createdAt: 1,
  startedAt: 1,
  completedAt: null,
  withdrawable: false,
  bookingsAhead: 0,
  ...change,
})

export const preferences: Preferences = {
  confirmHours: 6,
  deadlineHours: 2,
  tellSuccess: true,
  tellPrecheck: true,
  tellChanges: true,
  quiet: false,
}

export const historyEntry: HistoryEntry = {
  id: 1,
  at: Date.parse('2026-11-20T10:00:00Z'),
  what: 'not-booked',
  name: 'PILATES',
  location: 'Giuriati',
  date: '2026-11-20',
  start: '18:00',
  reason: 'full',
  actionId: 1,
  weeklyId: null,
}

/** What each call answers unless a test says otherwise. */
const usual: Record<string, unknown> = {
  account,
  bookings: [booking()],
  booking: booking(),
  upcoming: [occurrence()],
  weekly: [weekly()],
  lastActions: [],
  openConfirmations: [],
  action: action(),
  preferences,
  setPreferences: preferences,
  history: [historyEntry],
  exportCsv: 'when,what\n',
  feedToken: 'a'.repeat(48),
  revokeFeed: null,
  link: { actionId: 12 },
  linkSession: { actionId: 12 },
  book: { actionId: 12 },
  cancel: { actionId: 12 },
  check: { actionId: 12 },
  dryRun: { actionId: 12 },
  withdraw: action(),
  unlink: null,
  shareSchedule: account,
  pauseAll: null,
  resumeAll: null,
  pauseWeekly: weekly(),
  resumeWeekly: weekly(),
  skipNext: weekly(),
  skipUntil: weekly(),
  removeWeekly: null,
  createWeekly: weekly(),
  confirm: null,
  skip: null,
  deleteEverything: null,
  exportRows: { rows: [], next: null },
}

/** The namespace of students' objects, as far as the pages use it: whose object was called, with what. */
export function fakeStudents() {
  const calls: { of: string; call: string; with: unknown[] }[] = []
  const answers: Record<string, Answer<unknown>> = {}
  const answerTo = (call: string) => answers[call] ?? ({ ok: true, value: usual[call] } as Answer<unknown>)
  /** Made of the parts that a test sets. */
  const overview = (): Answer<unknown> => {
    const parts = {
      account: 'account',
      bookings: 'bookings',
      occurrences: 'upcoming',
      weekly: 'weekly',
      actions: 'lastActions',
      questions: 'openConfirmations',
    }
    const value: Record<string, unknown> = {}
    for (const [name, call] of Object.entries(parts)) {
      const answer = answerTo(call)
      if (!answer.ok) return answer
      value[name] = answer.value
    }
    return { ok: true, value }
  }
  const student = (of: string) =>
    new Proxy(
      {},
      {
        get: (_, call: string) =>
          call === 'then'
            ? undefined
            : async (...args: unknown[]): Promise<unknown> => {
                calls.push({ of, call, with: args })
                if (call === 'refreshSchedule') return null
                return call === 'overview' ? overview() : answerTo(call)
              },
      },
    )
  return {
    calls,
    /** The calls that change something, without reading. */
    changes: () => calls.filter(({ with: args }) => args.some((arg) => /^app:/.test(keyIn(arg)))),
    answer(call: string, value: unknown): void {
      answers[call] = { ok: true, value }
    },
    refuse(call: string, refusal: string): void {
      answers[call] = { ok: false, refusal } as Answer<unknown>
    },
    reset(): void {
      calls.length = 0
      for (const call of Object.keys(answers)) delete answers[call]
    },
    namespace: {
      idFromName: (name: string) => name,
      get: (id: string) => student(id),
    },
  }
}

const keyIn = (arg: unknown): string =>
  typeof arg === 'string' ? arg : String((arg as { requestKey?: unknown } | null)?.requestKey ?? '')

import { addDays, DAY, dayOfWeek, type RomeDate, romeInstant } from '../../../src/platform/time.ts'
import { ACTIVITIES, WEEK, type WeeklyClass } from './catalogue.ts'
import type { ClassChange, ClassQuery, ClassView, Ledger, Refusal, RivalPlan, StudentInput } from './model.ts'

/** One class on one day, with who holds its places. */
export interface Occurrence extends WeeklyClass {
  appointmentId: string
  date: RomeDate
  startsAt: number
  opensAt: number
  /** When each rival tries, ms after the opening, in order. */
  arrivals: number[]
  nextArrival: number
  /** Places held by others. */
  others: number
  students: Set<string>
  gone: boolean
  /** Not on the schedule before this instant. */
  appearsAt: number
  /** When each student's booking was made. */
  since: Map<string, number>
}

export interface Account extends Required<Omit<StudentInput, 'certificateUntil'>> {
  certificateUntil: RomeDate | null
  failedTries: number
  locked: boolean
  /** TOTP codes (their period numbers) that were accepted: each works once. */
  usedPeriods: Set<number>
}

const EPOCH: RomeDate = '2020-01-01'
const FIRST_ID = 261145508040860001n
/** Consecutive classes differ by 2: less than what an 18-digit id loses as a JavaScript number. */
const STEP = 2n

const dayNumber = (date: RomeDate) =>
  Math.round((romeInstant(date, '12:00') - romeInstant(EPOCH, '12:00')) / DAY)

const idOf = (date: RomeDate, index: number) =>
  String(FIRST_ID + BigInt(dayNumber(date) * WEEK.length + index) * STEP)

/** A number in [0, 1) that depends on the text only. */
function chance(text: string): number {
  let hash = 2166136261
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

const even = ({ count, firstMs, lastMs }: RivalPlan) =>
  Array.from({ length: count }, (_, i) => firstMs + ((lastMs - firstMs) * i) / Math.max(1, count - 1))

/** How a class fills in life: the popular ones in minutes, most within a day, some never. */
function livelyArrivals(id: string, capacity: number): number[] {
  const wanting = Math.round(capacity * (0.3 + 1.2 * chance(`${id}:popular`)))
  const soonest = Math.log(800)
  const latest = Math.log(40 * 3_600_000)
  return Array.from({ length: wanting }, (_, i) =>
    Math.exp(soonest + (latest - soonest) * chance(`${id}:${i}`)),
  ).sort((a, b) => a - b)
}

/** The gym's truth: students, classes, places, bookings. Time is passed in: epoch ms by the site's clock. */
export class World {
  readonly accounts = new Map<string, Account>()
  readonly ledger: Ledger = { logins: [], bookings: [], cancellations: [], requests: [] }
  readonly #occurrences = new Map<string, Occurrence>()
  readonly #lively: boolean
  readonly #maxBookings: number

  constructor(options: { lively: boolean; maxBookings: number }) {
    this.#lively = options.lively
    this.#maxBookings = options.maxBookings
  }

  addStudent(input: StudentInput): void {
    this.accounts.set(input.username, {
      name: 'Studente Di Prova',
      subscription: true,
      passwordExpired: false,
      ...input,
      certificateUntil: input.certificateUntil ?? null,
      failedTries: 0,
      locked: false,
      usedPeriods: new Set(),
    })
  }

  #occurrence(date: RomeDate, index: number): Occurrence {
    const appointmentId = idOf(date, index)
    const known = this.#occurrences.get(appointmentId)
    if (known) return known
    const weekly = WEEK[index] as WeeklyClass
    const made: Occurrence = {
      ...weekly,
      appointmentId,
      date,
      startsAt: romeInstant(date, weekly.start),
      opensAt: romeInstant(addDays(date, -2), '00:00'),
      arrivals: this.#lively ? livelyArrivals(appointmentId, weekly.capacity) : [],
      nextArrival: 0,
      others: 0,
      students: new Set(),
      gone: false,
      appearsAt: 0,
      since: new Map(),
    }
    this.#occurrences.set(appointmentId, made)
    return made
  }

  /** The classes of a day in order, of one activity or of all. */
  classesOn(date: RomeDate, activityId?: string): Occurrence[] {
    const day = dayOfWeek(date)
    return WEEK.flatMap((weekly, index) => {
      if (weekly.day !== day || (activityId && weekly.activityId !== activityId)) return []
      const occurrence = this.#occurrence(date, index)
      return occurrence.gone ? [] : [occurrence]
    }).sort((a, b) => a.startsAt - b.startsAt)
  }

  find(appointmentId: string): Occurrence | undefined {
    if (!/^\d{1,18}$/.test(appointmentId)) return undefined
    const distance = BigInt(appointmentId) - FIRST_ID
    if (distance < 0n || distance % STEP !== 0n) return undefined
    const place = Number(distance / STEP)
    const date = addDays(EPOCH, Math.floor(place / WEEK.length))
    const index = place % WEEK.length
    if (WEEK[index]?.day !== dayOfWeek(date)) return undefined
    const occurrence = this.#occurrence(date, index)
    return occurrence.gone ? undefined : occurrence
  }

  query({ date, start, course }: ClassQuery): Occurrence | undefined {
    return this.classesOn(date).find(
      (entry) => entry.start === start && (entry.course ?? undefined) === course,
    )
  }

  change(occurrence: Occurrence, { rivals, taken, ...rest }: ClassChange): void {
    Object.assign(occurrence, rest)
    if (rivals) Object.assign(occurrence, { arrivals: even(rivals), nextArrival: 0 })
    if (taken !== undefined) occurrence.others = taken
  }

  /** Lets every rival whose moment has come take a place, in order of arrival. */
  settle(occurrence: Occurrence, now: number): void {
    let next = occurrence.arrivals[occurrence.nextArrival]
    while (next !== undefined && occurrence.opensAt + next <= now) {
      if (this.#taken(occurrence) < occurrence.capacity) occurrence.others++
      next = occurrence.arrivals[++occurrence.nextArrival]
    }
  }

  #taken = (occurrence: Occurrence) => occurrence.others + occurrence.students.size

  /** Free places after everybody who came until `now`. */
  free(occurrence: Occurrence, now: number): number {
    this.settle(occurrence, now)
    return Math.max(0, occurrence.capacity - this.#taken(occurrence))
  }

  /** Why this student cannot book this class now; null when they can. */
  obstacle(account: Account, occurrence: Occurrence, now: number): Refusal | null {
    if (occurrence.students.has(account.username)) return 'already-booked'
    if (now >= occurrence.startsAt) return 'past'
    if (now < occurrence.opensAt) return 'not-open-yet'
    if (!account.subscription) return 'no-subscription'
    if (account.certificateUntil !== null && account.certificateUntil < occurrence.date)
      return 'certificate-expired'
    if (this.bookingsOf(account.username, now).length >= this.#maxBookings) return 'over-limit'
    return this.free(occurrence, now) === 0 ? 'full' : null
  }

  /** Tries to book and writes down what happened. `forced` refuses whatever the truth is. */
  book(username: string, appointmentId: string, now: number, forced?: Refusal): 'accepted' | Refusal {
    const account = this.accounts.get(username)
    const occurrence = this.find(appointmentId)
    if (!account || !occurrence) return 'class-gone'
    const outcome = forced ?? this.obstacle(account, occurrence, now) ?? 'accepted'
    if (outcome === 'accepted') {
      occurrence.students.add(username)
      occurrence.since.set(username, now)
    }
    const { date, start, course, opensAt } = occurrence
    this.ledger.bookings.push({
      at: now,
      username,
      appointmentId,
      date,
      start,
      course,
      outcome,
      afterOpeningMs: now - opensAt,
    })
    return outcome
  }

  /** Gives a place back; false when the student does not hold it. */
  cancel(username: string, appointmentId: string, now: number): boolean {
    const occurrence = this.find(appointmentId)
    if (!occurrence?.students.delete(username)) return false
    const { date, start, course } = occurrence
    this.ledger.cancellations.push({ at: now, username, date, start, course })
    return true
  }

  /** The student's bookings that are not over, earliest first. */
  bookingsOf(username: string, now: number): Occurrence[] {
    return [...this.#occurrences.values()]
      .filter(
        (entry) =>
          entry.students.has(username) && entry.startsAt + entry.minutes * 60_000 > now && !entry.gone,
      )
      .sort((a, b) => a.startsAt - b.startsAt)
  }

  /** Those of them that the site's list shows, which lags behind. */
  listedBookings(username: string, now: number, lagMs: number): Occurrence[] {
    return this.bookingsOf(username, now).filter(({ since }) => (since.get(username) ?? 0) + lagMs <= now)
  }

  /** The classes of a day that the schedule shows by now. */
  shownOn(date: RomeDate, activityId: string, now: number): Occurrence[] {
    return this.classesOn(date, activityId).filter(({ appearsAt }) => appearsAt <= now)
  }

  view(occurrence: Occurrence, now: number): ClassView {
    this.settle(occurrence, now)
    const { appointmentId, activityId, course, date, start, minutes, capacity, opensAt } = occurrence
    return {
      appointmentId,
      activityId,
      course,
      date,
      start,
      minutes,
      capacity,
      opensAt,
      taken: this.#taken(occurrence),
      students: [...occurrence.students],
    }
  }
}

/** The activity's name as the site writes it. */
export const activityName = (activityId: string): string =>
  ACTIVITIES.find((activity) => activity.activityId === activityId)?.name ?? ''

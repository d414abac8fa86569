import { availableParallelism } from 'node:os'
import { addDays, DAY, dayOfWeek, HOUR, romeDate, romeInstant } from '../../src/platform/time.ts'
import type { WeeklyDraft, WeeklyPolicy } from '../../src/sport/student-types.ts'
import { FIT_CENTER, WEEK } from '../../test/simulators/sportrick/catalogue.ts'
import { type Bench, quantile, rounded, wholeOption } from '../bench.ts'
import {
  type BrowserTimes,
  startWeekRuntimes,
  type WeekPlan,
  type WeekReport,
  type WeekRuntime,
} from '../sport-week.ts'
import { withSportrick } from '../sportrick.ts'

const POLICIES: WeeklyPolicy[] = ['book-then-confirm', 'book-then-confirm', 'no-confirmation']
/** Of ten questions eight are answered yes, one no, and one is not answered. */
const ANSWERS: WeekPlan['answers'] = [
  ...Array<'confirm'>(4).fill('confirm'),
  'skip',
  ...Array<'confirm'>(4).fill('confirm'),
  'silence',
]

/** Noon (Rome) of a Monday far enough ahead that no alarm set for the week fires in real time. */
function mondayNoon(): number {
  let date = addDays(romeDate(Date.now()), 60)
  while (dayOfWeek(date) !== 1) date = addDays(date, 1)
  return romeInstant(date, '12:00')
}

/** Three classes of the week for a student, spread over the catalogue. */
const weeklyOf = (user: number): WeeklyDraft[] =>
  POLICIES.map((policy, i) => {
    const entry = WEEK[(user * 7 + i * 23) % WEEK.length]
    if (!entry) throw new Error('the catalogue is empty')
    return {
      type: entry.course === null ? 'fit-center' : 'course',
      name: entry.course ?? FIT_CENTER.name,
      location: '',
      dayOfWeek: entry.day,
      start: entry.start,
      policy,
    }
  })

/** Every student's week, over all runtimes. */
async function week(
  runtimes: WeekRuntime[],
  first: number,
  users: number,
  sessionLifeMs: number | null,
): Promise<WeekReport[]> {
  const startsAt = mondayNoon()
  const reports: WeekReport[] = []
  let next = 0
  const weeksOf = async (runtime: WeekRuntime) => {
    for (let user = next++; user < users; user = next++) {
      const from = user % ANSWERS.length
      const answers = [...ANSWERS.slice(from), ...ANSWERS.slice(0, from)]
      const plan = { startsAt, until: startsAt + 7 * DAY, weekly: weeklyOf(user), answers, sessionLifeMs }
      reports.push(await runtime.live(first + user, plan))
    }
  }
  await Promise.all(runtimes.map(weeksOf))
  return reports
}

/** Real logins and cancellations in Chromium, one after the other. */
async function browserTimes(runtime: WeekRuntime, samples: number): Promise<BrowserTimes[]> {
  return withSportrick({ networkDelayMs: 40 }, async (sportrick) => {
    const times: BrowserTimes[] = []
    const date = addDays(romeDate(Date.now()), 1)
    for (let i = 0; i < samples; i++) {
      const username = String(10_700_000 + i)
      const credentials = { username, password: 'prova-1', otpauth: sportrick.demo.otpauth }
      await sportrick.addStudent(credentials)
      const entry = (await sportrick.classes(date))[0]
      if (!entry) throw new Error('no class tomorrow')
      const { start, course } = entry
      await sportrick.bookFor(username, { date, start, ...(course === null ? {} : { course }) })
      times.push(await runtime.useBrowser({ base: sportrick.base, credentials, taken: date }))
    }
    return times
  })
}

/** @param seconds of one run of the browser, by what it was for */
function summary(reports: WeekReport[], seconds: { login: number; cancel: number }) {
  const sum = (of: (report: WeekReport) => number) => reports.reduce((total, report) => total + of(report), 0)
  const booked = sum((report) => report.booked)
  const logins = sum((report) => report.logins)
  const cancellations = sum((report) => report.cancellations)
  const launches = logins + cancellations + sum((report) => report.otherLaunches)
  const paths = [...new Set(reports.flatMap((report) => Object.keys(report.requests)))]
  const requests = paths.map((path) => [path, sum((report) => report.requests[path] ?? 0)] as const)
  const total = requests.reduce((all, [, count]) => all + count, 0)
  const atOpening = reports.flatMap((report) => report.atOpeningMs)
  return {
    users: reports.length,
    bookingsDue: sum((report) => report.due),
    bookings: booked,
    missed: sum((report) => report.missed),
    doubled: sum((report) => report.doubled),
    unwanted: sum((report) => report.unwanted),
    refusedRequests: sum((report) => report.refused),
    released: sum((report) => report.released),
    cancelledAtSite: sum((report) => report.cancelledAtSite),
    launches: { logins, cancellations, other: launches - logins - cancellations },
    launchesPerBooking: rounded(launches / booked, 3),
    browserSecondsPerBooking: rounded((logins * seconds.login + cancellations * seconds.cancel) / booked, 2),
    requestsPerBooking: rounded(total / booked, 1),
    requestsPerBookingByPath: Object.fromEntries(
      requests.map(([path, count]) => [path, rounded(count / booked, 1)]),
    ),
    alarmsPerUser: rounded(sum((report) => report.alarms) / reports.length, 1),
    storageBytesPerUser: {
      mean: rounded(sum((report) => report.storageBytes) / reports.length),
      max: Math.max(...reports.map((report) => report.storageBytes)),
    },
    afterOpeningMs: { p50: rounded(quantile(atOpening, 0.5)), max: rounded(quantile(atOpening, 1)) },
  }
}

const mean = (values: number[]) => values.reduce((total, value) => total + value, 0) / values.length

/** A week of many students: the real objects in workerd and the real client, in simulated time. */
export const bench: Bench = {
  title:
    'Sport: users with 3 weekly bookings each over a simulated week (their real objects, simulated time)',
  async run(options) {
    const users = wholeOption(options, 'users', 1_000)
    const samples = wholeOption(options, 'samples', 5)
    const cores = wholeOption(options, 'runtimes', availableParallelism())
    const runtimes = await startWeekRuntimes(cores)
    try {
      const times = await browserTimes(runtimes[0] as WeekRuntime, samples)
      const seconds = {
        login: rounded(mean(times.map(({ loginMs }) => loginMs)) / 1_000, 2),
        cancel: rounded(mean(times.map(({ cancelMs }) => cancelMs)) / 1_000, 2),
      }
      const started = Date.now()
      const kept = summary(await week(runtimes, 1_000_000, users, null), seconds)
      // The same week where the site ends each session after a day, for a tenth of the users: it needs more logins.
      const few = Math.ceil(users / 10)
      const daily = summary(await week(runtimes, 2_000_000, few, 24 * HOUR), seconds)
      const row = (name: string, result: typeof kept) => ({
        '': name,
        users: result.users,
        bookings: result.bookings,
        missed: result.missed,
        doubled: result.doubled,
        'given back': `${result.cancelledAtSite} of ${result.released}`,
        'launches a booking': result.launchesPerBooking,
        'browser s a booking': result.browserSecondsPerBooking,
        'requests a booking': result.requestsPerBooking,
        'storage a user, KiB': rounded(result.storageBytesPerUser.mean / 1_024, 1),
      })
      return {
        table: [row('sessions live while used', kept), row('sessions end after 24 h', daily)],
        figures: {
          kept,
          daily,
          secondsPerLaunch: seconds,
          tookSeconds: rounded((Date.now() - started) / 1_000),
        },
      }
    } finally {
      await Promise.all(runtimes.map((runtime) => runtime.stop()))
    }
  },
}

import { addDays, dayOfWeek, romeDate, SECOND, systemClock } from '../../src/platform/time.ts'
import type { ClassView } from '../../test/simulators/sportrick/model.ts'
import type { RemoteSportrick } from '../../test/simulators/sportrick/remote.ts'
import { type Bench, quantile, rounded, wholeOption } from '../bench.ts'
import { type Contender, clicking, type Finish, plainRequest, sportello } from '../contenders.ts'
import { withSportrick } from '../sportrick.ts'

const ONE_WAY_MS = 40
const PLACES = 20
/** One rival every 50 ms: alone they fill a class within the first second. */
const RIVALS = { count: 200, firstMs: 25, lastMs: 10_000 }
const OFF_MS = 300
/** Our client starts the race 20 s before; its preparation needs a moment too. */
const LEAD_MS = 24 * SECOND

interface Heat {
  name: string
  contender: Contender
  /** Users at each opening, and over how many classes that open at that instant. */
  users: number
  classes: number
  /** How far the users' clocks are ahead, ms: one after the other. */
  clocksOffMs: number[]
  /** Between two openings, ms: an opening's preparation goes on during others. */
  everyMs: number
  /** How long after its opening the schedule shows the class, ms; the rivals come then. */
  appearsAfterMs?: number
  /** With what sentence the site refuses each user's first request. */
  firstAnswer?: string
}

/** @param many how many users of ours there are at once */
const heats = (many: number): Heat[] => {
  const one = { users: 1, classes: 1, everyMs: SECOND }
  const bothWays = [OFF_MS, -OFF_MS]
  const crowd = { contender: sportello, users: many, clocksOffMs: bothWays, everyMs: 3 * SECOND }
  return [
    { ...one, name: 'Sportello, 1 user, clock ±300 ms', contender: sportello, clocksOffMs: bothWays },
    { ...crowd, name: `Sportello, ${many} users on 3 classes, clock ±300 ms`, classes: 3 },
    { ...crowd, name: `Sportello, ${many} users on 1 class, clock ±300 ms`, classes: 1 },
    {
      ...one,
      name: 'Sportello, 1 user, the class appears 1.2 s late',
      contender: sportello,
      clocksOffMs: bothWays,
      appearsAfterMs: 1_200,
    },
    {
      ...one,
      name: 'Sportello, 1 user, refused once in unknown words',
      contender: sportello,
      clocksOffMs: bothWays,
      firstAnswer: 'Le iscrizioni a questa lezione non risultano attive.',
    },
    {
      ...one,
      name: '(a) like bot-polimisport: fixed waits, clock right',
      contender: clicking,
      clocksOffMs: [0],
    },
    {
      ...one,
      name: '(b) like gymbot: one request, clock 300 ms slow',
      contender: plainRequest,
      clocksOffMs: [-OFF_MS],
    },
    {
      ...one,
      name: '(b) like gymbot: one request, clock 300 ms fast',
      contender: plainRequest,
      clocksOffMs: [OFF_MS],
    },
    { ...one, name: '(b) like gymbot: one request, clock right', contender: plainRequest, clocksOffMs: [0] },
  ]
}

/** Every course of the weeks to come, each once: openings do not share a class. */
async function* courses(sportrick: RemoteSportrick): AsyncGenerator<ClassView> {
  for (let date = addDays(romeDate(Date.now()), 3); ; date = addDays(date, 1)) {
    if (dayOfWeek(date) === 7) continue
    for (const entry of await sportrick.classes(date)) if (entry.course !== null) yield entry
  }
}

/** The most requests that left within any one second. */
const mostInASecond = (sentAt: number[]): number =>
  Math.max(0, ...sentAt.map((at) => sentAt.filter((other) => other >= at && other < at + SECOND).length))

const spread = (values: number[]) => ({
  p50: rounded(quantile(values, 0.5)),
  p95: rounded(quantile(values, 0.95)),
  max: rounded(quantile(values, 1)),
})

interface Measured {
  name: string
  openings: number
  users: number
  /** The accepted share of those who did not get the answer that all places were taken. */
  successRate: number
  accepted: number
  /** The site answered that all places were taken. */
  full: number
  /** Of all places at the openings, those that our users could have had. */
  shareOfPlaces: number
  /** Opening to acceptance at the site, of those accepted. */
  acceptedMs: ReturnType<typeof spread>
  /** Opening to the answer being here, of those accepted. */
  answeredMs: ReturnType<typeof spread>
  /** Opening to the last answer, good or bad. */
  anyAnswerMs: ReturnType<typeof spread>
  requestsPerUser: number
  maxRequestsPerSecondPerUser: number
  doubled: number
}

async function run(
  sportrick: RemoteSportrick,
  heat: Heat,
  openings: number,
  free: AsyncGenerator<ClassView>,
): Promise<Measured> {
  const started = Date.now() + SECOND
  const races: Promise<Finish[]>[] = []
  for (let i = 0; i < openings; i++) {
    await systemClock.sleep(started + i * heat.everyMs - Date.now())
    // In the middle of a second: the clock measurements of the openings to come, which meet at its edge, are
    // an accident of measuring many openings in a short time.
    const opensAt = Math.ceil((Date.now() + LEAD_MS) / SECOND) * SECOND + SECOND / 2
    const wanted: ClassView[] = []
    while (wanted.length < heat.classes) {
      const { value } = await free.next()
      const { date, start, course } = value as ClassView
      const query = { date, start, ...(course === null ? {} : { course }) }
      const after = heat.appearsAfterMs ?? 0
      wanted.push(
        await sportrick.setClass(query, {
          opensAt,
          capacity: PLACES,
          rivals: { ...RIVALS, firstMs: RIVALS.firstMs + after, lastMs: RIVALS.lastMs + after },
          ...(after > 0 && { appearsAt: opensAt + after }),
        }),
      )
    }
    const entrants = Array.from({ length: heat.users }, async (_, user) => {
      const username = `${heat.name}/${i}/${user}`
      await sportrick.addStudent({ username, password: 'x', otpauth: 'otpauth://totp/x?secret=GEZDGNBV' })
      if (heat.firstAnswer)
        await sportrick.fault({ kind: 'not-open-yet', username, times: 1, text: heat.firstAnswer })
      return heat.contender({
        sportrick,
        username,
        wanted: wanted[user % wanted.length] as ClassView,
        opensAt,
        clockOffMs: heat.clocksOffMs[(i + user) % heat.clocksOffMs.length] ?? 0,
      })
    })
    races.push(Promise.all(entrants))
  }
  const finishes = (await Promise.all(races)).flat()
  return summary(heat, openings, finishes, await sportrick.ledger())
}

function summary(
  heat: Heat,
  openings: number,
  finishes: Finish[],
  { bookings }: Awaited<ReturnType<RemoteSportrick['ledger']>>,
): Measured {
  const mine = bookings.filter(
    ({ username, outcome }) => username.startsWith(`${heat.name}/`) && outcome === 'accepted',
  )
  const won = finishes.filter(({ answer }) => answer === 'ok')
  const full = finishes.filter(({ answer }) => answer === 'full').length
  const possible = openings * Math.min(heat.users, heat.classes * PLACES)
  return {
    name: heat.name,
    openings,
    users: heat.users,
    successRate: rounded(won.length / Math.max(1, finishes.length - full), 3),
    accepted: won.length,
    full,
    shareOfPlaces: rounded(won.length / possible, 3),
    acceptedMs: spread(mine.map(({ afterOpeningMs }) => afterOpeningMs)),
    answeredMs: spread(won.map(({ answerMs }) => answerMs)),
    anyAnswerMs: spread(finishes.map(({ answerMs }) => answerMs)),
    requestsPerUser: rounded(
      finishes.reduce((sum, { sentAt }) => sum + sentAt.length, 0) / finishes.length,
      1,
    ),
    maxRequestsPerSecondPerUser: Math.max(...finishes.map(({ sentAt }) => mostInASecond(sentAt))),
    doubled: mine.length - new Set(mine.map(({ username }) => username)).size,
  }
}

const shown = ({ p50, p95, max }: ReturnType<typeof spread>) =>
  Number.isNaN(p50) ? '–' : `${p50} / ${p95} / ${max}`

/** The race at midnight: our client in this process, the site in another, on one machine's clock. */
export const bench: Bench = {
  title: `Race: an opening with ${RIVALS.count} rivals for ${PLACES} places, ${ONE_WAY_MS} ms each way, beside what others do`,
  async run(options) {
    const openings = wholeOption(options, 'openings', 20)
    const many = wholeOption(options, 'users', 30)
    const results = await withSportrick({ networkDelayMs: ONE_WAY_MS }, async (sportrick) => {
      const free = courses(sportrick)
      const measure = (heat: Heat) => run(sportrick, heat, openings, free)
      const all = heats(many)
      // Single users go at the same time, each at a class of their own; a crowd has the machine to itself.
      const singles = await Promise.all(all.filter(({ users }) => users === 1).map(measure))
      const crowds: Measured[] = []
      for (const heat of all.filter(({ users }) => users > 1)) crowds.push(await measure(heat))
      return [...singles.slice(0, 1), ...crowds, ...singles.slice(1)]
    })
    return {
      table: results.map((result) => ({
        '': result.name,
        openings: result.openings,
        'success while places last, %': rounded(result.successRate * 100, 1),
        accepted: result.accepted,
        'full before': result.full,
        'at the site, ms (p50 / p95 / max)': shown(result.acceptedMs),
        'answer here, ms': shown(result.answeredMs),
        'any answer, ms': shown(result.anyAnswerMs),
        'requests a user': result.requestsPerUser,
        'most in 1 s': result.maxRequestsPerSecondPerUser,
      })),
      figures: { oneWayMs: ONE_WAY_MS, places: PLACES, rivals: RIVALS, results },
    }
  },
}

import type { Hono } from 'hono'
import type { Clock } from '../src/platform/time.ts'
import { bookAtOpening } from '../src/sport/site/booking-race.ts'
import { createSportSite } from '../src/sport/site/site-client.ts'
import type { SportSite } from '../src/sport/site/site-model.ts'
import type { Dependencies } from '../src/sport/student/student-context.ts'
import { Faults } from '../test/simulators/sportrick/faults.ts'
import { AUTH_COOKIE, Sessions } from '../test/simulators/sportrick/sessions.ts'
import { createSite } from '../test/simulators/sportrick/site.ts'
import { World } from '../test/simulators/sportrick/world.ts'

const BASE = 'https://site.test/sportpolimi'
const ONE_WAY_MS = 40
/** The duration of a run of the browser in simulated time, ms. */
const BROWSER_MS = 6_000
const HOUR = 3_600_000

/** Time that passes only when somebody sleeps or the network is used; whole milliseconds, as a clock shows them. */
export class SimulatedClock implements Clock {
  time: number
  constructor(time: number) {
    this.time = time
  }
  now = () => this.time
  sleep = async (ms: number) => {
    this.time += Math.max(0, Math.ceil(ms))
  }
}

export interface Traffic {
  /** Plain requests by path; those without cookies, which read the site's clock, under `clock`. */
  requests: Record<string, number>
  logins: number
  cancellations: number
  /** The browser was wanted for anything else. */
  otherLaunches: number
}

/**
 * The booking site of one student: the simulator's pages and requests without a network, and our real client before
 * them. Only the browser is not started: logging in and cancelling are done for it and counted.
 */
export class SimulatedSite {
  readonly clock: SimulatedClock
  readonly world = new World({ lively: false, maxBookings: 10 })
  readonly traffic: Traffic = { requests: {}, logins: 0, cancellations: 0, otherLaunches: 0 }
  readonly username: string
  readonly #sessions = new Sessions(72 * HOUR)
  readonly #app: Hono
  /** A session ends this long after its login however much it is used, ms; null: only when it is not used. */
  readonly #sessionLifeMs: number | null
  #loggedInAt = 0

  constructor(username: string, startsAt: number, sessionLifeMs: number | null) {
    this.username = username
    this.clock = new SimulatedClock(startsAt)
    this.#sessionLifeMs = sessionLifeMs
    this.world.addStudent({ username, password: 'x', otpauth: '' })
    this.#app = createSite({
      root: '/sportpolimi',
      world: this.world,
      faults: new Faults(),
      sessions: this.#sessions,
      now: this.clock.now,
      ssoStart: () => '/',
      redeem: () => null,
      calendarDelayMs: 0,
      bannerDelayMs: 0,
      idsAsNumbers: true,
      casing: 'Pascal',
      listLagMs: 0,
      waitingLists: false,
      texts: {},
    }) as unknown as Hono
  }

  #fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const path = new URL(request.url).pathname.replace('/sportpolimi/', '')
    const { requests } = this.traffic
    const kind = request.headers.has('cookie') ? path : 'clock'
    requests[kind] = (requests[kind] ?? 0) + 1
    await this.clock.sleep(ONE_WAY_MS)
    const { now } = this.clock
    if (this.#sessionLifeMs !== null && now() > this.#loggedInAt + this.#sessionLifeMs)
      this.#sessions.expire()
    const date = new Date(now()).toUTCString()
    const served = await this.#app.fetch(request)
    await this.clock.sleep(ONE_WAY_MS)
    const answer = new Response(served.body, served)
    answer.headers.set('date', date)
    return answer
  }

  readonly site: SportSite = this.#client()

  #client(): SportSite {
    const client = createSportSite({
      base: BASE,
      fetch: (...args) => this.#fetch(...(args as [RequestInfo, RequestInit])),
      clock: { now: () => this.clock.now(), sleep: (ms) => this.clock.sleep(ms) },
      launchBrowser: () => {
        this.traffic.otherLaunches++
        return Promise.reject(new Error('this bench has no browser'))
      },
    })
    return {
      ...client,
      login: async () => {
        this.traffic.logins++
        await this.clock.sleep(BROWSER_MS)
        const obtainedAt = this.clock.now()
        this.#loggedInAt = obtainedAt
        const cookies = { [AUTH_COOKIE]: this.#sessions.open(this.username, obtainedAt) }
        return { ok: true, value: { cookies, obtainedAt } }
      },
      cancelInPage: async (_session, { date, start, course }) => {
        this.traffic.cancellations++
        await this.clock.sleep(BROWSER_MS)
        const entry = this.world.query({ date, start, ...(course === null ? {} : { course }) })
        const done = this.world.cancel(this.username, entry?.appointmentId ?? '', this.clock.now())
        return done
          ? { ok: true, value: null }
          : { ok: false, failure: { reason: 'booking-not-found', detail: 'nothing to cancel' } }
      },
    }
  }

  /** The student's object's dependencies in simulated time; the race is the real one. */
  get dependencies(): Dependencies {
    const alarmAt = (instant: number) => instant
    return { clock: this.clock, alarmAt, random: () => 0.5, site: this.site, race: bookAtOpening }
  }
}

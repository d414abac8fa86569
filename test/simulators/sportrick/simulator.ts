import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { systemClock } from '../../../src/platform/time.ts'
import { controlApp } from './control.ts'
import { Faults } from './faults.ts'
import type { SportrickOptions, SportrickSimulator } from './model.ts'
import { ASP_COOKIE, AUTH_COOKIE, FORGERY_COOKIE, Sessions, token } from './sessions.ts'
import { createSite } from './site.ts'
import { SingleSignOn } from './sso.ts'
import { wireTo } from './wire.ts'
import { World } from './world.ts'

export type * from './model.ts'

const ROOT = '/sportpolimi'
const HOUR = 3_600_000

/** A student whose account is set up from the start, for `npm start` and for demonstrations. */
export const DEMO_STUDENT: SportrickSimulator['demo'] = {
  username: '10812345',
  password: 'polimi-prova-1',
  otpauth: 'otpauth://totp/Polimi:10812345?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Polimi',
  name: 'Giulia Bianchi',
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/**
 * Starts the simulator. Every day of the calendar exists; a class opens at midnight (Rome) two days before its day
 * unless `setClass` says otherwise.
 */
export async function startSportrickSimulator(options: SportrickOptions = {}): Promise<SportrickSimulator> {
  const clock = options.clock ?? systemClock
  let shift = options.serverClockOffsetMs ?? 0
  const now = () => clock.now() + shift
  const delayMs = options.networkDelayMs ?? 0
  const world = new World({ lively: options.lively ?? false, maxBookings: options.maxBookings ?? 10 })
  const faults = new Faults()
  const sessions = new Sessions((options.sessionHours ?? 72) * HOUR)
  for (const student of [DEMO_STUDENT, ...(options.students ?? [])]) world.addStudent(student)

  const sso = new SingleSignOn({ world, faults, now, maxLoginTries: options.maxLoginTries ?? 5 })
  const ssoUrl: { current: string } = { current: '' }
  const site = createSite({
    root: ROOT,
    world,
    faults,
    sessions,
    now,
    ssoStart: (relay, back) =>
      `${ssoUrl.current}/aunicalogin/getservizio.xml?relay=${relay}&back=${encodeURIComponent(back)}`,
    redeem: (assertion) => sso.redeem(assertion),
    calendarDelayMs: options.calendarDelayMs ?? 300,
    bannerDelayMs: options.bannerDelayMs ?? 0,
    idsAsNumbers: options.idsAsNumbers ?? true,
    casing: options.casing ?? 'Pascal',
    listLagMs: options.listLagMs ?? 0,
    waitingLists: options.waitingLists ?? false,
    texts: options.texts ?? {},
  })

  const simulator: Omit<SportrickSimulator, 'base' | 'ssoUrl' | 'control' | 'close'> = {
    demo: DEMO_STUDENT,
    addStudent: (student) => world.addStudent(student),
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    classes: (date) => world.classesOn(date).map((entry) => world.view(entry, now())),
    setClass: (query, change) => {
      const entry = world.query(query)
      if (!entry)
        throw new Error(`No class on ${query.date} at ${query.start}: ${query.course ?? 'Fit Center'}`)
      world.change(entry, change)
      return world.view(entry, now())
    },
    bookFor: (username, query) => world.book(username, world.query(query)?.appointmentId ?? '', now()),
    issueSession: (username) => ({
      [AUTH_COOKIE]: sessions.open(username, now()),
      [ASP_COOKIE]: token(12).toLowerCase(),
      [FORGERY_COOKIE]: token(32),
    }),
    adoptSession: (username, cookies) => {
      sessions.open(username, now(), cookies[AUTH_COOKIE])
    },
    expireSessions: (username) => sessions.expire(username),
    advance: (ms) => {
      shift += ms
    },
    now,
    ledger: () => world.ledger,
  }

  const outer = new Hono({ strict: false })
  outer.route('/__control', controlApp(simulator))
  outer.get('/favicon.ico', (c) => c.body(null, 204))
  outer.route('/', site)
  outer.notFound((c) => c.redirect(`${ROOT}/`))

  const wire = (host: 'site' | 'sso', app: { fetch: Hono['fetch'] }) =>
    wireTo(app, { host, clock, now, delayMs, faults, sessions, requests: world.ledger.requests })
  const siteServer = createServer(wire('site', outer))
  const ssoServer = createServer(wire('sso', sso.app))
  for (const server of [siteServer, ssoServer]) server.keepAliveTimeout = 30_000
  const origin = await listen(siteServer, options.port ?? 0)
  // Another host name than the site's, so that the two do not share cookies.
  ssoUrl.current = (await listen(ssoServer, options.ssoPort ?? 0)).replace('127.0.0.1', 'localhost')
  return {
    ...simulator,
    base: `${origin}${ROOT}`,
    ssoUrl: ssoUrl.current,
    control: `${origin}/__control`,
    close: async () => {
      for (const server of [siteServer, ssoServer]) server.closeAllConnections()
      await Promise.all(
        [siteServer, ssoServer].map((server) => new Promise((resolve) => server.close(resolve))),
      )
    },
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MINUTE, systemClock } from '../../../src/platform/time.ts'
import { callControl } from './control.ts'
import { Faults } from './faults.ts'
import type { OutageShape, PortalControls, PortalOptions, PortalSimulator, SeenRequest } from './model.ts'
import { Random } from './random.ts'
import {
  aboutOf,
  answer,
  endpointOf,
  faultAnswer,
  html,
  json,
  outageAnswer,
  readRequest,
  refusal,
} from './routes.ts'
import { Sessions, type Standing } from './sessions.ts'
import { readBody, write } from './wire.ts'
import { World } from './world.ts'

export type * from './model.ts'

/** Requests that are remembered; the oldest half is forgotten beyond it. */
const MOST_REQUESTS = 400_000
const NOBODY: Standing = { ok: false, shape: 'redirect' }

/**
 * Starts the police portal as bots see it, on loopback: its pages, its three requests, sessions that expire and rotate,
 * and faults on demand. It knows no session until `issueSession` makes one.
 */
export async function startPortalSimulator(options: PortalOptions = {}): Promise<PortalSimulator> {
  const clock = options.clock ?? systemClock
  let shift = 0
  const now = () => clock.now() + shift
  const world = new World(options, now)
  let sessions = new Sessions(options, now)
  const faults = new Faults(options.seed ?? 1)
  let requests: SeenRequest[] = []
  let perMinute: Record<string, number> = {}
  let run: { going: boolean } = { going: false }
  let origin = ''
  let outage: OutageShape | null = null

  const note = (seen: SeenRequest): SeenRequest => {
    if (requests.length >= MOST_REQUESTS) requests = requests.slice(MOST_REQUESTS / 2)
    requests.push(seen)
    const minute = Math.floor(seen.at / MINUTE)
    perMinute[minute] = (perMinute[minute] ?? 0) + 1
    return seen
  }

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const path = (incoming.url ?? '/').split('?')[0] ?? '/'
    const body = await readBody(incoming)
    if (path === '/__control') return write(outgoing, await callControl(controls, body))
    const endpoint = endpointOf(incoming.method ?? 'GET', path)
    const seen = note({ at: now(), endpoint: endpoint ?? 'unknown', status: 404 })
    const asked = endpoint && readRequest(endpoint, path, body)
    if (!asked) {
      seen.status = endpoint ? 400 : 404
      return write(outgoing, endpoint ? json({ error: 'Bad Request' }, 400) : html('<h1>404</h1>', 404))
    }
    const about = aboutOf(asked, world)
    const { endpoint: _, ...details } = about
    Object.assign(seen, details, asked.endpoint === 'agenda' && { month: asked.month })
    if (asked.endpoint === 'offices') seen.skip = asked.skip
    const fault = faults.take(about)
    if (fault) seen.fault = fault.kind
    if (fault?.kind === 'hang') return
    const delay = (options.delayMs ?? 0) + (fault?.kind === 'slow' ? (fault.ms ?? 1_000) : 0)
    if (delay > 0) await clock.sleep(delay)

    const refused = outage && outageAnswer(outage, asked.endpoint)
    if (refused) {
      seen.status = refused.status
      return write(outgoing, refused)
    }
    const open = asked.endpoint === 'login' || asked.endpoint === 'town'
    const sender = open ? NOBODY : sessions.enter(incoming.headers.cookie ?? '')
    if (sender.ok) seen.session = sender.session.number
    const forged =
      sender.ok && incoming.method === 'POST' && incoming.headers['x-csrf-token'] !== sender.session.csrf
    const given =
      faultAnswer(fault?.kind, fault?.retryAfter) ??
      (forged ? refusal('403') : answer(world, options, asked, sender, fault?.kind))
    seen.status = given.status
    write(outgoing, given, {
      setCookie: sender.ok ? sender.setCookie : [],
      cut: fault?.kind === 'cut',
    })
  }

  const controls: PortalControls = {
    offices: (province) => (province ? world.officesOf(province) : world.all()),
    addOffice: (seed) => world.addOffice(seed),
    removeOffice: (officeId) => world.removeOffice(officeId),
    setHour: (officeId, hour) => {
      world.office(officeId).hour = hour
    },
    slots: (officeId) => world.slotsOf(officeId),
    freeSlot: (officeId, date, time, places) => world.free(officeId, date, time, places),
    takeSlot: (officeId, date, time, places) => world.take(officeId, date, time, places),
    shuffle: (count) => {
      for (let n = 0; n < count; n++) world.shuffle()
    },
    runRandomly: ({ seed = 1, ratePerMinute, provinces }) => {
      run.going = false
      const mine = { going: true }
      run = mine
      const random = new Random(`run:${seed}`)
      const loop = async () => {
        while (mine.going) {
          await clock.sleep((-Math.log(1 - random.next()) * MINUTE) / ratePerMinute)
          if (mine.going) world.shuffle(random, provinces)
        }
      }
      void loop()
    },
    stopRandomly: () => {
      run.going = false
    },
    issueSession: () => sessions.issue(origin),
    expireSession: (shape = options.expiry ?? 'redirect', session) => sessions.expire(shape, session),
    rotate: ({ csrf = true } = {}) => sessions.rotate(csrf),
    outage: (shape) => {
      outage = shape
    },
    hideSlots: (officeId, hidden) => world.hide(officeId, hidden),
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    advance: (ms) => {
      shift += ms
    },
    now,
    slotChanges: () => world.changes,
    requests: () => requests,
    requestsPerMinute: () => perMinute,
    forgetRequests: () => {
      requests = []
      perMinute = {}
    },
    reset: () => {
      run.going = false
      world.reset()
      faults.clear()
      outage = null
      sessions = new Sessions(options, now)
      requests = []
      perMinute = {}
    },
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error) => {
      if (incoming.destroyed || outgoing.destroyed) return
      console.error('portal simulator:', error)
      outgoing.destroy()
    })
  })
  server.keepAliveTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...controls,
    origin,
    control: `${origin}/__control`,
    close: async () => {
      run.going = false
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

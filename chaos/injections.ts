import type { Random } from '../test/simulators/portal/random.ts'
import type { Fault as PortalFault } from '../test/simulators/portal/simulator.ts'
import type { PushFault } from '../test/simulators/push/push-faults.ts'
import type { Fault as SiteFault } from '../test/simulators/sportrick/simulator.ts'
import type { Fault as TelegramFault } from '../test/simulators/telegram/index.ts'
import type { BatchFault } from './fault-injector.worker.ts'
import { PROVINCES } from './places.ts'

/** An end of the Workers and their restart. */
export interface Outage {
  /** How far every clock moves (ms) while they are down; `midnight`: to shortly before it, when bookings open. */
  skip: number | 'midnight'
  /** Ms after which the crons tick again. */
  ticklessMs: number
  /** The objects' alarms fire in time, late by this many ms, or all once more. */
  alarms: number | 'again'
}

/** A fault. Times in ms. */
export type Injection =
  | ({ kind: 'kill' } & Outage)
  | ({ kind: 'deploy' } & Outage)
  | { kind: 'nudges'; copies: number; shuffled: boolean }
  | { kind: 'unknown-message' }
  | { kind: 'dead-letters' }
  | { kind: 'batches'; queue: 'availability' | 'outbound'; fault: BatchFault; times: number }
  | { kind: 'store'; ms: number; times: number }
  | { kind: 'bad-store'; fault: 'slow' | 'refused'; forMs: number; share: number; waitMs: number }
  | { kind: 'telegram'; fault: TelegramFault; times: number; probability: number; method?: string }
  | { kind: 'portal'; fault: PortalFault }
  | { kind: 'site'; fault: SiteFault }
  | { kind: 'push'; fault: PushFault; times: number; probability: number }
  /** A browser gives up its subscription, which its push service says with this status. Which: in [0, 1). */
  | { kind: 'push-ended'; browser: number; status: 404 | 410 }
  | { kind: 'extra-ticks'; count: number }
  | { kind: 'no-ticks'; ms: number }
  | { kind: 'woken'; times: number }

function telegramInjection(random: Random): Injection {
  const method = random.pick(['', 'sendMessage', 'editMessageText'])
  const fault = random.pick<() => TelegramFault>([
    () => ({ type: 'too-many-requests', retryAfter: 1 + random.below(4), hold: random.next() < 0.5 }),
    () => ({ type: 'too-many-requests', retryAfter: 20 + random.below(100) }),
    () => ({ type: 'server-error', status: random.pick([500, 502, 503]) }),
    () => ({ type: 'drop-before' }),
    () => ({ type: 'drop-after' }),
    () => ({ type: 'drop-after' }),
    // Rarely longer than the sender waits, so that Telegram accepts a message after the sender timed out.
    () => ({ type: 'slow', ms: random.next() < 0.1 ? 10_500 : 200 + random.below(1_500) }),
  ])()
  return {
    kind: 'telegram',
    fault,
    times: 1 + random.below(5),
    probability: random.pick([1, 0.5]),
    ...(method !== '' && { method }),
  }
}

function portalInjection(random: Random): Injection {
  const kind = random.pick([
    'forbidden',
    'unauthorized',
    'login',
    'html',
    'too-many',
    'server-error',
    'slow',
    'hang',
    'broken-json',
    'cut',
    'truncated',
    'empty',
    'wrong-types',
  ] as const)
  const where = random.pick<Partial<PortalFault>>([
    {},
    { province: random.pick(PROVINCES) },
    { endpoint: 'offices' },
    { endpoint: 'agenda' },
  ])
  const wait = random.pick(['', '1', '5'])
  return {
    kind: 'portal',
    fault: {
      kind,
      ...where,
      times: kind === 'hang' ? 1 : 1 + random.below(8),
      probability: random.pick([1, 0.4]),
      ...(kind === 'slow' && { ms: 300 + random.below(2_000) }),
      ...(kind === 'too-many' && wait !== '' && { retryAfter: wait }),
    },
  }
}

function siteInjection(random: Random): Injection {
  const path = random.pick(['', 'BookAppointment', 'GetActivitySchedule', '/Booking'])
  const where = path === '' ? {} : { path }
  const fault = random.pick<() => SiteFault>([
    () => ({ kind: 'server-error', times: 1 + random.below(3), ...where }),
    () => ({ kind: 'too-many-requests', times: 1 + random.below(2), ...where }),
    () => ({ kind: 'slow-page', ms: 200 + random.below(1_500), times: 1 + random.below(4), ...where }),
    () => ({ kind: 'answer-lost', times: 1 + random.below(2) }),
    () => ({ kind: 'answer-lost', times: 1 + random.below(2) }),
    () => ({ kind: 'empty-error-page', times: 1 + random.below(2) }),
    () => ({ kind: 'slot-taken', times: 1 }),
    () => ({ kind: 'hang', times: 1, ...where }),
    () => ({ kind: 'session-expired', times: 1 }),
  ])()
  return { kind: 'site', fault }
}

const outage = (random: Random): Outage => ({
  skip: random.pick([0, 0, 5_000, 35_000, 65_000, 300_000, 'midnight', 'midnight'] as const),
  ticklessMs: random.pick([0, 0, 500, 1_500]),
  alarms: random.pick([0, 0, 800, 'again'] as const),
})

/**
 * A message that Telegram accepted and the sender could not save is sent again: during a send run the database may
 * refuse calls for a while (`bad-store`), but not forever.
 */
function batchInjection(random: Random): Injection {
  const queue = random.pick(['availability', 'outbound'] as const)
  const fault = random.pick<() => BatchFault>([
    () => ({ kind: 'again' }),
    () => ({ kind: 'reversed' }),
    () => ({ kind: 'poisoned' }),
    () => (queue === 'outbound' ? { kind: 'again' } : { kind: 'middle', calls: random.below(6) }),
  ])()
  return { kind: 'batches', queue, fault, times: 1 + random.below(3) }
}

function badStoreInjection(random: Random): Injection {
  const slow = random.next() < 0.5
  return {
    kind: 'bad-store',
    fault: slow ? 'slow' : 'refused',
    forMs: 200 + random.below(1_500),
    share: random.pick([1, 0.5, 0.2]),
    waitMs: slow ? 30 + random.below(400) : random.below(20),
  }
}

function pushInjection(random: Random): Injection {
  const fault = random.pick<() => PushFault>([
    () => ({ type: 'refused', status: 429, retryAfter: 1 + random.below(4) }),
    () => ({ type: 'refused', status: 429, retryAfter: 20 + random.below(100) }),
    () => ({ type: 'refused', status: random.pick([500, 502, 503]) }),
    // Our key is refused for a moment: nobody may end for that.
    () => ({ type: 'refused', status: random.pick([401, 403]) }),
    () => ({ type: 'drop-before' }),
    () => ({ type: 'drop-after' }),
    // Rarely longer than the sender waits.
    () => ({ type: 'slow', ms: random.next() < 0.1 ? 10_500 : 200 + random.below(1_500) }),
  ])()
  return { kind: 'push', fault, times: 1 + random.below(5), probability: random.pick([1, 0.5]) }
}

const pushEnded = (random: Random): Injection => ({
  kind: 'push-ended',
  browser: random.next(),
  status: random.pick([404, 410] as const),
})

const restart = (random: Random): Injection => ({
  kind: random.pick(['kill', 'kill', 'deploy']),
  ...outage(random),
})

const INJECTIONS: ((random: Random) => Injection)[] = [
  restart,
  (random) => ({ kind: 'nudges', copies: 1 + random.below(4), shuffled: random.next() < 0.5 }),
  () => ({ kind: 'unknown-message' }),
  () => ({ kind: 'dead-letters' }),
  batchInjection,
  batchInjection,
  badStoreInjection,
  badStoreInjection,
  (random) => ({ kind: 'store', ms: 100 + random.below(1_500), times: 1 }),
  (random) => ({ kind: 'store', ms: 60, times: 2 + random.below(8) }),
  telegramInjection,
  telegramInjection,
  telegramInjection,
  portalInjection,
  portalInjection,
  portalInjection,
  siteInjection,
  siteInjection,
  (random) => ({ kind: 'extra-ticks', count: 1 + random.below(3) }),
  (random) => ({ kind: 'no-ticks', ms: 500 + random.below(2_000) }),
  (random) => ({ kind: 'woken', times: 1 + random.below(4) }),
]

/** Draws a run's faults, with at least one end of the Workers. */
export function drawInjections(random: Random): Injection[] {
  const injections = [restart(random)]
  const more = 5 + random.below(8)
  for (let n = 0; n < more; n++) injections.push(random.pick(INJECTIONS)(random))
  return injections
}

/** Draws a run's faults of the push service. */
export function drawPushInjections(random: Random): Injection[] {
  const injections = Array.from({ length: 2 + random.below(3) }, () => pushInjection(random))
  return random.next() < 0.4 ? [...injections, pushEnded(random)] : injections
}

import { Random } from '../test/simulators/portal/random.ts'
import type { Fault as PortalFault } from '../test/simulators/portal/simulator.ts'
import type { Fault as SiteFault } from '../test/simulators/sportrick/simulator.ts'
import type { Fault as TelegramFault } from '../test/simulators/telegram/index.ts'
import type { BatchFault } from './fault-injector.worker.ts'

export const PROVINCES = ['TO', 'MI', 'RM', 'BO', 'AO'] as const
/** Provinces with two offices; the others have one. */
export const LARGE = ['TO', 'MI'] as const

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
  | { kind: 'extra-ticks'; count: number }
  | { kind: 'no-ticks'; ms: number }
  | { kind: 'woken'; times: number }

/**
 * A student's request: a class at its opening, a class that is already open (with an alternative if it is full),
 * or a weekly booking.
 */
export interface BookingWish {
  student: number
  kind: 'opening' | 'now' | 'weekly'
  /** Which class of the day: in [0, 1). */
  choice: number
  /** True if others hold every place of the first choice. */
  full: boolean
}

/** A step of a run. */
export type Step = { at: number } & (
  | { step: 'slot'; office: number; choice: number; slot: number; places: number }
  | { step: 'wish'; wish: BookingWish }
  | { step: 'injection'; injection: Injection }
)

/** A bug planted in the Workers; the audit must find it. */
export const PLANTED_BUGS = [
  'lost-alert',
  'lost-digest',
  'duplicate',
  'missed-edit',
  'forgotten-booking',
] as const
export type PlantedBug = (typeof PLANTED_BUGS)[number]

/** Everything that happens in a run. The same seed gives the same plan. */
export interface Plan {
  seed: number
  steps: Step[]
  /** Who follows what: indexes into `PROVINCES`, by person. */
  follows: number[][]
  /** The same for people whose quiet hours end shortly after midnight and who want a digest then. */
  nightFollows: number[][]
  /** True if Telegram enforces its published limits. */
  limited: boolean
  /** How many senders share the calls to Telegram (`SENDERS`). */
  senders: number
  plant?: PlantedBug
}

export const SCENARIO_MS = 4_000
const PEOPLE = 12
/** People in quiet hours follow half of the provinces, so some alerts are held and others are not. */
const NIGHT_PEOPLE = 3
export const STUDENTS = 3
const OFFICES = PROVINCES.length + LARGE.length
/** The days and times of a run's slots: few, so that slots open again. */
const SLOT_CHOICES = 6

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

function drawWishes(random: Random): Step[] {
  const steps: Step[] = []
  for (let student = 0; student < STUDENTS; student++)
    for (const kind of ['opening', 'now', 'weekly'] as const) {
      if (random.next() < 0.25) continue
      const wish = { student, kind, choice: random.next(), full: kind === 'now' && random.next() < 0.3 }
      steps.push({ at: random.below(SCENARIO_MS - 800), step: 'wish', wish })
    }
  return steps
}

/** Draws the plan of a run. */
export function drawPlan(seed: number): Plan {
  const random = new Random(`chaos:${seed}`)
  // Somebody follows each province; a half of the people follow two.
  const follows = Array.from({ length: PEOPLE }, (_, person) => {
    const others = random.next() < 0.5 ? [random.below(PROVINCES.length)] : []
    return [...new Set([person % PROVINCES.length, ...others])]
  })
  const night = new Random(`night:${seed}`)
  const nightFollows = Array.from({ length: NIGHT_PEOPLE }, (_, person) => [
    ...new Set([person % PROVINCES.length, night.below(PROVINCES.length)]),
  ])
  const steps = drawWishes(random)
  for (let at = 100; at < SCENARIO_MS; at += 200 + random.below(300)) {
    const [office, slot] = [random.below(OFFICES), random.below(SLOT_CHOICES)]
    steps.push({ at, step: 'slot', office, slot, choice: random.next(), places: 1 + random.below(3) })
  }
  // Every run has at least one end of the Workers.
  const injections = [restart(random)]
  const more = 5 + random.below(8)
  for (let n = 0; n < more; n++) injections.push(random.pick(INJECTIONS)(random))
  for (const injection of injections) {
    steps.push({ at: 300 + random.below(SCENARIO_MS - 600), step: 'injection', injection })
  }
  steps.sort((a, b) => a.at - b.at)
  // Drawn apart: what older seeds draw stays as it was.
  const senders = new Random(`senders:${seed}`).pick([1, 1, 3])
  return { seed, follows, nightFollows, steps, limited: random.next() < 0.5, senders }
}

import { Random } from '../test/simulators/portal/random.ts'
import type { Fault as PortalFault } from '../test/simulators/portal/simulator.ts'
import type { Fault as TelegramFault } from '../test/simulators/telegram/index.ts'

export const PROVINCES = ['TO', 'MI', 'RM', 'BO', 'AO'] as const

/** Something that goes wrong. Times in ms; `skippedMs` passes on everybody's clock while the Workers are down. */
export type Mishap =
  | { kind: 'kill'; skippedMs: number; ticklessMs: number }
  | { kind: 'deploy'; skippedMs: number; ticklessMs: number }
  | { kind: 'nudges'; copies: number; shuffled: boolean }
  | { kind: 'unknown-message' }
  | { kind: 'dead-letters' }
  | { kind: 'store'; ms: number }
  | { kind: 'telegram'; fault: TelegramFault; times: number; probability: number; method?: string }
  | { kind: 'portal'; fault: PortalFault }
  | { kind: 'extra-ticks'; count: number }
  | { kind: 'no-ticks'; ms: number }

/** A step of a run: a slot freed or taken, or a mishap. */
export type Step = { at: number } & (
  | { step: 'slot'; office: number; choice: number; slot: number; places: number }
  | { step: 'mishap'; mishap: Mishap }
)

/** All that happens in a run, by its seed: the same seed, the same plan. */
export interface Plan {
  seed: number
  steps: Step[]
  /** Who follows what: indexes into `PROVINCES`, by person. */
  follows: number[][]
  /** Whether Telegram enforces its published limits. */
  limited: boolean
}

export const LIFE_MS = 20_000
const PEOPLE = 30
const OFFICES = 10
/** Days and times that a run's slots are drawn from: few, so that slots come back. */
export const SLOT_CHOICES = 12

function telegramMishap(random: Random): Mishap {
  const method = random.pick(['', 'sendMessage', 'editMessageText'])
  const fault = random.pick<() => TelegramFault>([
    () => ({ type: 'too-many-requests', retryAfter: 1 + random.below(6), hold: random.next() < 0.5 }),
    () => ({ type: 'too-many-requests', retryAfter: 20 + random.below(100) }),
    () => ({ type: 'server-error', status: random.pick([500, 502, 503]) }),
    () => ({ type: 'drop-before' }),
    () => ({ type: 'drop-after' }),
    () => ({ type: 'slow', ms: random.pick([800, 3_000, 11_000]) }),
  ])()
  return {
    kind: 'telegram',
    fault,
    times: 1 + random.below(6),
    probability: random.pick([1, 0.5]),
    ...(method !== '' && { method }),
  }
}

function portalMishap(random: Random): Mishap {
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

const outage = (random: Random) => ({
  skippedMs: random.pick([0, 5_000, 65_000, 70_000, 70_000, 200_000]),
  ticklessMs: random.pick([0, 0, 1_500, 4_000]),
})

const MISHAPS: ((random: Random) => Mishap)[] = [
  (random) => ({ kind: 'kill', ...outage(random) }),
  (random) => ({ kind: 'kill', ...outage(random) }),
  (random) => ({ kind: 'deploy', ...outage(random) }),
  (random) => ({ kind: 'nudges', copies: 1 + random.below(4), shuffled: random.next() < 0.5 }),
  () => ({ kind: 'unknown-message' }),
  () => ({ kind: 'dead-letters' }),
  (random) => ({ kind: 'store', ms: 200 + random.below(2_500) }),
  telegramMishap,
  telegramMishap,
  telegramMishap,
  portalMishap,
  portalMishap,
  portalMishap,
  (random) => ({ kind: 'extra-ticks', count: 1 + random.below(3) }),
  (random) => ({ kind: 'no-ticks', ms: 2_000 + random.below(8_000) }),
]

/** Draws a run. */
export function drawPlan(seed: number): Plan {
  const random = new Random(`chaos:${seed}`)
  const follows = Array.from({ length: PEOPLE }, () => {
    const count = 1 + random.below(3)
    return [...new Set(Array.from({ length: count }, () => random.below(PROVINCES.length)))]
  })
  const steps: Step[] = []
  for (let at = 500; at < LIFE_MS; at += 250 + random.below(700)) {
    const [office, slot] = [random.below(OFFICES), random.below(SLOT_CHOICES)]
    steps.push({ at, step: 'slot', office, slot, choice: random.next(), places: 1 + random.below(3) })
  }
  const mishaps = 6 + random.below(9)
  for (let n = 0; n < mishaps; n++) {
    const at = 800 + random.below(LIFE_MS - 1_500)
    steps.push({ at, step: 'mishap', mishap: random.pick(MISHAPS)(random) })
  }
  steps.sort((a, b) => a.at - b.at)
  return { seed, follows, steps, limited: random.next() < 0.5 }
}

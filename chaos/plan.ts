import { Random } from '../test/simulators/portal/random.ts'
import { drawInjections, drawPushInjections, type Injection } from './injections.ts'
import { OFFICES, PROVINCES } from './places.ts'
import { drawWishes, type SlotWish } from './slot-wishes.ts'

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
  'lost-push',
  'duplicate',
  'astray',
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
  /** The same for browsers that get Web Push; the last one is in quiet hours too. */
  browserFollows: number[][]
  /** Which slots these people and browsers want. */
  wishes: SlotWish[]
  browserWishes: SlotWish[]
  /** An office of which people reported many false alarms: its slots wait for a second reading. An index; null: none. */
  unsteady: number | null
  /** True if Telegram enforces its published limits. */
  limited: boolean
  /** How many senders share the calls to Telegram (`SENDERS`). */
  senders: number
  planted: readonly PlantedBug[]
}

export const SCENARIO_MS = 4_000
const PEOPLE = 12
/** People in quiet hours follow half of the provinces, so some alerts are held and others are not. */
const NIGHT_PEOPLE = 3
export const STUDENTS = 3
const BROWSERS = 4
/** The days and times of a run's slots: few, so that slots open again. */
const SLOT_CHOICES = 6

function drawBookings(random: Random): Step[] {
  const steps: Step[] = []
  for (let student = 0; student < STUDENTS; student++)
    for (const kind of ['opening', 'now', 'weekly'] as const) {
      if (random.next() < 0.25) continue
      const wish = { student, kind, choice: random.next(), full: kind === 'now' && random.next() < 0.3 }
      steps.push({ at: random.below(SCENARIO_MS - 800), step: 'wish', wish })
    }
  return steps
}

/** One of the provinces, so that somebody follows each, and another one perhaps. */
const followsOf = (person: number, other: number[]): number[] => [
  ...new Set([person % PROVINCES.length, ...other]),
]

/** Draws the plan of a run. */
export function drawPlan(seed: number): Plan {
  const random = new Random(`chaos:${seed}`)
  // A half of the people follow two provinces.
  const follows = Array.from({ length: PEOPLE }, (_, person) =>
    followsOf(person, random.next() < 0.5 ? [random.below(PROVINCES.length)] : []),
  )
  const night = new Random(`night:${seed}`)
  const nightFollows = Array.from({ length: NIGHT_PEOPLE }, (_, person) =>
    followsOf(person, [night.below(PROVINCES.length)]),
  )
  const browsers = new Random(`browsers:${seed}`)
  const browserFollows = Array.from({ length: BROWSERS }, (_, browser) =>
    followsOf(browser, [browsers.below(PROVINCES.length)]),
  )
  const steps = drawBookings(random)
  for (let at = 100; at < SCENARIO_MS; at += 200 + random.below(300)) {
    const [office, slot] = [random.below(OFFICES), random.below(SLOT_CHOICES)]
    steps.push({ at, step: 'slot', office, slot, choice: random.next(), places: 1 + random.below(3) })
  }
  for (const injection of drawInjections(random)) {
    steps.push({ at: 300 + random.below(SCENARIO_MS - 600), step: 'injection', injection })
  }
  const limited = random.next() < 0.5
  // Drawn apart: what older seeds draw stays as it was.
  const push = new Random(`push:${seed}`)
  for (const injection of drawPushInjections(push))
    steps.push({ at: push.below(SCENARIO_MS - 300), step: 'injection', injection })
  steps.sort((a, b) => a.at - b.at)
  const senders = new Random(`senders:${seed}`).pick([1, 1, 3])
  const unsteady = new Random(`unsteady:${seed}`).below(OFFICES * 2)
  return {
    seed,
    follows,
    nightFollows,
    browserFollows,
    ...drawWishes(seed, follows, BROWSERS),
    steps,
    unsteady: unsteady < OFFICES ? unsteady : null,
    limited,
    senders,
    planted: [],
  }
}

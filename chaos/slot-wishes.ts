import { Random } from '../test/simulators/portal/random.ts'
import { PROVINCES } from './places.ts'

/** Which slots somebody wants; an absent field sets no limit. Days are counted from the day on which the world starts. */
export interface SlotWish {
  /** Days of the week, 1 (Monday) to 7. */
  weekdays?: readonly number[]
  /** The first day. */
  fromInDays?: number
  /** Times of the day, Rome; the ends are not included. */
  windows?: readonly (readonly [from: string, to: string])[]
  /** Their appointment in a province: there they want only earlier days. */
  appointment?: { province: string; inDays: number }
}

const DAY_MS = 86_400_000

/** A day so many days after another. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)

/**
 * Whether a slot is one that somebody wants: by a rule of its own, so that it finds errors in that of the Workers.
 * @param today the Rome day on which the world started
 */
export function wants(
  { weekdays, fromInDays, windows, appointment }: SlotWish,
  { province, date, time }: { province: string; date: string; time: string },
  today: string,
): boolean {
  const weekday = new Date(date).getUTCDay() || 7
  if (weekdays && !weekdays.includes(weekday)) return false
  if (fromInDays !== undefined && date < dayAfter(today, fromInDays)) return false
  if (windows && !windows.some(([from, to]) => from <= time && time < to)) return false
  return appointment?.province !== province || date < dayAfter(today, appointment.inDays)
}

/** Days of a run's slots are 2 to 7 and 45 to 50 days ahead, their times 08:30, 09:00, 10:15 and 12:00. */
const FIRST_DAYS = [4, 5, 7, 46]
const APPOINTMENTS = [5, 20, 46]
const WINDOWS = [
  [
    ['08:00', '09:00'],
    ['11:00', '13:00'],
  ],
  [
    ['09:00', '10:00'],
    ['10:30', '12:01'],
  ],
] as const

/** Four days of the week. */
const fourDays = (random: Random): number[] => {
  const first = random.below(7)
  return [0, 1, 3, 5].map((day) => ((first + day) % 7) + 1).sort()
}

/** Draws what people and browsers want. Most want all, so that few alerts are lost to the check of losses. */
export function drawWishes(seed: number, follows: readonly number[][], browsers: number) {
  const random = new Random(`wishes:${seed}`)
  const wishes: SlotWish[] = follows.map(() => ({}))
  wishes[1] = { weekdays: fourDays(random) }
  wishes[4] = { windows: random.pick(WINDOWS) }
  wishes[7] = { fromInDays: random.pick(FIRST_DAYS) }
  const province = PROVINCES[follows[10]?.[0] ?? 0] ?? 'TO'
  wishes[10] = { appointment: { province, inDays: random.pick(APPOINTMENTS) } }
  const browserWishes: SlotWish[] = Array.from({ length: browsers }, () => ({}))
  browserWishes[1] = { weekdays: fourDays(random), windows: random.pick(WINDOWS) }
  return { wishes, browserWishes }
}

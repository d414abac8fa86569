import { addDays, DAY, dayOfWeek, type RomeDate, romeDate, romeTime } from '../../platform/time.ts'

/** How many slots became free within an hour that begins at an instant (epoch ms, a whole hour). */
export interface FreedInHour {
  hour: number
  count: number
}

/** With fewer freed slots than this there are no statistics. */
export const ENOUGH = 20

/** Freed slots by day of the week (0 = Monday) and hour of Rome's clocks. */
export type WeekGrid = number[][]

/** Rome's clocks minus UTC (ms) at a whole hour. */
const offsetAt = (hour: number) => Date.parse(`${romeDate(hour)}T${romeTime(hour)}Z`) - hour

/**
 * A whole hour (epoch ms) as Rome's clocks show it, written as if it were UTC. The zone is asked once a day, and hour by
 * hour only on the two days a year on which the clocks change: a year of hours takes little time.
 */
function romeClock() {
  const offsets = new Map<number, number>()
  const offset = (instant: number) => {
    const known = offsets.get(instant) ?? offsetAt(instant)
    offsets.set(instant, known)
    return known
  }
  return (hour: number): Date => {
    const day = Math.floor(hour / DAY) * DAY
    const steady = offset(day) === offset(day + DAY)
    return new Date(hour + offset(steady ? day : hour))
  }
}

/** Sums what was freed by Rome's day of the week and hour; both hours that October gives the same name share a cell. */
export function weekGrid(freed: readonly FreedInHour[]): WeekGrid {
  const grid = Array.from({ length: 7 }, () => new Array<number>(24).fill(0))
  const clock = romeClock()
  for (const { hour, count } of freed) {
    const shown = clock(hour)
    const row = grid[(shown.getUTCDay() + 6) % 7]
    const column = shown.getUTCHours()
    if (row) row[column] = (row[column] ?? 0) + count
  }
  return grid
}

/** Days of the week that have a name in common, as rows of the grid; a number is one day, 0 = Monday. */
type Days = 'every-day' | 'working-days' | 'weekend' | number

const dayGroups: readonly (readonly [Days, readonly number[]])[] = [
  ['every-day', [0, 1, 2, 3, 4, 5, 6]],
  ['working-days', [0, 1, 2, 3, 4]],
  ['weekend', [5, 6]],
  ...[0, 1, 2, 3, 4, 5, 6].map((day) => [day, [day]] as const),
]

/** Hours of some days in which many slots are freed. */
export interface BestTime {
  days: Days
  /** The same days as rows of the grid. */
  rows: readonly number[]
  /** Whole hours of Rome's clocks, `to` not included. */
  from: number
  to: number
  /** Of everything that was freed. */
  share: number
}

/** Longer than this nobody looks. */
const LONGEST_LOOK = 3
/** Only a time with this share of all slots, and this many times what chance gives it, helps anybody. */
const USEFUL_SHARE = 0.25
const USEFUL_LIFT = 3

/** A longer time has to have that many times more slots than chance gives it. */
const worth = ({ share, chance }: { share: number; chance: number }) => share - 4 * chance

/**
 * When it helps to look: the days and hours in which far more slots are freed than chance would have it, the earliest and
 * shortest of equals. Null when too little was seen, or when slots are freed at any time.
 */
export function bestTime(grid: WeekGrid): BestTime | null {
  const sumOf = (rows: readonly number[], from: number, to: number) =>
    rows.reduce(
      (sum, row) => sum + (grid[row] ?? []).slice(from, to).reduce((hours, count) => hours + count, 0),
      0,
    )
  const total = sumOf([0, 1, 2, 3, 4, 5, 6], 0, 24)
  if (total < ENOUGH) return null
  const times = dayGroups.flatMap(([days, rows]) =>
    Array.from({ length: LONGEST_LOOK }, (_, more) => more + 1).flatMap((hours) =>
      Array.from({ length: 25 - hours }, (_, from) => {
        const share = sumOf(rows, from, from + hours) / total
        const chance = (rows.length * hours) / (7 * 24)
        return { days, rows, from, to: from + hours, share, chance }
      }),
    ),
  )
  const useful = times.filter(({ share, chance }) => share >= USEFUL_SHARE && share >= USEFUL_LIFT * chance)
  const [first, ...others] = useful
  if (!first) return null
  const { chance: _chance, ...best } = others.reduce((a, b) => (worth(b) > worth(a) + 1e-9 ? b : a), first)
  return best
}

/** The Monday of the week of a Rome day. */
const mondayOf = (date: RomeDate): RomeDate => addDays(date, 1 - dayOfWeek(date))

/** Freed slots of each week (by its Monday), oldest first; weeks without any are there with 0. */
export function perWeek(
  freed: readonly FreedInHour[],
  since: number,
  now: number,
): { monday: RomeDate; count: number }[] {
  const weeks = new Map<RomeDate, number>()
  const last = mondayOf(romeDate(now))
  for (let monday = mondayOf(romeDate(since)); monday <= last; monday = addDays(monday, 7))
    weeks.set(monday, 0)
  const clock = romeClock()
  for (const { hour, count } of freed) {
    const shown = clock(hour)
    const monday = new Date(shown.getTime() - ((shown.getUTCDay() + 6) % 7) * DAY).toISOString().slice(0, 10)
    const before = weeks.get(monday)
    if (before !== undefined) weeks.set(monday, before + count)
  }
  return [...weeks].map(([monday, count]) => ({ monday, count }))
}

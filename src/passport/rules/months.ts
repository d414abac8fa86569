import { Temporal } from 'temporal-polyfill'
import { type RomeDate, romeDate } from '../../platform/time.ts'
import type { RomeMonth } from '../model.ts'

/** How many months, the first one included, an office's agenda is followed. */
export const HORIZON_MONTHS = 12

/** An agenda is read until this many months in a row are empty: a single month may be a holiday, or full. */
const EMPTY_MONTHS = 2

/** The month in which a Rome day lies. */
export const monthOf = (date: RomeDate): RomeMonth => date.slice(0, 7)

/** `month` moved on by a number of months. */
export const addMonths = (month: RomeMonth, months: number): RomeMonth =>
  Temporal.PlainYearMonth.from(month).add({ months }).toString()

/** A month within the office's horizon is read at least once in so many rounds. */
export const FAR_ROUNDS = 4

/** An office may open so many months more than it did so far. */
const HORIZON_MARGIN = 1

/** How many months `month` comes after `other`; negative: before. */
const monthsAfter = (month: RomeMonth, other: RomeMonth): number =>
  Temporal.PlainYearMonth.from(other).until(month, { largestUnit: 'months' }).months

/** What selects the months of an office's agenda that a round reads. */
export interface MonthPlan {
  /** First day with something free, as the list gave it. */
  firstDate: RomeDate
  /** Months in which slots are known as open. */
  openMonths: Iterable<RomeMonth>
  /** Counts the rounds of the province: picks the far months. */
  round: number
  /** How many months ahead of the present one the office was ever seen to offer slots; undefined: it is not known. */
  horizon: number | undefined
  /** Epoch ms. */
  now: number
}

/** The first month that may still have a free slot: earlier ones are past. */
export const firstLivingMonth = (firstDate: RomeDate, now: number): RomeMonth => {
  const [older] = [monthOf(firstDate), monthOf(romeDate(now))].sort() as [RomeMonth, RomeMonth]
  return older
}

/**
 * The far months of a round: each of those in which the office is known to offer slots once in `FAR_ROUNDS` rounds, each of
 * the others, where slots were never seen, once in `HORIZON_MONTHS` rounds. At most three.
 */
function farMonths({ firstDate, round, horizon, now }: MonthPlan): RomeMonth[] {
  const first = monthOf(firstDate)
  const ahead = monthsAfter(first, monthOf(romeDate(now)))
  const likely = Math.min(HORIZON_MONTHS - 1, (horizon ?? HORIZON_MONTHS) + HORIZON_MARGIN - ahead)
  const months = [addMonths(first, round % HORIZON_MONTHS)]
  for (let step = round % FAR_ROUNDS; step <= likely; step += FAR_ROUNDS) months.push(addMonths(first, step))
  return months
}

/**
 * The months still to be read: from the month of the first free day on until two empty ones in a row, each month with
 * known open slots, and some far months that move on from round to round, so that slots behind empty months are found
 * within `FAR_ROUNDS` rounds. Ask again after each reading until nothing is left.
 * @param read the months read so far, with how many free slots each had
 */
export function monthsToRead(plan: MonthPlan, read: ReadonlyMap<RomeMonth, number>): RomeMonth[] {
  const first = monthOf(plan.firstDate)
  const wanted = new Set<RomeMonth>()
  let empty = 0
  for (let step = 0; step < HORIZON_MONTHS; step++) {
    const month = addMonths(first, step)
    wanted.add(month)
    const free = read.get(month)
    if (free === undefined) break
    empty = free === 0 ? empty + 1 : 0
    if (empty === EMPTY_MONTHS) break
  }
  const oldest = firstLivingMonth(plan.firstDate, plan.now)
  for (const month of plan.openMonths) if (month >= oldest) wanted.add(month)
  for (const month of farMonths(plan)) wanted.add(month)
  return [...wanted].filter((month) => !read.has(month)).sort()
}

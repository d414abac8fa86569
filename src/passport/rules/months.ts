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

/** What selects the months of an office's agenda that a round reads. */
export interface MonthPlan {
  /** First day with something free, as the list gave it. */
  firstDate: RomeDate
  /** Months in which slots are known as open. */
  openMonths: Iterable<RomeMonth>
  /** Counts the rounds of the province: picks the far month. */
  round: number
  /** Epoch ms. */
  now: number
}

/** The first month that may still have a free slot: earlier ones are past. */
export const firstLivingMonth = (firstDate: RomeDate, now: number): RomeMonth => {
  const [older] = [monthOf(firstDate), monthOf(romeDate(now))].sort() as [RomeMonth, RomeMonth]
  return older
}

/**
 * The months still to be read: from the month of the first free day on until two empty ones in a row, each month with
 * known open slots, and one far month that moves on from round to round, so that slots behind empty months are found
 * within `HORIZON_MONTHS` rounds. Ask again after each reading until nothing is left.
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
  wanted.add(addMonths(first, plan.round % HORIZON_MONTHS))
  return [...wanted].filter((month) => !read.has(month)).sort()
}

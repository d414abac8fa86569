import { addDays, romeDate, romeInstant } from '../../platform/time.ts'
import type { ObservedOffice } from '../model.ts'
import { boundsFor } from '../rules/interval-bounds.ts'
import { openingHours } from '../rules/opening-hours.ts'
import { mustSave } from '../rules/polling-budget.ts'
import { clusterRate, type Pace, plannedInterval } from '../rules/polling-plan.ts'
import { requestsLeft, type StoredPlan } from './polling-plan-store.ts'

/** What a reading says about when the next one should come. */
export interface PacedReading {
  code: string
  /** The last reading that found freed slots, epoch ms; null: none did. */
  foundAt: number | null
  /** The offices that the reading listed. */
  offices: readonly Pick<ObservedOffice, 'firstDate' | 'bookableFrom'>[]
}

/** When to read a province again. */
export interface NextReading {
  /** After the last one, ms. */
  interval: number
  /** The grid on which provinces are read together, ms. */
  step: number
  /** At the latest then, epoch ms: slots wait to be announced. */
  notAfter: number
  /** Why the interval is what it is: see `PlannedReading`. */
  reason: 'usual' | 'found' | 'opening' | 'saving'
}

/** How often provinces are read during one tick: by the plan, or all alike as long as there is none. */
export class Pacing {
  readonly #interval: number
  readonly #plan: StoredPlan | null
  readonly #pace: Pace

  /**
   * @param interval the operator's, ms
   * @param plan null: adaptive polling is off, or nothing was planned yet
   */
  constructor(interval: number, plan: StoredPlan | null, pace: Pace = plan?.pace ?? null) {
    this.#interval = interval
    this.#plan = plan
    this.#pace = pace
  }

  /** @param spent requests of the Rome day so far. @param cost of one reading of every followed province */
  static forTick(
    interval: number,
    plan: StoredPlan | null,
    spent: number,
    cost: number,
    now: number,
  ): Pacing {
    if (plan === null) return new Pacing(interval, null)
    const left = requestsLeft(plan, [{ cost }], spent)
    const untilMidnight = romeInstant(addDays(romeDate(now), 1), '00:00') - now
    const save = mustSave([{ cost }], left, untilMidnight, boundsFor(interval))
    return new Pacing(interval, plan, save ? null : plan.pace)
  }

  /** How many months ahead offices were seen to offer slots, by id. */
  get horizons(): Readonly<Record<string, number>> {
    return this.#plan?.horizons ?? {}
  }

  /** @param now epoch ms */
  next({ code, foundAt, offices }: PacedReading, now: number): NextReading {
    const planned = this.#plan?.provinces[code]
    const { extraSlotsPerHour, announceAt } = openingHours(offices, now)
    const common = { notAfter: announceAt ?? Number.POSITIVE_INFINITY, reason: 'usual' as const }
    if (!this.#plan || !planned) return { ...common, interval: this.#interval, step: this.#interval }
    const pace = this.#pace
    if (pace !== null && 'even' in pace) return { ...common, interval: pace.even, step: pace.even }
    const { slotsAfterFind } = this.#plan
    const afterFind = foundAt === null ? 0 : clusterRate(now - foundAt, slotsAfterFind)
    const reason =
      pace === null ? 'saving' : afterFind > 0 ? 'found' : extraSlotsPerHour > 0 ? 'opening' : 'usual'
    const interval = plannedInterval({ pace }, planned, extraSlotsPerHour + afterFind, this.#interval)
    return { ...common, reason, interval, step: boundsFor(this.#interval).step }
  }
}

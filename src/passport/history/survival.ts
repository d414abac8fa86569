/** How many slots lived for the same time, and whether they were seen to go (else: still free when last seen). */
export interface Lifetime {
  ms: number
  ended: boolean
  count: number
}

/** From `ms` on, `share` of the slots (0 to 1) is still free. */
export interface SurvivalStep {
  ms: number
  share: number
}

/**
 * How long slots stay free: the Kaplan–Meier estimate, in which a slot not seen to go counts among those at risk for as
 * long as it was watched. Steps in order of time, the first `{ ms: 0, share: 1 }`.
 */
export function survival(lifetimes: readonly Lifetime[]): SurvivalStep[] {
  const sorted = [...lifetimes].filter(({ count }) => count > 0).sort((a, b) => a.ms - b.ms)
  let atRisk = sorted.reduce((sum, { count }) => sum + count, 0)
  let share = 1
  const steps: SurvivalStep[] = [{ ms: 0, share }]
  for (let i = 0; i < sorted.length; ) {
    const ms = sorted[i]?.ms ?? 0
    let ended = 0
    let leaving = 0
    for (; sorted[i]?.ms === ms; i++) {
      const { ended: gone, count } = sorted[i] as Lifetime
      leaving += count
      if (gone) ended += count
    }
    if (ended > 0) {
      share *= 1 - ended / atRisk
      steps.push({ ms, share })
    }
    atRisk -= leaving
  }
  return steps
}

/** The share still free after `ms`. */
export const shareAt = (steps: readonly SurvivalStep[], ms: number): number =>
  steps.reduce((share, step) => (step.ms <= ms ? step.share : share), 1)

/** The time after which half of the slots is gone; null when that was not seen. */
export const medianOf = (steps: readonly SurvivalStep[]): number | null =>
  steps.find((step) => step.share <= 0.5)?.ms ?? null

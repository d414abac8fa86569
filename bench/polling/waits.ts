import type { Wait } from './simulate.ts'

/** The time within which a share of all followers' waits ended, ms; NaN of none. */
export function weightedQuantile(waits: readonly Wait[], share: number): number {
  const sorted = [...waits].sort((a, b) => a.ms - b.ms)
  const all = sorted.reduce((sum, wait) => sum + wait.followers, 0)
  let counted = 0
  for (const { ms, followers } of sorted) {
    counted += followers
    if (counted >= share * all) return ms
  }
  return Number.NaN
}

import { massEmpty } from '../rules/suspicion.ts'

/** How a round read a province that had open slots: none is left, some are, or it could not be read. */
export type EmptyReport = 'emptied' | 'kept' | 'unread'

/** Gathers what a round's readings would leave open, so that most provinces empty at once are noticed. */
export interface MassEmptyGuard {
  report(province: string, report: EmptyReport): void
  /** Whether the round shows a mass emptying. Known as early as the reports allow, at the latest when all are in. */
  massEmpty: Promise<boolean>
}

/**
 * Begins the guard of one round.
 * @param provinces the round's provinces that had open slots; each must be reported
 */
export function beginMassEmptyGuard(provinces: Iterable<string>): MassEmptyGuard {
  const pending = new Set(provinces)
  const counts = { emptied: 0, kept: 0, unread: 0 }
  let settle: (isMass: boolean) => void = () => undefined
  const result = new Promise<boolean>((resolve) => {
    settle = resolve
  })
  return {
    massEmpty: result,
    report(province, report) {
      if (!pending.delete(province)) return
      counts[report] += 1
      const isMass = massEmpty({ emptied: counts.emptied, kept: counts.kept, pending: pending.size })
      if (isMass !== undefined) settle(isMass)
    },
  }
}

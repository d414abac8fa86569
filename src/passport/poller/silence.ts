import { allWentSilent } from '../rules/suspicion.ts'

/** Gathers what a round's readings would leave open, so that all provinces empty at once are noticed. */
export interface SilenceVote {
  /** Says whether the round would leave a province that had open slots without any. */
  cast(province: string, emptied: boolean): void
  /** True when every province went silent. Known as soon as one did not, at the latest when all have voted. */
  silent: Promise<boolean>
}

/**
 * Opens the vote of one round.
 * @param voters the round's provinces that had open slots; each must vote
 * @param openEverywhere all followed provinces with open slots, asked only when every voter would be emptied
 */
export function openSilenceVote(
  voters: Iterable<string>,
  openEverywhere: () => Promise<ReadonlySet<string>>,
): SilenceVote {
  const pending = new Set(voters)
  const emptiedOnes = new Set<string>()
  let settle: (silent: boolean | Promise<boolean>) => void = () => undefined
  const silent = new Promise<boolean>((resolve) => {
    settle = resolve
  })
  return {
    silent,
    cast(province, emptied) {
      if (!pending.delete(province)) return
      if (!emptied) return settle(false)
      emptiedOnes.add(province)
      if (pending.size > 0) return
      settle(emptiedOnes.size < 2 ? false : openEverywhere().then((open) => allWentSilent(open, emptiedOnes)))
    },
  }
}

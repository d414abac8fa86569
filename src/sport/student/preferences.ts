import type { Desk } from './desk.ts'
import { readFact, writeFact } from './facts.ts'
import type { Preferences } from './views.ts'

const defaults: Preferences = {
  confirmHours: 6,
  deadlineHours: 2,
  tellSuccess: true,
  tellPrecheck: true,
  tellChanges: true,
  quiet: false,
}

export const preferences = (desk: Pick<Desk, 'db'>): Preferences => ({
  ...defaults,
  ...readFact(desk, 'preferences'),
})

/** Writes what changed; null when the numbers make no sense together. */
export function changePreferences(desk: Desk, change: Partial<Preferences>): Preferences | null {
  const next = { ...preferences(desk), ...change }
  const { confirmHours, deadlineHours } = next
  if (!(confirmHours >= 1 && confirmHours <= 36 && deadlineHours >= 0.5 && deadlineHours < confirmHours))
    return null
  writeFact(desk, 'preferences', next)
  return next
}

import { HOUR, MINUTE } from '../../platform/time.ts'
import { certainReason, namesWindow, possibleReason, saysClosed, saysOwnFault } from './rejection-words.ts'
import type { ClassSlot, SiteReason } from './site-model.ts'

export interface RejectionSigns {
  /** The site's own words, when it gave some. */
  message: string
  /** The class as the schedule shows it after the rejection: `gone` when it is not there; null: not looked at. */
  slot: Pick<ClassSlot, 'state' | 'places'> | 'gone' | null
  /** Now by the site's clock, when the class starts, and when it should open: epoch ms. */
  now: number
  startsAt: number
  opensAt: number
}

/** Sites were seen to open more than a minute late: until then a disabled class with free places has not opened. */
const SETTLED_AFTER = 2 * MINUTE
/** Bookings may close this long before a class: earlier, "2 hours before" cannot mean that it is too late. */
const MAY_CLOSE = 24 * HOUR

/** These are neither about the class nor about a limit: no state of the class contradicts them. */
const NOT_ABOUT_THE_CLASS: readonly SiteReason[] = ['session-expired', 'rate-limited']

/**
 * Why a booking was rejected: by the class's state and the moment first, by what the sentence certainly means second, by
 * single words last. `refused`: nobody knows, and the class may still be available, so it is not the last word.
 */
export function classifyRejection({ message, slot, now, startsAt, opensAt }: RejectionSigns): SiteReason {
  const said = certainReason(message)
  if (said && NOT_ABOUT_THE_CLASS.includes(said)) return said
  if (now >= startsAt) return 'class-gone'
  if (slot === 'gone') return said === 'not-open-yet' || now < opensAt ? 'not-open-yet' : 'class-gone'
  if (slot?.state === 'mine') return 'already-booked'
  if (slot?.state === 'closed' && slot.places === 0 && said !== 'not-open-yet') return 'full'
  const tooLate = now >= opensAt + SETTLED_AFTER && startsAt - now <= MAY_CLOSE
  if (saysClosed(message))
    return tooLate ? 'class-gone' : now < opensAt + SETTLED_AFTER ? 'not-open-yet' : 'refused'
  if (said === 'not-open-yet' && tooLate && namesWindow(message)) return 'class-gone'
  if (said) return said
  if (now < opensAt) return 'not-open-yet'
  if (saysOwnFault(message)) return 'site-down'
  return byWords(possibleReason(message), slot, now < opensAt + SETTLED_AFTER)
}

/** What single words may mean, given the class's state; without any agreement the state alone. */
function byWords(
  hint: SiteReason | null,
  slot: Pick<ClassSlot, 'state' | 'places'> | null,
  settling: boolean,
): SiteReason {
  if (slot === null) return hint === 'not-open-yet' && settling ? hint : 'refused'
  if (slot.state !== 'closed') return 'refused'
  if (settling && slot.places !== null && hint !== 'over-limit') return 'not-open-yet'
  if (hint !== null && hint !== 'full') return hint
  return slot.places === null ? 'full' : 'refused'
}

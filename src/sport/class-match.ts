import { foldText } from '../platform/fold.ts'
import { samePlace } from './site/class-key.ts'
import type { Activity, ClassSlot, ClassType, SiteBooking } from './site/site-model.ts'
import type { ClassRef } from './student-types.ts'

export {
  type BookingKey,
  bookingKey,
  bookingKeyText,
  findBooking,
  sameBooking,
} from './site/class-key.ts'

/**
 * True when a slot is the wanted class: same day, start and course, never the hour alone. Fit Center slots have no
 * course: their activity's name decides.
 */
export function isWanted(wish: ClassRef, slot: ClassSlot): boolean {
  if (wish.date !== slot.date || wish.start !== slot.start) return false
  const sameName =
    foldText(wish.name) === foldText(slot.name) ||
    (wish.type === 'fit-center' && slot.type === 'fit-center' && samePlace(wish.name, slot.name))
  return sameName && samePlace(wish.location, slot.location)
}

export const bookingType = (booking: Pick<SiteBooking, 'course'>): ClassType =>
  booking.course ? 'course' : 'fit-center'

/**
 * The activities in the order in which to search for a class: those of its place first. For a Fit Center only the
 * activity of that name.
 */
export function likelyActivities(activities: readonly Activity[], wish: ClassRef): Activity[] {
  const bearing = activities.filter(({ name }) => foldText(name) === foldText(wish.name))
  if (wish.type === 'fit-center' && bearing.length > 0) return bearing
  const here = (activity: Activity) => samePlace(activity.name, wish.location || wish.name)
  return [...activities.filter(here), ...activities.filter((activity) => !here(activity))]
}

import { foldText } from '../../platform/fold.ts'
import type { ClassType, SlotState } from './site-model.ts'
import { siteText } from './site-text.ts'

/** The teacher in `con ROSSI MARIO`; null when there is none. */
export const readTeacher = (text: string): string | null =>
  siteText(text).replace(/^(con|with)\s+/i, '') || null

/** Free places in `Posti disponibili: 7`, `7 posti su 20`, `Completo`; null when the text does not say. */
export function readPlaces(text: string): number | null {
  const plain = siteText(text)
  const found =
    // "20 posti, 4 liberi": the number beside the word that means free.
    /(-?\d{1,4})\s?(?:posti\s|places\s|spots\s|ancora\s)?(?:liber|disponibil|rimast|rimanent|free|available|left)/i.exec(
      plain,
    ) ??
    /(?:dispon|liber|posti|places|spots|available)\w{0,12}[\s:]{0,4}(-?\d{1,4})/i.exec(plain) ??
    /(-?\d{1,4})/.exec(plain)
  if (found) return Math.max(0, Number(found[1]))
  return /\b(?:nessun|esaurit|complet|pieno|al completo|full|sold out)/i.test(plain) ? 0 : null
}

/** True where the site offers its waiting list instead of a place. */
export const offersWaitingList = (text: string): boolean =>
  /\b(lista|waiting list|wait list|waitlist)\b/.test(foldText(siteText(text)))

/**
 * The state of a slot whose colour or status is known. "Available" does not prove a free place: the site shows it also
 * where only the waiting list can be joined, and that is closed to a booking.
 */
export const bookableState = (shown: SlotState, places: number | null, notes: string): SlotState =>
  shown === 'open' && (places === 0 || offersWaitingList(notes)) ? 'closed' : shown

/** By what a slot's course says: one without is an entry to the Fit Center, whatever its activity is called. */
export const typeOfCourse = (course: string): ClassType => (course === '' ? 'fit-center' : 'course')

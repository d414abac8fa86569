import { asc, gte } from 'drizzle-orm'
import { timingSafeEqual } from '../../platform/crypto.ts'
import { DAY } from '../../platform/time.ts'
import { viewOf } from './booking-view.ts'
import type { Desk } from './desk.ts'
import { clearFact, readFact, writeFact } from './facts.ts'
import { bookings } from './schema.ts'
import { openSecret, sealSecret } from './session-store.ts'
import type { BookingView } from './views.ts'

/** The feed shows bookings from this long ago on, cancelled ones too, so that calendars take them out. */
const SHOWN = 60 * DAY

/** The token of the private calendar feed; made when there is none. */
export async function feedToken(desk: Desk): Promise<string> {
  const sealed = readFact(desk, 'feed')
  if (sealed) return openSecret<string>(desk, sealed)
  const token = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  const value = await sealSecret(desk, token)
  const meanwhile = readFact(desk, 'feed')
  if (meanwhile) return openSecret<string>(desk, meanwhile)
  writeFact(desk, 'feed', value)
  return token
}

export const revokeFeed = (desk: Desk): void => clearFact(desk, 'feed')

/** The feed's bookings; null when the token is not the present one. */
export async function feedBookings(desk: Desk, token: string): Promise<BookingView[] | null> {
  const sealed = readFact(desk, 'feed')
  if (!sealed || !(await timingSafeEqual(token, await openSecret<string>(desk, sealed)))) return null
  return desk.db
    .select()
    .from(bookings)
    .where(gte(bookings.startsAt, desk.clock.now() - SHOWN))
    .orderBy(asc(bookings.startsAt))
    .all()
    .map((row) => viewOf(desk, row))
}

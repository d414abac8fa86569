import { asc, gte } from 'drizzle-orm'
import { timingSafeEqual } from '../../platform/crypto.ts'
import { DAY } from '../../platform/time.ts'
import type { BookingView } from '../student-types.ts'
import { openSecret, sealSecret } from './linked-account.ts'
import { clearValue, readValue, writeValue } from './object-store.ts'
import { bookings } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { viewOf } from './views.ts'

/** The feed shows bookings from this long ago on, cancelled ones too, so that calendars take them out. */
const SHOWN = 60 * DAY

/** The token of the private calendar feed; made when there is none. */
export async function feedToken(ctx: StudentContext): Promise<string> {
  const sealed = readValue(ctx, 'feed')
  if (sealed) return openSecret<string>(ctx, sealed)
  const token = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  const value = await sealSecret(ctx, token)
  // Another call may have made one while this one sealed its own.
  const stored = readValue(ctx, 'feed')
  if (stored) return openSecret<string>(ctx, stored)
  writeValue(ctx, 'feed', value)
  return token
}

export const revokeFeed = (ctx: StudentContext): void => clearValue(ctx, 'feed')

/** The feed's bookings; null when the token is not the present one. */
export async function feedBookings(ctx: StudentContext, token: string): Promise<BookingView[] | null> {
  const sealed = readValue(ctx, 'feed')
  if (!sealed || !(await timingSafeEqual(token, await openSecret<string>(ctx, sealed)))) return null
  return ctx.db
    .select()
    .from(bookings)
    .where(gte(bookings.startsAt, ctx.clock.now() - SHOWN))
    .orderBy(asc(bookings.startsAt))
    .all()
    .map((row) => viewOf(ctx, row))
}

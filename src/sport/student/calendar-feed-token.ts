import { asc, gte } from 'drizzle-orm'
import { timingSafeEqual, UnsealError } from '../../platform/crypto.ts'
import { DAY } from '../../platform/time.ts'
import { feedHashOf } from '../ical.ts'
import type { BookingView } from '../student-types.ts'
import { openSecret, SECRET_PLACES, sealSecret } from './linked-account.ts'
import { clearValue, readValue, setTimer, writeValueOnce } from './object-store.ts'
import { bookings } from './schema.ts'
import type { StudentContext } from './student-context.ts'
import { viewOf } from './views.ts'

/** The feed shows bookings from this long ago on, cancelled ones too, so that calendars take them out. */
const SHOWN = 60 * DAY

const freshToken = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )

/** The token of the private calendar feed; made when there is none, once for all calls of the same moment. */
export async function feedToken(ctx: StudentContext): Promise<string> {
  for (;;) {
    const sealed = readValue(ctx, 'feed')
    if (sealed) return openSecret<string>(ctx, SECRET_PLACES.feed, sealed)
    writeValueOnce(ctx, 'feed', await sealSecret(ctx, SECRET_PLACES.feed, freshToken()))
  }
}

/** What D1 knows of the present token: its hash; empty when there is none, or no key opens it. */
export async function presentFeedHash(ctx: StudentContext): Promise<string> {
  const sealed = readValue(ctx, 'feed')
  if (!sealed) return ''
  try {
    return await feedHashOf(await openSecret<string>(ctx, SECRET_PLACES.feed, sealed))
  } catch (error) {
    if (error instanceof UnsealError) return ''
    throw error
  }
}

/** The feed is no more; D1 hears of it soon, and until then the object refuses the token. */
export function revokeFeed(ctx: StudentContext): void {
  clearValue(ctx, 'feed')
  setTimer(ctx, 'register', ctx.clock.now())
}

/** The feed's bookings; null for a wrong or revoked token. */
export async function feedBookings(ctx: StudentContext, token: string): Promise<BookingView[] | null> {
  const sealed = readValue(ctx, 'feed')
  if (!sealed || !timingSafeEqual(token, await openSecret<string>(ctx, SECRET_PLACES.feed, sealed)))
    return null
  return ctx.db
    .select()
    .from(bookings)
    .where(gte(bookings.startsAt, ctx.clock.now() - SHOWN))
    .orderBy(asc(bookings.startsAt))
    .all()
    .map((row) => viewOf(ctx, row))
}

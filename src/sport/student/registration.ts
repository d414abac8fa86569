import { eq } from 'drizzle-orm'
import { students } from '../../db/schema/sport.ts'
import { MINUTE } from '../../platform/time.ts'
import { presentFeedHash } from './calendar-feed-token.ts'
import { readAccount } from './linked-account.ts'
import { clearValue, nextTimerAt, readValue, writeValue } from './object-store.ts'
import type { StudentContext } from './student-context.ts'

/** D1 may be this far off about the next timer: the sweep is no finer. */
const TOLERANCE = 5 * MINUTE

async function unregister(ctx: StudentContext): Promise<void> {
  await ctx.d1.delete(students).where(eq(students.userId, ctx.userId))
  clearValue(ctx, 'registered')
}

/** Brings the student's row in D1 up to date: present while an account is linked. Repeating it changes nothing. */
export async function registerStudent(ctx: StudentContext): Promise<void> {
  const row = readAccount(ctx)
  if (!row) return unregister(ctx)
  const feedHash = await presentFeedHash(ctx)
  const sharesSchedule = readValue(ctx, 'shares-schedule') === true
  const set = { linkedAt: row.linkedAt, nextTimerAt: nextTimerAt(ctx), feedHash, sharesSchedule }
  await ctx.d1
    .insert(students)
    .values({ userId: ctx.userId, ...set })
    .onConflictDoUpdate({ target: students.userId, set })
  // The account was unlinked or deleted during the write: the new row must not stay.
  if (readAccount(ctx)) writeValue(ctx, 'registered', { nextTimerAt: set.nextTimerAt, feedHash })
  else await unregister(ctx)
}

/** Tells D1 when the next timer is due, when what it knows is too far off. */
export async function keepRegistered(ctx: StudentContext): Promise<void> {
  const known = readValue(ctx, 'registered')
  if (!known) return
  const next = nextTimerAt(ctx)
  const near =
    next === null || known.nextTimerAt === null
      ? next === known.nextTimerAt
      : Math.abs(next - known.nextTimerAt) < TOLERANCE
  if (!near) await registerStudent(ctx)
}

/** Tells D1 of the present calendar feed, unless it knows. @throws when D1 is down */
export async function registerFeed(ctx: StudentContext): Promise<void> {
  const known = readValue(ctx, 'registered')
  if (known?.feedHash !== (await presentFeedHash(ctx))) await registerStudent(ctx)
}

import { eq } from 'drizzle-orm'
import { students } from '../../db/schema/sport.ts'
import { MINUTE } from '../../platform/time.ts'
import type { Desk } from './desk.ts'
import { clearFact, readFact, writeFact } from './facts.ts'
import { readAccount } from './session-store.ts'
import { nextTimerAt } from './timers.ts'

/** D1 may be this far off about the next timer: the sweep is no finer. */
const TOLERANCE = 5 * MINUTE

/** Brings the student's row in D1 up to date: present while an account is linked. Repeating it changes nothing. */
export async function register(desk: Desk): Promise<void> {
  const row = readAccount(desk)
  if (!row) {
    await desk.d1.delete(students).where(eq(students.userId, desk.userId))
    return clearFact(desk, 'registered')
  }
  const next = nextTimerAt(desk)
  await desk.d1
    .insert(students)
    .values({ userId: desk.userId, linkedAt: row.linkedAt, nextTimerAt: next })
    .onConflictDoUpdate({ target: students.userId, set: { linkedAt: row.linkedAt, nextTimerAt: next } })
  if (readAccount(desk)) writeFact(desk, 'registered', { nextTimerAt: next })
}

/** Tells D1 when the next timer is due, when what it knows is too far off. */
export async function keepRegister(desk: Desk): Promise<void> {
  const known = readFact(desk, 'registered')
  if (!known) return
  const next = nextTimerAt(desk)
  const near =
    next === null || known.nextTimerAt === null
      ? next === known.nextTimerAt
      : Math.abs(next - known.nextTimerAt) < TOLERANCE
  if (!near) await register(desk)
}

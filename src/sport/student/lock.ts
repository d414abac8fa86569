import { eq } from 'drizzle-orm'
import { SECOND } from '../../platform/time.ts'
import type { Desk } from './desk.ts'
import { lock } from './schema.ts'

/** Longer than the longest single step (a login in the browser). */
const LEASE = 180 * SECOND

/**
 * Takes the one right to talk to the site. A lock left by an earlier life of this object (`instance` differs) is taken
 * over at once: there is never more than one, so nobody is at work under it any more.
 * @param owner `instance/run`
 * @returns false while another run of this life holds it
 */
export function takeLock(desk: Desk, owner: string): boolean {
  const now = desk.clock.now()
  const held = desk.db.select().from(lock).where(eq(lock.id, 1)).get()
  const alive = held && held.until > now && held.owner.split('/')[0] === owner.split('/')[0]
  if (alive && held.owner !== owner) return false
  const row = { id: 1, owner, until: now + LEASE }
  desk.db.insert(lock).values(row).onConflictDoUpdate({ target: lock.id, set: row }).run()
  return true
}

/** True while the run still has the lock; extends it. */
export function keepLock(desk: Desk, owner: string): boolean {
  const held = desk.db.select().from(lock).where(eq(lock.id, 1)).get()
  return held?.owner === owner && takeLock(desk, owner)
}

export function releaseLock(desk: Desk, owner: string): void {
  const held = desk.db.select().from(lock).where(eq(lock.id, 1)).get()
  if (held?.owner === owner) desk.db.delete(lock).where(eq(lock.id, 1)).run()
}

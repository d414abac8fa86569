import { describeError } from '../../src/platform/log.ts'
import { romeTime } from '../../src/platform/time.ts'
import type { System } from './system.ts'

/** How far the Workers' clock is moved now, ms. */
export const shiftOf = (system: System): number => Number(system.variables.CLOCK_SHIFT_SECONDS ?? 0) * 1_000

/** What the Workers' clock shows, epoch ms. */
export const workersNow = (system: System): number => Date.now() + shiftOf(system)

/**
 * Moves the clocks of the Workers and of both sites, and what would wait for the other clock: rounds, leases, limits of
 * chats, what is to be sent, and the students' alarms.
 * @param shiftMs from the real time; 0: back to it
 * @returns the time that it is now
 */
export async function moveClocks(system: System, shiftMs: number): Promise<string> {
  const before = shiftOf(system)
  const shift = Math.round(shiftMs / 1_000)
  system.portal?.advance(shift * 1_000 - before)
  system.sportrick?.advance(shift * 1_000 - before)
  await system.reconfigure({ CLOCK_SHIFT_SECONDS: String(shift) })
  const db = await system.runtime.database()
  const now = workersNow(system)
  const [, , , , , , students] = await db.batch<{ user_id: number }>([
    db
      .prepare(
        `UPDATE state SET value = (
           SELECT json_group_object(key, json_set(value, '$.dueAt', 0, '$.leaseUntil', 0,
             '$.lastReadAt', min(value ->> '$.lastReadAt', ?))) FROM json_each(state.value))
         WHERE name = 'province-readings'`,
      )
      .bind(now),
    db.prepare("DELETE FROM state WHERE name IN ('sender-lease', 'pacing')"),
    db.prepare("UPDATE deliveries SET not_before = 0 WHERE status = 'queued'"),
    db.prepare('UPDATE claims SET lease_until = 0'),
    db.prepare('DELETE FROM rate_limits WHERE used_until > ?').bind(now),
    db
      .prepare('UPDATE login_limits SET open_at = ?1, at = min(at, ?1) WHERE open_at > ?1 OR at > ?1')
      .bind(now),
    db.prepare('SELECT user_id FROM students'),
  ])
  for (const { user_id: userId } of students?.results ?? [])
    await (await system.runtime.student(userId)).wake()
  system.runtime.tick('edge', '* * * * *').catch((error) => console.warn(describeError(error)))
  return romeTime(now)
}

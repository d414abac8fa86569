import { MINUTE } from '../src/platform/time.ts'
import { readObjects, readRows } from './stored-rows.ts'
import type { World } from './world.ts'

/** How far every clock moves before each attempt, ms: longer than leases, backoffs and second readings. */
const SKIPS = [330_000, 330_000, 700_000, 2_000_000, 2_000_000]
/** An attempt ends when nothing has changed for this long (ms). */
const STILL_MS = 8_000
const LOOK_EVERY_MS = 100
const TICK_EVERY_LOOKS = 10

/** The work that is left; all zero when nothing is. */
export interface Backlog {
  /** Alerts whose fan-out is not complete. */
  alerts: number
  /** Deliveries still queued or claimed. */
  deliveries: number
  /** Alerts held for a digest. */
  held: number
  /** Open slots that wait for a second reading. */
  unannounced: number
  /** Slots that are open only in D1 or only on the portal. */
  slotsApart: number
  /** Provinces not read completely since the quiescence began. */
  unread: number
  /** Bookings and other actions of students that are not over. */
  actions: number
  /** Notifications that students' objects have not sent yet. */
  notices: number
}

export const DRAINED: Backlog = {
  alerts: 0,
  deliveries: 0,
  held: 0,
  unannounced: 0,
  slotsApart: 0,
  unread: 0,
  actions: 0,
  notices: 0,
}

const key = (office: string, date: string, time: string) => `${office} ${date} ${time}`

function countSlotsApart({ portal, stateDir }: World): number {
  const truth = new Set(
    portal.offices().flatMap(({ id }) =>
      portal
        .slots(String(id))
        .filter((slot) => slot.total > slot.taken)
        .map((slot) => key(String(id), slot.date, slot.time)),
    ),
  )
  const known = new Set(
    readRows<{ office_id: string; date: string; time: string }>(
      stateDir,
      'SELECT office_id, date, time FROM slots WHERE gone_at IS NULL',
    ).map((row) => key(row.office_id, row.date, row.time)),
  )
  return (
    [...truth].filter((slot) => !known.has(slot)).length +
    [...known].filter((slot) => !truth.has(slot)).length
  )
}

/** Reads the work that is left and the slots in which portal and database differ. */
export function readBacklog(world: World, since: number): Backlog {
  // Count the readings before the slots: once every province is read, the slots must agree.
  const [counts] = readRows<Omit<Backlog, 'slotsApart' | 'actions' | 'notices'>>(
    world.stateDir,
    `SELECT (SELECT count(*) FROM alerts WHERE fanned_out_at IS NULL) AS alerts,
            (SELECT count(*) FROM deliveries WHERE status IN ('queued', 'claimed')) AS deliveries,
            (SELECT count(*) FROM deliveries WHERE status = 'held') AS held,
            (SELECT count(*) FROM slots WHERE gone_at IS NULL AND announced_at IS NULL) AS unannounced,
            (SELECT count(*) FROM province_readings WHERE coalesce(last_read_at, 0) < ${since}) AS unread`,
  )
  const objects = readObjects<{ actions: number; notices: number }>(
    world.stateDir,
    `SELECT (SELECT count(*) FROM actions WHERE status IN ('pending', 'processing')) AS actions,
            (SELECT count(*) FROM outbox WHERE done_at IS NULL) +
            (SELECT count(*) FROM timers WHERE name LIKE 'outcome:%') AS notices`,
  )
  if (!counts) throw new Error('the database did not answer')
  return {
    ...counts,
    slotsApart: countSlotsApart(world),
    actions: objects.reduce((sum, each) => sum + each.actions, 0),
    notices: objects.reduce((sum, each) => sum + each.notices, 0),
  }
}

/** The result of the quiescence. */
export interface Quiescence {
  /** The work that was left. */
  left: Backlog
  /** Slots in which database and portal differed after one complete, undisturbed reading of every province. */
  apartAfterOneRound: number
}

/**
 * Removes every fault and waits until no work is left. Moves the clocks on where the Workers wait for a lease or a
 * backoff.
 */
export async function quiesce(world: World): Promise<Quiescence> {
  world.telegram.faults.clear()
  world.portal.clearFaults()
  world.sportrick.clearFaults()
  world.push.faults.clear()
  let left = DRAINED
  let apart: number | undefined
  for (const [attempt, least] of SKIPS.entries()) {
    // The first skip ends the quiet hours too, so that the digests are owed.
    const skip = Math.max(least, world.quietUntil + MINUTE - world.clock.now())
    await world.restart('deploy', { skip, alarms: 0 })
    if (attempt === 0) world.handInSession()
    const since = world.clock.now()
    let changedAt = Date.now()
    for (let look = 0; Date.now() - changedAt < STILL_MS; look++) {
      if (look % TICK_EVERY_LOOKS === 0) world.tick('dispatcher')
      if (look === 0) world.tick('edge')
      await world.clock.sleep(LOOK_EVERY_MS)
      const now = readBacklog(world, since)
      if (now.unread === 0) apart ??= now.slotsApart
      if (JSON.stringify(now) !== JSON.stringify(left)) changedAt = Date.now()
      left = now
      if (Object.values(left).every((count) => count === 0)) return { left, apartAfterOneRound: apart ?? 0 }
    }
  }
  return { left, apartAfterOneRound: apart ?? left.slotsApart }
}

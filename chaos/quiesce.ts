import { readObjects, readRows } from './stored-rows.ts'
import type { World } from './world.ts'

/** What passes on everybody's clock before each try, ms: longer than leases, backoffs and second looks. */
const SKIPS = [330_000, 330_000, 700_000, 2_000_000, 2_000_000]
/** A try ends when so long (ms) nothing got any further. */
const STILL_MS = 8_000
const LOOK_EVERY_MS = 100
const TICK_EVERY_LOOKS = 10

/** What is left to do; all zero when it is quiet. */
export interface Backlog {
  /** Alerts that were not handed on to every follower. */
  alerts: number
  /** Deliveries still queued or claimed. */
  deliveries: number
  /** Alerts held back for a digest. */
  held: number
  /** Slots open in D1 but not on the portal, and the other way round. */
  slotsApart: number
  /** Provinces not read completely since the quiescence began. */
  unread: number
  /** Bookings and other actions of students that are not over. */
  actions: number
  /** What students' objects have still to say. */
  notices: number
}

export const DRAINED: Backlog = {
  alerts: 0,
  deliveries: 0,
  held: 0,
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

/** What the portal and the database differ in, and what the Workers still owe. */
export function readBacklog(world: World, since: number): Backlog {
  // The readings are counted before the slots: once they are all there, the slots must agree.
  const [counts] = readRows<Pick<Backlog, 'alerts' | 'deliveries' | 'held' | 'unread'>>(
    world.stateDir,
    `SELECT (SELECT count(*) FROM alerts WHERE fanned_out_at IS NULL) AS alerts,
            (SELECT count(*) FROM deliveries WHERE status IN ('queued', 'claimed')) AS deliveries,
            (SELECT count(*) FROM deliveries WHERE status = 'held') AS held,
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

/** What came of the quiescence. */
export interface Quiescence {
  /** What is left all the same. */
  left: Backlog
  /** Slots in which the database and the portal differed after one whole, undisturbed reading of every province. */
  apartAfterOneRound: number
}

/**
 * Takes every fault away and waits until nothing is left to do, letting the world's time pass where the Workers wait for
 * a lease or a backoff to end.
 */
export async function quiesce(world: World): Promise<Quiescence> {
  world.telegram.faults.clear()
  world.portal.clearFaults()
  world.sportrick.clearFaults()
  let left = DRAINED
  let apart: number | undefined
  for (const skip of SKIPS) {
    await world.restart('deploy', { skip, alarms: 0 })
    if (skip === SKIPS[0]) world.handInSession()
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

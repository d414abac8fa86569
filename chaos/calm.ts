import { readRows } from './store.ts'
import type { World } from './world.ts'

/** What passes on everybody's clock before each try (longer than leases, backoffs, second looks), and its length, ms. */
const TRIES = [
  { skipped: 0, lasting: 2_500 },
  { skipped: 65_000, lasting: 6_000 },
  { skipped: 330_000, lasting: 8_000 },
  { skipped: 330_000, lasting: 8_000 },
  { skipped: 660_000, lasting: 15_000 },
]
const LOOK_EVERY_MS = 150
const TICK_EVERY_LOOKS = 10

/** What is left to do; all zero when it is quiet. */
export interface Unrest {
  /** Alerts that were not handed on to every follower. */
  alerts: number
  /** Deliveries still queued or claimed. */
  deliveries: number
  /** Of these, claimed. */
  claimed: number
  /** Slots open in D1 but not on the portal, and the other way round. */
  slotsApart: number
  /** Provinces not read completely since the calm began. */
  unread: number
}

const key = (office: string, date: string, time: string) => `${office} ${date} ${time}`

/** What the portal and the database differ in, and what the Workers still owe. */
export function lookAround(world: World, calmSince: number): Unrest {
  const { portal, stateDir } = world
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
  const [counts] = readRows<Omit<Unrest, 'slotsApart'>>(
    stateDir,
    `SELECT (SELECT count(*) FROM alerts WHERE fanned_out_at IS NULL) AS alerts,
            (SELECT count(*) FROM deliveries WHERE status IN ('queued', 'claimed')) AS deliveries,
            (SELECT count(*) FROM deliveries WHERE status = 'claimed') AS claimed,
            (SELECT count(*) FROM provinces WHERE coalesce(last_read_at, 0) < ${calmSince}) AS unread`,
  )
  const apart = [...truth].filter((slot) => !known.has(slot)).length
  const ghosts = [...known].filter((slot) => !truth.has(slot)).length
  if (!counts) throw new Error('the database did not answer')
  return { ...counts, slotsApart: apart + ghosts }
}

const isQuiet = (unrest: Unrest) =>
  unrest.alerts + unrest.deliveries + unrest.slotsApart + unrest.unread === 0

/**
 * Takes every fault away and waits until nothing is left to do, letting the world's time pass where the Workers wait
 * for a lease or a backoff to end.
 * @returns what is left all the same
 */
export async function calmDown(world: World): Promise<Unrest> {
  world.telegram.faults.clear()
  world.portal.clearFaults()
  world.handInSession()
  let unrest: Unrest | undefined
  for (const { skipped, lasting } of TRIES) {
    if (skipped > 0) await world.restart('deploy', skipped)
    const since = world.clock.now()
    const until = Date.now() + lasting
    for (let look = 0; Date.now() < until; look++) {
      if (look % TICK_EVERY_LOOKS === 0) world.tell({ order: 'tick', worker: 'dispatcher' })
      if (look === 0) world.tell({ order: 'tick', worker: 'edge' })
      await world.clock.sleep(LOOK_EVERY_MS)
      unrest = lookAround(world, since)
      if (isQuiet(unrest)) return unrest
    }
  }
  if (!unrest) throw new Error('nobody looked')
  return unrest
}

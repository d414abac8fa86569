import { sql } from 'drizzle-orm'
import { connect, transact } from '../../src/db/database.ts'
import { addDays, DAY, dayOfWeek, HOUR, MINUTE, romeDate, romeInstant } from '../../src/platform/time.ts'
import { Random } from '../../test/simulators/portal/random.ts'
import type { System } from './system.ts'

/** How far back the made-up history goes, days. */
const DAYS = 42
/** How many slots an office frees in an hour of the day, on average: most at nine, some all day, a few in the evening. */
const FREED_BY_HOUR: Record<number, number> = {
  8: 0.1,
  9: 1.6,
  10: 0.5,
  11: 0.35,
  12: 0.2,
  13: 0.15,
  14: 0.3,
  15: 0.35,
  16: 0.25,
  17: 0.15,
  20: 0.1,
  22: 0.1,
}
/** Half of the slots are gone after this long, ms. */
const HALF_LIFE = 4 * MINUTE

type Step = [officeId: string, date: string, time: string, kind: 'seen' | 'gone', places: number, at: number]

/** An office's history in the weeks before `now`; the same seed gives the same history. */
function stepsOf(officeId: string, now: number, random: Random): Step[] {
  const steps: Step[] = []
  for (let back = DAYS; back >= 1; back--) {
    const day = addDays(romeDate(now), -back)
    const busy = [0, 1.2, 1, 1.4, 1, 0.8, 0.15, 0.05][dayOfWeek(day)] ?? 0
    for (const [hour, mean] of Object.entries(FREED_BY_HOUR)) {
      if (random.next() > mean * busy) continue
      const seen = romeInstant(day, '00:00') + Number(hour) * HOUR + random.below(60) * MINUTE
      const gone = seen + 20_000 - HALF_LIFE * Math.log2(1 - random.next())
      const date = addDays(day, 3 + random.below(40))
      const time = `${String(8 + random.below(5)).padStart(2, '0')}:${random.pick(['00', '15', '30', '45'])}`
      const places = 1 + random.below(2)
      steps.push([officeId, date, time, 'seen', places, seen])
      if (gone < now - HOUR) steps.push([officeId, date, time, 'gone', 0, Math.round(gone)])
    }
  }
  return steps
}

/**
 * Gives provinces some weeks of made-up history, so that their pages have something to show on a first visit. A state
 * that has it already is left alone.
 */
export async function writeDemoHistory(
  { runtime, portal }: System,
  provinces: readonly string[],
  now: number,
): Promise<void> {
  if (!portal) return
  const db = connect((await runtime.database()) as never)
  const [seen] = await transact(db, [sql`SELECT 1 FROM slot_events WHERE trace = 'demo' LIMIT 1`])
  if (seen?.results.length) return
  const steps = provinces.flatMap((province) =>
    portal.offices(province).flatMap(({ id }) => stepsOf(String(id), now, new Random(`history:${id}`))),
  )
  await transact(db, [
    sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, 'demo'
        FROM json_each(${JSON.stringify(steps)})`,
    sql`UPDATE provinces SET watched_since = ${now - (DAYS + 1) * DAY}
        WHERE code IN (SELECT value FROM json_each(${JSON.stringify(provinces)}))`,
  ])
}

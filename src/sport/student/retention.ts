import { and, inArray, lt, ne, notInArray, sql } from 'drizzle-orm'
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite'
import { addDays, type Clock, DAY, romeDate } from '../../platform/time.ts'
import { KEPT } from './bounds.ts'
import { actions, bookings, confirmations, history, occurrences } from './schema.ts'

interface Store {
  db: DrizzleSqliteDODatabase
  clock: Pick<Clock, 'now'>
}

/** Deletes rows that have been over for more than a year. Open actions and questions stay, however old. */
export function forgetWhatIsOver({ db, clock }: Store): void {
  const now = clock.now()
  const before = now - KEPT.days * DAY
  db.delete(actions)
    .where(and(lt(actions.completedAt, before), notInArray(actions.status, ['pending', 'processing'])))
    .run()
  db.delete(bookings)
    .where(and(lt(bookings.startsAt, before), ne(bookings.state, 'active')))
    .run()
  db.delete(confirmations)
    .where(
      and(
        lt(confirmations.deadline, before),
        inArray(confirmations.status, ['confirmed', 'skipped', 'lapsed', 'void']),
      ),
    )
    .run()
  db.delete(occurrences)
    .where(lt(occurrences.date, addDays(romeDate(now), -KEPT.days)))
    .run()
  db.delete(history)
    .where(lt(history.at, now - KEPT.historyDays * DAY))
    .run()
  db.delete(history)
    .where(sql`${history.id} <= (SELECT max(${history.id}) FROM ${history}) - ${KEPT.historyRows}`)
    .run()
}

import { and, inArray, lt, ne, notInArray, sql } from 'drizzle-orm'
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite'
import { addDays, type Clock, DAY, romeDate } from '../../platform/time.ts'
import { actions, bookings, confirmations, history, occurrences } from './schema.ts'

/** For how many days what is over is kept, and how many entries of the history at most. */
export const KEPT = { days: 400, historyDays: 800, historyRows: 5_000 } as const

/** How long the rows of each table of the object are kept, for docs/data.md. Everything goes with `/cancellami`. */
export const bounds: Record<string, string> = {
  facts: 'one row for each name',
  account: 'one row, until the account is unlinked',
  candidates: 'until the trial of what was handed in is over',
  session: 'one row, until the session is dead or the account is unlinked',
  requests: 'two days',
  actions: `${KEPT.days} days after their end`,
  bookings: `${KEPT.days} days after their class`,
  weekly: 'until removed',
  occurrences: `${KEPT.days} days after their day, or until the weekly booking is removed`,
  confirmations: `${KEPT.days} days after their deadline`,
  timers: 'until served',
  lock: 'one row, for three minutes',
  history: `${KEPT.historyDays} days, ${KEPT.historyRows} rows at most`,
  outbox: 'two days after D1 had them',
  evidence: 'one hour',
}

interface Store {
  db: DrizzleSqliteDODatabase
  clock: Pick<Clock, 'now'>
}

/** Deletes what has been over for more than a year; what is still to be done, or to be answered, stays however old. */
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

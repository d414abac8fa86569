import { asc, eq } from 'drizzle-orm'
import { bookQuestion, keepQuestion } from '../confirmation.ts'
import { opensAt, startsAt } from '../opening.ts'
import { isSkipped, occurrenceDates } from '../weekly.ts'
import type { Desk } from './desk.ts'
import { readFact } from './facts.ts'
import { preferences } from './preferences.ts'
import { confirmations, occurrences, weekly } from './schema.ts'
import type { Occurrence, OccurrenceState, WeeklyView } from './views.ts'

export type WeeklyRow = typeof weekly.$inferSelect
export type OccurrenceRow = typeof occurrences.$inferSelect

export const allWeekly = (desk: Desk): WeeklyRow[] =>
  desk.db.select().from(weekly).orderBy(asc(weekly.dayOfWeek), asc(weekly.start), asc(weekly.id)).all()

export const getWeekly = (desk: Desk, id: number): WeeklyRow | undefined =>
  desk.db.select().from(weekly).where(eq(weekly.id, id)).get()

/** The occurrences of one weekly booking that something happened to, by day. */
export const takenUp = (desk: Desk, weeklyId: number): Map<string, OccurrenceRow> =>
  new Map(
    desk.db
      .select()
      .from(occurrences)
      .where(eq(occurrences.weeklyId, weeklyId))
      .all()
      .map((row) => [row.date, row]),
  )

function stateOf(
  desk: Desk,
  row: WeeklyRow,
  date: string,
  taken: OccurrenceRow | undefined,
): OccurrenceState {
  if (taken) return taken.state
  if (isSkipped(row, date)) return 'skipped'
  return row.paused || readFact(desk, 'paused') ? 'paused' : 'planned'
}

/** When the question about an occurrence is (or will be) asked and until when it waits. */
function questionTimes(desk: Desk, row: WeeklyRow, date: string, taken: OccurrenceRow | undefined) {
  const asked =
    taken?.confirmationId &&
    desk.db.select().from(confirmations).where(eq(confirmations.id, taken.confirmationId)).get()
  if (asked) return asked
  const starts = startsAt({ date, start: row.start })
  const now = desk.clock.now()
  if (row.policy === 'no-confirmation') return null
  return row.policy === 'ask-then-book'
    ? bookQuestion(starts, now)
    : keepQuestion(starts, preferences(desk), now)
}

/** Every occurrence of one weekly booking in the next weeks. */
export function occurrencesOf(desk: Desk, row: WeeklyRow, weeks: number): Occurrence[] {
  const taken = takenUp(desk, row.id)
  return occurrenceDates(row, desk.clock.now(), weeks).map((date) => {
    const times = questionTimes(desk, row, date, taken.get(date))
    return {
      weeklyId: row.id,
      type: row.type,
      name: row.name,
      location: row.location,
      date,
      start: row.start,
      state: stateOf(desk, row, date, taken.get(date)),
      opensAt: opensAt(date),
      askAt: times?.askAt ?? null,
      deadline: times?.deadline ?? null,
    }
  })
}

/** Every occurrence of every weekly booking in the next weeks, in order of time. */
export const occurrencesAhead = (desk: Desk, weeks: number): Occurrence[] =>
  allWeekly(desk)
    .flatMap((row) => occurrencesOf(desk, row, weeks))
    .sort((a, b) => startsAt(a) - startsAt(b) || a.weeklyId - b.weeklyId)

/** How many weeks ahead the next occurrence that is not skipped is looked for. */
const HORIZON = 60

export function weeklyView(desk: Desk, row: WeeklyRow): WeeklyView {
  const next =
    row.paused || readFact(desk, 'paused')
      ? undefined
      : occurrencesOf(desk, row, HORIZON).find((one) => one.state !== 'skipped' && one.state !== 'released')
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    location: row.location,
    dayOfWeek: row.dayOfWeek,
    start: row.start,
    policy: row.policy,
    alternatives: row.alternatives,
    watchHoursBefore: row.watchHoursBefore,
    paused: row.paused,
    skipUntil: row.skipUntil,
    createdAt: row.createdAt,
    next: next ?? null,
  }
}

import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/database.ts'
import { type Counted, countsIn, readCounts } from '../../db/metrics.ts'
import { count, maybeNumber, maybeText, rowReader, text } from '../../db/rows.ts'
import { evaluate, type Incident, incidents } from '../../ops/incidents.ts'
import { usageOf } from '../../ops/usage.ts'
import { readVitals, type Vitals } from '../../ops/vitals.ts'
import { type FalseAlarmRate, readFalseAlarms } from '../../passport/alerts/false-alarms.ts'
import { type PlanView, readPlanView } from '../../passport/poller/plan-view.ts'
import { listBrowsers, type PairedBrowserView } from '../../passport/sessions/paired-browsers.ts'
import { readSessionEnds } from '../../passport/sessions/session-ends.ts'
import { listSessions, type SessionView } from '../../passport/sessions/session-store.ts'
import { type Bill, billOf } from '../../platform/prices.ts'
import { days, halfHours, monthSoFar, type Span } from './periods.ts'

/** The readings of a followed province. Instants in epoch ms. */
export interface Reading {
  code: string
  lastReadAt: number | null
  lastAttemptAt: number | null
  /** Failed readings in a row, and the reason of the last one. */
  failures: number
  lastFailure: string | null
}

/** The dashboard's data. */
export interface Dashboard {
  vitals: Vitals
  incidents: Incident[]
  sessions: SessionView[]
  /** When each good session probably ends, by id; null: unknown. */
  sessionEnds: Map<number, number | null>
  /** Browsers whose extension hands sessions in. */
  browsers: PairedBrowserView[]
  /** Followed provinces, the least recently read first. */
  readings: Reading[]
  /** How often each of them is read, and why; null: all alike. */
  plan: PlanView | null
  /** Offices with alerts that people reported as false. */
  falseAlarms: FalseAlarmRate[]
  /** Active chats, and students with a linked account. */
  chats: number
  students: number
  /** Alerts whose fan-out is not complete. */
  alerts: number
  /** Counts for each period of the plots, and for this month. */
  series: Counted[]
  month: Counted
  bill: Bill
}

/** Offices with false alarms shown. */
const MOST_OFFICES = 20

const readReading = rowReader({
  code: text,
  lastReadAt: maybeNumber,
  lastAttemptAt: maybeNumber,
  failures: count,
  lastFailure: maybeText,
})
const readPeople = rowReader({ chats: count, students: count, alerts: count })

/** Reads the dashboard. */
export async function readDashboard(db: Database, span: Span, now: number): Promise<Dashboard> {
  const periods = span === 'day' ? halfHours(now) : days(now)
  const thisMonth = [monthSoFar(now)]
  const [vitals, sessions, browsers, plan, falseAlarms, ends, [readings, people, series, month]] =
    await Promise.all([
      readVitals(db, now),
      listSessions(db),
      listBrowsers(db),
      readPlanView(db, now),
      readFalseAlarms(db, MOST_OFFICES, now),
      readSessionEnds(db, now),
      transact(db, [
        sql`SELECT province AS code, last_read_at, last_attempt_at, failures, last_failure
          FROM (SELECT DISTINCT province FROM subscriptions WHERE asleep = 0)
          LEFT JOIN province_readings ON code = province ORDER BY last_read_at, province`,
        sql`SELECT (SELECT count(*) FROM chats WHERE status = 'active') AS chats,
                 (SELECT count(*) FROM students) AS students,
                 (SELECT count(*) FROM alerts WHERE fanned_out_at IS NULL) AS alerts`,
        countsIn(periods),
        countsIn(thisMonth),
      ]),
    ])
  const [counted] = readCounts(thisMonth, month?.results ?? [])
  if (!counted) throw new Error('a month has counts')
  const state = evaluate(vitals, now)
  return {
    vitals,
    incidents: incidents.filter((incident) => state[incident]),
    sessions,
    browsers,
    sessionEnds: new Map(ends.map(({ id, end }) => [id, end])),
    plan,
    falseAlarms,
    readings: (readings?.results ?? []).map(readReading),
    ...readPeople(people?.results[0]),
    series: readCounts(periods, series?.results ?? []),
    month: counted,
    bill: billOf(usageOf(counted, vitals.databaseBytes ?? 0)),
  }
}

import { eq, inArray, sql } from 'drizzle-orm'
import type { UserFromGetMe } from 'grammy/types'
import type { Database, Statement } from './database.ts'
import { state } from './schema/system.ts'

/**
 * The state of one province's readings; instants in epoch ms, absent fields have no value. The view `province_readings`
 * explains each field.
 */
export interface ProvinceReadings {
  dueAt?: number
  leaseUntil?: number
  leaseToken?: string
  lastReadAt?: number
  lastAttemptAt?: number
  failures?: number
  lastFailure?: string
  suspiciousSince?: number
  rounds?: number
  foundAt?: number
  cost?: number
  spentOn?: string
  spent?: number
}

/** Everything kept in the `state` table, by name. Instants are epoch ms UTC. */
export interface StateValues {
  /** The answer of getMe, under a hash of API root and token: saves a call at each cold start. */
  'bot-info': { key: number; me: UserFromGetMe }
  /** Polling is paused because no portal session is good. */
  'polling-paused': { since: number }
  /** The portal refuses every session at the same time: an outage, no expired session. */
  'portal-refuses-all': { since: number }
  /** How long the last expired portal sessions had lived, ms, the oldest first. */
  'session-lifetimes': number[]
  /** The last cron tick of the poller. */
  'poller-heartbeat': { tickAt: number }
  /** The state of each province's readings, by its code: read it through the view `province_readings`. */
  'province-readings': Record<string, ProvinceReadings>
  /** How often each province is read until the hour is over: see `PollingPlan` in passport/rules/polling-plan.ts. */
  'polling-plan': {
    from: number
    until: number
    pace: { ms: number; pull: number } | { even: number } | null
    slotsAfterFind: number
    provinces: Record<string, { followers: number; cost: number; slotsPerHour: number }>
    left: number
    expected: number
    /** The operator's interval for which it was made, ms. */
    interval: number
    /** Requests that the fixed grid would have taken from midnight to `from`. */
    granted: number
    /** How many months ahead offices were seen to offer slots, by id. */
    horizons: Record<string, number>
  }
  /** What was freed in each province, by hour of the week, as counted on a Rome day. */
  'release-history': {
    day: string
    provinces: Record<string, { weeks: number; freed: number[] }>
    finds: number
    followUps: number
    horizons: Record<string, number>
  }
  /** What the sender learned of Telegram: its rate (messages a second), pauses of the bot and of chats, the last send. */
  pacing: {
    rate: number
    ceiling: number | null
    pausedUntil: number
    limitedAt?: number | null
    calmMs?: number
    probeAfterMs?: number
    configured?: number
    nextAt?: number
    sentAt?: number | null
    chats?: [chatId: number, readyAt: number][]
  }
  /** The same for Web Push. */
  'pacing-web-push': StateValues['pacing']
  /** The Bot API server refused new fields (delivery/channels/telegram/new-fields.ts): they are left out until this instant. */
  'new-fields-refused': { until: number }
  /** The lease of the send run; `finishing`: it has called its successor. */
  'sender-lease': { token: string; until: number; finishing?: boolean }
  /** Every delivery up to this id is finished, held or indexed: see the view `open_deliveries`. */
  'settled-deliveries': { upTo: number }
  /** Steps at the booking site with unparsed pages: when last, and when a page parsed again. */
  'sport-markup': Record<string, { detail: string; surprisedAt: number; understoodAt?: number }>
  /** The deletions that `npm run restore` carried over from the database that it replaced: hash and instant of each. */
  'carried-deletions': [hash: string, at: number][]
  /** Incidents that operators were notified of: how often each began, since when, and whether it is still open. */
  'told-troubles': Partial<Record<string, { episode: number; since: number; on: boolean }>>
}

export type StateName = keyof StateValues

/** Reads named values; a name never written is absent. */
export async function readState<const Name extends StateName>(
  db: Database,
  names: readonly Name[],
): Promise<Partial<Pick<StateValues, Name>>> {
  const rows = await db
    .select()
    .from(state)
    .where(inArray(state.name, [...names]))
  return Object.fromEntries(rows.map((row) => [row.name, row.value])) as Partial<Pick<StateValues, Name>>
}

/** The statement that writes one named value. */
export const writeState = <Name extends StateName>(
  db: Database,
  name: Name,
  value: StateValues[Name],
  now: number,
): Statement =>
  db
    .insert(state)
    .values({ name, value, at: now })
    .onConflictDoUpdate({ target: state.name, set: { value: sql`excluded.value`, at: now } })

/** The statement that removes one named value. */
export const clearState = (db: Database, name: StateName): Statement =>
  db.delete(state).where(eq(state.name, name))

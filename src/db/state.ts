import { eq, inArray, sql } from 'drizzle-orm'
import type { UserFromGetMe } from 'grammy/types'
import type { Database, Statement } from './database.ts'
import { state } from './schema/system.ts'

/**
 * The state of one province's readings, in epoch ms; what is absent was never so. The columns of the view
 * `province_readings` explain each field.
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
}

/** Everything kept in the `state` table, by name. Instants are epoch ms UTC. */
export interface StateValues {
  /** Who the bot is, as getMe answered, under a hash of its API root and token: saves a call a cold start. */
  'bot-info': { key: number; me: UserFromGetMe }
  /** Polling is paused because no portal session is good. */
  'polling-paused': { since: number }
  /** The portal refuses every session at the same time: an outage of its own. */
  'portal-refuses-all': { since: number }
  /** The last cron tick of the poller. */
  'poller-heartbeat': { tickAt: number }
  /** How the readings of each province go, by its code: read it through the view `province_readings`. */
  'province-readings': Record<string, ProvinceReadings>
  /** What the sender learned: messages a second, until when all messages wait, which chats wait; when it last sent. */
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
  /** The one send run at work, until its lease ends; `finishing`: it has called its successor. */
  'sender-lease': { token: string; until: number; finishing?: boolean }
  /** Steps at the booking site whose pages were not understood: by whom and when last, and when one was again. */
  'sport-markup': Record<
    string,
    { detail: string; userId: number; surprisedAt: number; understoodAt?: number }
  >
  /** What operators were told of: how often each trouble began, since when, and whether it is still there. */
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

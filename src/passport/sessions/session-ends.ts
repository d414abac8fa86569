import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { readState } from '../../db/state.ts'
import { toMessage } from '../../delivery/message.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { romeDate, romeTime } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { expectedEnd, isReminderDue } from '../rules/session-lifetime.ts'
import { listSessions } from './session-store.ts'

/** Past lifetimes that are kept. */
const MOST_LIFETIMES = 50

/** The statement that notes how long a good session lived, before it is marked as expired. */
export const noteLifetime = (id: number, now: number): Statement =>
  sql`INSERT INTO state (name, value, at)
      SELECT 'session-lifetimes', json_array(${now} - created_at), ${now} FROM portal_sessions
      WHERE id = ${id} AND health = 'good'
      ON CONFLICT (name) DO UPDATE SET at = excluded.at, value = json_insert(
        iif(json_array_length(state.value) >= ${MOST_LIFETIMES}, json_remove(state.value, '$[0]'), state.value),
        '$[#]', excluded.value ->> 0)`

/** A good session and when it probably ends (epoch ms; null: unknown). */
export interface SessionEnd {
  id: number
  ownerId: number
  createdAt: number
  end: number | null
}

/** The good sessions with their expected ends, learned from how long earlier ones lived. */
export async function readSessionEnds(db: Database, now: number): Promise<SessionEnd[]> {
  const [sessions, { 'session-lifetimes': lifetimes = [] }] = await Promise.all([
    listSessions(db),
    readState(db, ['session-lifetimes']),
  ])
  return sessions
    .filter(({ health }) => health === 'good')
    .map(({ id, ownerId, createdAt }) => ({
      id,
      ownerId,
      createdAt,
      end: expectedEnd(createdAt, lifetimes, now),
    }))
}

/**
 * Reminds the owners of sessions that end soon, once a session, at an hour by day. It runs each minute and reads the few
 * sessions.
 * @param now epoch ms
 */
export async function remindOwners(db: Database, trace: string, now: number): Promise<void> {
  const due = (await readSessionEnds(db, now)).flatMap(({ end, ...session }) =>
    end !== null && isReminderDue(session.createdAt, end, now) ? [{ ...session, end }] : [],
  )
  if (due.length === 0) return
  const [owners] = await transact(db, [
    sql`SELECT id, language FROM chats
        WHERE id IN (SELECT value FROM json_each(${JSON.stringify(due.map(({ ownerId }) => ownerId))}))`,
  ])
  const languages = new Map((owners?.results ?? []).map((row) => [Number(row.id), row.language]))
  const messages = due.map(({ id, ownerId, end }): OutboxMessage => {
    const { portalSessions, dates } = textsIn(languages.get(ownerId) === 'en' ? 'en' : 'it')
    const text = portalSessions.endsSoon(id, dates.short(romeDate(end)), romeTime(end))
    return {
      event: `portal-session-reminder:${id}`,
      chatId: ownerId,
      priority: 'interactive',
      eventAt: now,
      trace,
      content: { type: 'message', message: toMessage(text) },
    }
  })
  await transact(db, [enqueue(messages, now)])
}

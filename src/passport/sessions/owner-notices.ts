import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../../db/database.ts'
import { toMessage } from '../../delivery/message.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { ringHash } from '../../platform/id.ts'
import { MINUTE, romeTime } from '../../platform/time.ts'
import { type Texts, textsIn } from '../../texts/index.ts'
import { noteLifetime } from './session-ends.ts'
import { markExpired, pauseIfNoneLeft, type StoredSession } from './session-store.ts'

/** Owners are notified when the portal has refused every session for this long, ms. */
const OUTAGE_NOTICE_AFTER = 10 * MINUTE

type Owned = Pick<StoredSession, 'id' | 'ownerId'>

/** What a notice to a session's owner depends on. */
interface Owner {
  /** In their language. */
  texts: Texts
  /** How many other good sessions there are. */
  others: number
  /** They have a paired browser, which hands in the session of the next login. */
  paired: boolean
}

async function readOwner(db: Database, { id, ownerId }: Owned): Promise<Owner> {
  const [result] = await transact(db, [
    sql`SELECT (SELECT language FROM chats WHERE id = ${ownerId}) AS language,
               (SELECT count(*) FROM portal_sessions WHERE health = 'good' AND id <> ${id}) AS others,
               EXISTS (SELECT 1 FROM paired_browsers WHERE owner_id = ${ownerId} AND token_hash IS NOT NULL) AS paired`,
  ])
  const row = result?.results[0]
  return {
    texts: textsIn(row?.language === 'en' ? 'en' : 'it'),
    others: Number(row?.others ?? 0),
    paired: row?.paired === 1,
  }
}

/** The statement that enqueues a text for a session's owner, once for each event. */
const message = (ownerId: number, event: string, text: string, now: number, trace: string): Statement => {
  const one: OutboxMessage = {
    event,
    chatId: ownerId,
    priority: 'interactive',
    eventAt: now,
    trace,
    content: { type: 'message', message: toMessage(text) },
  }
  return enqueue([one], now)
}

/**
 * Marks a session as expired and sends its owner one message with the steps to renew it, in one transaction. Two rounds
 * that find the same session expired make one message. With none left polling is paused.
 */
export async function expireSession(
  db: Database,
  session: Owned,
  { origin }: { origin: string },
  now: number,
  trace: string,
): Promise<void> {
  const { texts, others, paired } = await readOwner(db, session)
  const text = texts.portalSessions.sessionDied(session.id, others, origin, paired)
  await transact(db, [
    noteLifetime(session.id, now),
    markExpired(session.id, now),
    message(session.ownerId, `portal-session-died:${session.id}`, text, now, trace),
    pauseIfNoneLeft(now),
  ])
}

/** Notifies the owner, once for each sealed value, that a session cannot be unsealed. The session is not changed. */
export async function reportUnreadable(
  db: Database,
  session: Owned & Pick<StoredSession, 'sealed'>,
  now: number,
  trace: string,
): Promise<void> {
  const { texts } = await readOwner(db, session)
  const event = `portal-session-unreadable:${session.id}:${ringHash(session.sealed)}`
  const text = texts.portalSessions.sessionUnreadable(session.id)
  await transact(db, [message(session.ownerId, event, text, now, trace)])
}

/**
 * Records that the portal refuses every session, and notifies the owners once if it lasts.
 * @returns true when owners were written to
 */
export async function noteRefusal(
  db: Database,
  sessions: readonly Owned[],
  { origin }: { origin: string },
  now: number,
  trace: string,
): Promise<boolean> {
  const [, noted] = await transact(db, [
    sql`INSERT INTO state (name, value, at) VALUES ('portal-refuses-all', ${JSON.stringify({ since: now })}, ${now})
        ON CONFLICT (name) DO NOTHING`,
    sql`SELECT value ->> 'since' AS since FROM state WHERE name = 'portal-refuses-all'`,
  ])
  const since = Number(noted?.results[0]?.since ?? now)
  if (now - since < OUTAGE_NOTICE_AFTER) return false
  const owners = new Map(sessions.map((session) => [session.ownerId, session]))
  const statements: Statement[] = []
  for (const session of owners.values()) {
    const { texts } = await readOwner(db, session)
    const text = texts.portalSessions.portalRefuses(romeTime(since), origin)
    statements.push(message(session.ownerId, `portal-refuses-all:${since}`, text, now, trace))
  }
  await transact(db, statements)
  return true
}

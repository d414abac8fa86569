import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/client.ts'
import { toMessage } from '../../delivery/message.ts'
import { enqueue } from '../../delivery/outbox.ts'
import { type Language, textsIn } from '../../texts/index.ts'
import { markDead, pauseIfNoneLeft, type StoredSession } from './store.ts'

/** What the owner's message says: in which language, and how many good sessions are left. */
async function readOwner(db: Database, session: Pick<StoredSession, 'id' | 'ownerId'>) {
  const [result] = await transact(db, [
    sql`SELECT (SELECT language FROM chats WHERE id = ${session.ownerId}) AS language,
               (SELECT count(*) FROM portal_sessions WHERE health = 'good' AND id <> ${session.id}) AS others`,
  ])
  const row = result?.results[0]
  const language: Language = row?.language === 'en' ? 'en' : 'it'
  return { texts: textsIn(language), others: Number(row?.others ?? 0) }
}

/**
 * Sets a session aside for good and owes its owner one message with the steps to renew it, in one transaction. Two rounds
 * that find the same session dead make one message. With none left polling is paused.
 */
export async function bury(
  db: Database,
  session: Pick<StoredSession, 'id' | 'ownerId'>,
  { origin }: { origin: string },
  now: number,
  trace: string,
): Promise<void> {
  const { texts, others } = await readOwner(db, session)
  const message = toMessage(texts.operator.sessionDied(session.id, others, origin))
  await transact(db, [
    markDead(session.id, now),
    enqueue(
      [
        {
          event: `portal-session-died:${session.id}`,
          chatId: session.ownerId,
          priority: 'interactive',
          content: { type: 'message', message },
          eventAt: now,
          trace,
        },
      ],
      now,
    ),
    pauseIfNoneLeft(now),
  ])
}

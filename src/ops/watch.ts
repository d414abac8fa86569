import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/database.ts'
import { readState, writeState } from '../db/state.ts'
import { button } from '../delivery/button-data.ts'
import { toMessage } from '../delivery/message.ts'
import { enqueue, type OutboxMessage } from '../delivery/outbox.ts'
import { traceId } from '../platform/id.ts'
import { describeError, log } from '../platform/log.ts'
import { type Language, type Texts, textsIn } from '../texts/index.ts'
import { changes, evaluate, type Incident, unparsedPages } from './incidents.ts'
import { readVitals, type Vitals } from './vitals.ts'

export interface WatchContext {
  db: Database
  adminIds: ReadonlySet<number>
  now: number
  nudge(trace: string): Promise<void>
}

/**
 * The operators whose chats accept messages, and their language. The bot cannot write to an operator who never wrote to
 * it.
 */
async function readOperators(db: Database, ids: ReadonlySet<number>) {
  const [found] = await transact(db, [
    sql`SELECT id, language FROM chats
        WHERE status = 'active' AND id IN (SELECT value FROM json_each(${JSON.stringify([...ids])}))`,
  ])
  return (found?.results ?? []).map((row) => ({ id: Number(row.id), language: row.language as Language }))
}

/** The message saying that an incident has begun, with a button to what can be done about it. */
function begunMessage(texts: Texts, incident: Incident, vitals: Vitals, now: number) {
  const { service } = texts
  const { alertSince, answerDueSince, dueSince, heldDueSince } = vitals
  const oldest = Math.min(...[alertSince, answerDueSince, dueSince, heldDueSince].map((at) => at ?? now))
  switch (incident) {
    case 'no-session':
      return toMessage(service.begun.noSession, [[button(service.seeSessions, 'portal-sessions')]])
    case 'lag':
      return toMessage(service.begun.lag(Math.floor((now - oldest) / 60_000), vitals.queued), [
        [button(service.seeService, 'service')],
      ])
    case 'dead-letters':
      return toMessage(service.begun.deadLetters(vitals.deadLetters), [
        [button(service.seeLetters, 'letters')],
      ])
    case 'unwritten':
      return toMessage(service.begun.unwritten(vitals.unwritten), [[button(service.seeService, 'service')]])
    case 'push-key':
      return toMessage(service.begun.pushKey)
    case 'sport-markup':
      return toMessage(service.begun.sportMarkup(unparsedPages(vitals, now)))
    case 'logins':
      return toMessage(service.begun.logins)
    case 'database-full':
      return toMessage(service.begun.databaseFull(gigabytes(vitals.databaseBytes ?? 0)), [
        [button(service.seeService, 'service')],
      ])
  }
}

const overText = ({ service }: Texts, incident: Incident): string =>
  ({
    'no-session': service.over.noSession,
    lag: service.over.lag,
    'dead-letters': service.over.deadLetters,
    unwritten: service.over.unwritten,
    'push-key': service.over.pushKey,
    'sport-markup': service.over.sportMarkup,
    'database-full': service.over.databaseFull,
    logins: service.over.logins,
  })[incident]

/** Bytes as GB with one decimal, as Cloudflare counts them. */
export const gigabytes = (bytes: number): number => Math.round(bytes / 1e8) / 10

/**
 * Runs each minute: notifies every operator once when an incident begins and once when it ends. What was notified is
 * saved in the transaction of the messages; two concurrent runs write the same messages under the same keys. While no
 * operator accepts messages, nothing counts as notified.
 */
export async function watch({ db, adminIds, now, nudge }: WatchContext): Promise<void> {
  if (adminIds.size === 0) return
  const [{ 'told-troubles': notified = {} }, vitals] = await Promise.all([
    readState(db, ['told-troubles']),
    readVitals(db, now),
  ])
  const change = changes(notified, evaluate(vitals, now), now)
  if (change.begun.length + change.over.length === 0) return
  const operators = await readOperators(db, adminIds)
  if (operators.length === 0) return

  const trace = traceId()
  const draft = (
    incident: Incident,
    on: boolean,
    chatId: number,
    content: OutboxMessage['content'],
  ): OutboxMessage => ({
    event: `trouble:${incident}:${change.notified[incident]?.episode}:${on ? 'begun' : 'over'}`,
    chatId,
    priority: 'interactive',
    content,
    eventAt: now,
    trace,
  })
  const drafts = operators.flatMap(({ id, language }) => {
    const texts = textsIn(language)
    return [
      ...change.begun.map((incident) =>
        draft(incident, true, id, { type: 'message', message: begunMessage(texts, incident, vitals, now) }),
      ),
      ...change.over.map((incident) =>
        draft(incident, false, id, { type: 'message', message: toMessage(overText(texts, incident)) }),
      ),
    ]
  })
  await transact(db, [writeState(db, 'told-troubles', change.notified, now), enqueue(drafts, now)])
  log('warn', 'incidents', { trace, begun: change.begun.join(), over: change.over.join() })
  await nudge(trace).catch((error: unknown) => log('warn', 'nudge-failed', { error: describeError(error) }))
}

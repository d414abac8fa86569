import { sql } from 'drizzle-orm'
import { type Database, type Statement, transact } from '../db/database.ts'
import { columnReader, decodeRow } from '../db/rows.ts'
import { chats } from '../db/schema/chats.ts'
import { type DeliveryStatus, deliveries } from '../db/schema/delivery.ts'
import type { Language } from '../texts/index.ts'
import { updateClaims } from './claimed-deliveries.ts'
import { type Message, writeContent } from './content.ts'

/** A chat's row, as renderers need it. */
export type ChatRow = typeof chats.$inferSelect

/** The language of a chat; Italian when the chat is unknown. */
export const languageOf = (chat: ChatRow | undefined): Language => chat?.language ?? 'it'

/** The outcome of a claimed delivery. `claimed`: a part of it was sent, and the run goes on with the rest. */
export interface Outcome {
  id: number
  status: Exclude<DeliveryStatus, 'merged'>
  messageId?: number
  reason?: string
  /** For `queued`: not before this instant, epoch ms. */
  notBefore?: number
  /** The attempt does not count: it was not made, or a rate limit rejected it. */
  unused?: boolean
  /** The rest of the message, which the delivery sends from now on. */
  rest?: Message
  /** For `sent`: an edit of an earlier message, whose row nobody needs any more. */
  edit?: boolean
}

/** A delivery that was given back as it was: its row needs no write. */
const isUnchanged = ({ id: _, status, unused, notBefore = 0, ...written }: Outcome, now: number): boolean =>
  status === 'queued' && unused === true && notBefore <= now && Object.keys(written).length === 0

/**
 * The statements that record outcomes, however many: three at most. A message that was ever in doubt keeps that reason
 * when it is sent: it may have come twice. Finished deliveries stay in their claims, where nobody minds them.
 * @param outcomes at most one of each delivery
 */
export function recordOutcomes(outcomes: readonly Outcome[], now: number): Statement[] {
  const idsOf = (some: readonly Outcome[]) => JSON.stringify(some.map(({ id }) => id))
  const isMade = ({ status, edit }: Outcome) => status === 'sent' && edit === true
  const made = outcomes.filter(isMade)
  const changed = outcomes.filter((outcome) => !isMade(outcome) && !isUnchanged(outcome, now))
  const returned = outcomes.filter(({ status }) => status === 'queued')
  const continued = outcomes.filter(({ status }) => status === 'claimed')
  return [
    ...(made.length > 0
      ? [sql`DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(${idsOf(made)}))`]
      : []),
    ...(changed.length > 0 ? [writeOutcomes(changed, now)] : []),
    ...(returned.length + continued.length > 0 ? [updateClaims(idsOf(returned), idsOf(continued), now)] : []),
  ]
}

function writeOutcomes(outcomes: readonly Outcome[], now: number): Statement {
  const rows = outcomes.map(({ rest, ...outcome }) => ({
    ...outcome,
    ...(rest && { content: writeContent({ type: 'message', message: rest }) }),
  }))
  return sql`
  UPDATE deliveries SET
    status = CASE j.value ->> 'status' WHEN 'claimed' THEN 'queued' ELSE j.value ->> 'status' END,
    message_id = coalesce(message_id, j.value ->> 'messageId'),
    reason = CASE WHEN reason = 'in-doubt' AND j.value ->> 'status' IN ('queued', 'claimed', 'sent') THEN reason
                  ELSE j.value ->> 'reason' END,
    not_before = coalesce(j.value ->> 'notBefore', not_before),
    indexed = max(indexed, coalesce(j.value ->> 'notBefore', 0) > ${now}),
    content = coalesce(j.value ->> 'content', content),
    attempts = attempts + CASE j.value ->> 'status' WHEN 'claimed' THEN 0
                          ELSE 1 - coalesce(j.value ->> 'unused', 0) END,
    done_at = CASE WHEN j.value ->> 'status' IN ('sent', 'expired', 'dead') THEN ${now} END
  FROM json_each(${JSON.stringify(rows)}) AS j
  WHERE deliveries.id = j.value ->> 'id' AND deliveries.status = 'queued'`
}

/** The rows of some chats, by id; unknown chats are absent. */
export async function readChats(db: Database, ids: readonly number[]): Promise<Map<number, ChatRow>> {
  const [answer] = await transact(db, [
    sql`SELECT * FROM chats WHERE id IN (SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`,
  ])
  return new Map((answer?.results ?? []).map((row) => [Number(row.id), decodeRow(chats, row)]))
}

const sentColumns = columnReader(deliveries, 'messageId', 'status')

/** Telegram's ids of messages that events put into chats, by `event chat`; null while they are not sent. */
export async function readSentMessages(
  db: Database,
  keys: readonly { event: string; chatId: number }[],
): Promise<Map<string, { messageId: number | null; status: DeliveryStatus }>> {
  if (keys.length === 0) return new Map()
  const [answer] = await transact(db, [
    sql`SELECT d.event, d.chat_id, d.message_id, d.status
        FROM json_each(${JSON.stringify(keys)}) AS j
        JOIN deliveries d ON d.event = j.value ->> 'event' AND d.chat_id = j.value ->> 'chatId'`,
  ])
  return new Map((answer?.results ?? []).map((row) => [`${row.event} ${row.chat_id}`, sentColumns(row)]))
}

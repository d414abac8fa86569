import { type SQL, sql } from 'drizzle-orm'
import * as z from 'zod'
import { isClaimed } from '../../chats/open-deliveries.ts'
import { type Database, type Row, transact } from '../../db/database.ts'
import type { OutboxMessage } from '../../delivery/outbox.ts'
import { DAY } from '../../platform/time.ts'
import { someWish } from '../follow/several-places.ts'
import type { ReadPage } from './fanout-page.ts'
import { type Alert, RENDER } from './rendered-content.ts'

/** How long (ms) after an alert its messages are edited for other slots of its days, which only some chats saw in it. */
const SAME_DAY_WINDOW = DAY

/** An alert whose messages are edited, and the last chat of it. */
const cursorShape = z.tuple([z.string(), z.number()])
type Cursor = z.infer<typeof cursorShape>

/** The first cursor of an alert. */
const startOf = (alert: string): Cursor => [alert, Number.MIN_SAFE_INTEGER]
/** The first cursor of the alerts that only chats which need several places may have seen the slots in. */
const FAMILIES = startOf('')

/**
 * The edits that cross out closed slots: one for each message that listed them and was sent or is being sent, to chats
 * that want edits. A message still queued needs none: it is rendered when it is sent.
 * @param gone an alert of kind `gone`, or `restored`: then the edits show the slots as open again
 */
export function closedSlotEdits(db: Database, gone: Alert): ReadPage {
  let alerts: readonly Opening[] | undefined
  return async (cursor, limit) => {
    alerts ??= await openingsOf(db, gone)
    const listing = alerts.filter(({ listsThem }) => listsThem).map(({ id }) => id)
    const others = alerts.filter(({ listsThem }) => !listsThem).map(({ id }) => id)
    const startAt = (n: number): Cursor | undefined => {
      const id = listing[n]
      return id !== undefined ? startOf(id) : others.length > 0 ? FAMILIES : undefined
    }
    const from = cursor ? cursorShape.parse(JSON.parse(cursor)) : startAt(0)
    if (from === undefined) return { messages: [], next: undefined }
    const n = listing.indexOf(from[0])
    const [page] = await transact(db, [messagesOf(n < 0 ? others : null, from, limit)])
    const rows = page?.results ?? []
    const last = rows.at(-1)
    const more: Cursor | undefined =
      rows.length === limit && last ? [String(last.alert), Number(last.chat_id)] : undefined
    const next = more ?? (n < 0 ? undefined : startAt(n + 1))
    return {
      messages: rows.flatMap((row) => editOf(gone, row) ?? []),
      next: next && JSON.stringify(next),
    }
  }
}

/**
 * The query of the messages to edit after a cursor: of its alert; or of all the alerts `of`, in order of chat and alert, to chats
 * that need several places. There may be many such alerts, and few such chats.
 */
function messagesOf(of: readonly string[] | null, [alert, after]: Cursor, limit: number): SQL {
  const source =
    of === null
      ? sql`deliveries d JOIN chats c ON c.id = d.chat_id WHERE d.event = ${alert} AND d.chat_id > ${after}`
      : sql`chats c CROSS JOIN json_each(${JSON.stringify(of)}) AS listed
            CROSS JOIN deliveries d ON d.event = listed.value AND d.chat_id = c.id
            WHERE ${someWish(sql`c`)} AND c.id >= ${after} AND (c.id > ${after} OR d.event > ${alert})`
  return sql`
    SELECT d.event AS alert, d.chat_id, d.status, digest.event AS digest, digest.content ->> 'ref' AS ref
    FROM (SELECT d.event, d.chat_id, d.status, d.reason FROM ${source}
            AND (d.status IN ('sent', 'merged') OR ${isClaimed(sql`d`)}) AND c.tell_gone = 1 AND c.status = 'active'
          ORDER BY d.chat_id, d.event LIMIT ${limit}) AS d
    LEFT JOIN deliveries digest ON d.status = 'merged' AND digest.event = d.reason
      AND digest.chat_id = d.chat_id AND (digest.status = 'sent' OR ${isClaimed(sql`digest`)})
    ORDER BY d.chat_id, d.event`
}

/** An alert whose messages may show closed slots. */
interface Opening {
  id: string
  /** True: a closed slot was new in it. False: only chats that need several places saw one in it. */
  listsThem: boolean
}

/**
 * The alerts of the closed slots' last opening, and those of the same days since, in order of id. An opening begins after
 * the last alert that the slot was gone: the slot's row may hold a later opening, when this alert is fanned out late.
 */
async function openingsOf(db: Database, gone: Alert): Promise<Opening[]> {
  const [found] = await transact(db, [
    sql`WITH closed AS MATERIALIZED (
          SELECT value AS slot, coalesce((
            SELECT max(g.created_at) FROM alerts g, json_each(g.slots) AS before
            WHERE g.office_id = ${gone.officeId} AND g.kind = 'gone' AND g.created_at < ${gone.createdAt}
              AND before.value = closed.value), 0) AS after
          FROM json_each(${JSON.stringify(gone.slots)}) AS closed),
        families AS MATERIALIZED (SELECT EXISTS (SELECT 1 FROM chats WHERE ${someWish(sql`chats`)}) AS any_there)
        SELECT a.id, max(listed.value ->> 1 = closed.slot ->> 1 AND coalesce(listed.value ->> 2, 0) = 0) AS lists_them,
               max(listed.value ->> 1 = closed.slot ->> 1 AND listed.value ->> 2 < listed.value ->> 3) AS adds_places
        FROM alerts a, json_each(coalesce(a.places, a.slots)) AS listed
        JOIN closed ON closed.after < a.created_at AND listed.value ->> 0 = closed.slot ->> 0
        WHERE a.office_id = ${gone.officeId} AND a.kind = 'open' AND a.created_at <= ${gone.createdAt}
        GROUP BY a.id HAVING lists_them OR (
          (SELECT any_there FROM families) AND (adds_places OR a.created_at > ${gone.createdAt - SAME_DAY_WINDOW}))`,
  ])
  return (found?.results ?? [])
    .map((row) => ({ id: String(row.id), listsThem: row.lists_them === 1 }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The edit of one chat's message: of the alert's own, or of the digest that it became part of. */
function editOf(gone: Alert, row: Row): OutboxMessage | undefined {
  const alert = String(row.alert)
  const isMerged = row.status === 'merged'
  if (isMerged && row.digest === null) return undefined
  const event = isMerged ? String(row.digest) : alert
  return {
    event: `strike:${event}:${gone.id}`,
    chatId: Number(row.chat_id),
    priority: 'edit',
    content: {
      type: 'render',
      by: isMerged ? RENDER.digestEdit : RENDER.closedSlotEdit,
      ref: isMerged ? String(row.ref) : alert,
      edits: { event },
    },
    eventAt: gone.createdAt,
    trace: gone.trace,
  }
}

import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'
import { decodeRow } from '../db/rows.ts'
import { alerts } from '../db/schema/passport.ts'
import { enqueue, type OutboxMessage } from '../delivery/outbox.ts'
import { log } from '../platform/log.ts'
import { type AlertNews, readAlertNews } from './alert-news.ts'
import { strikesOf } from './closed-slot-edits.ts'
import { type Follower, readCursor, readFollowers, writeCursor } from './followers.ts'
import { quietHoursEnd, slotWanted } from './preferences.ts'
import { RENDER } from './renderers.ts'

/** Followers served by one transaction; by the first, fewer, so that the sender begins meanwhile. */
const PAGE = 1_000
const FIRST_PAGE = 100

export interface FanOutContext {
  db: Database
  now(): number
  /** Tells the sender that something is owed. */
  nudge(trace: string): Promise<void>
}

type Alert = typeof alerts.$inferSelect

/**
 * Hands an alert on: owes a delivery to everyone who should hear of it. Goes on where an earlier try stopped, and does
 * no harm when repeated: each (alert, chat) is owed once.
 */
export async function fanOut(context: FanOutContext, alertId: string): Promise<void> {
  const { db } = context
  const [answer] = await transact(db, [sql`SELECT * FROM alerts WHERE id = ${alertId}`])
  const row = answer?.results[0]
  if (!row) {
    log('warn', 'alert-unknown', { alert: alertId })
    return
  }
  const alert = decodeRow(alerts, row)
  if (alert.fannedOutAt !== null) return
  const owed = await handOn[alert.kind](context, alert)
  log('info', 'fan-out', { trace: alert.trace, alert: alert.id, owed, ms: context.now() - alert.createdAt })
}

/** Edits the messages that told of slots which closed, or which only seemed to have. */
async function toMessages(context: FanOutContext, alert: Alert): Promise<number> {
  let owed = 0
  for await (const drafts of strikesOf(context.db, alert)) {
    owed += drafts.length
    await transact(context.db, [enqueue(drafts, context.now())])
  }
  await finish(context, alert, [])
  return owed
}

const handOn: Record<Alert['kind'], (context: FanOutContext, alert: Alert) => Promise<number>> = {
  async open(context, alert) {
    const news = (await readAlertNews(context.db, [alert.id])).get(alert.id)
    return toFollowers(context, alert, (follower, now) => openDraft(alert, news, follower, now))
  },
  blind: (context, alert) =>
    toFollowers(context, alert, ({ chat }) => draft(alert, chat.id, { by: RENDER.blind })),
  async sight(context, alert) {
    // Only who was told that we are blind needs to hear that we see again; who was not told yet never will be.
    const blind = alert.id.replace(/^sight:/, 'blind:')
    const now = context.now()
    const [told] = await transact(context.db, [
      sql`SELECT chat_id FROM deliveries WHERE event = ${blind} AND status IN ('sent', 'claimed')`,
      sql`UPDATE deliveries SET status = 'expired', reason = 'sight-again', done_at = ${now}
          WHERE event = ${blind} AND status IN ('queued', 'held')`,
    ])
    const drafts = (told?.results ?? []).map((row) => draft(alert, Number(row.chat_id), { by: RENDER.sight }))
    await finish(context, alert, drafts)
    return drafts.length
  },
  gone: toMessages,
  restored: toMessages,
}

const draft = (alert: Alert, chatId: number, { by }: { by: string }): OutboxMessage => ({
  event: alert.id,
  chatId,
  priority: 'alert',
  content: { type: 'render', by, ref: alert.id },
  eventAt: alert.createdAt,
  trace: alert.trace,
})

/** What a follower is owed for new slots: nothing, a message, or one held until quiet hours end. */
function openDraft(
  alert: Alert,
  news: AlertNews | undefined,
  { chat, mutedUntil }: Follower,
  now: number,
): OutboxMessage | undefined {
  const office = news?.office
  if (!office || (mutedUntil !== null && mutedUntil > now)) return undefined
  const place = { id: office.id, province: alert.province }
  if (!news.slots.some((slot) => !slot.gone && slotWanted(chat, place, slot))) return undefined
  const message = draft(alert, chat.id, { by: RENDER.alert })
  const end = chat.quietMode === 'digest' ? quietHoursEnd(chat, now) : null
  return end === null ? message : { ...message, status: 'held', notBefore: end }
}

/** Goes through the followers page by page; each page's deliveries and how far it got are one transaction. */
async function toFollowers(
  context: FanOutContext,
  alert: Alert,
  draftFor: (follower: Follower, now: number) => OutboxMessage | undefined,
): Promise<number> {
  const { db } = context
  let owed = 0
  let cursor = readCursor(alert.cursor, alert.pivot)
  for (let limit = FIRST_PAGE; ; limit = PAGE) {
    const page = await readFollowers(db, alert.province, cursor, alert.pivot, alert.createdAt, limit)
    const now = context.now()
    const drafts = page.followers.flatMap((follower) => draftFor(follower, now) ?? [])
    owed += drafts.length
    if (!page.next) {
      await finish(context, alert, drafts)
      return owed
    }
    await transact(db, [
      enqueue(drafts, now),
      sql`UPDATE alerts SET cursor = ${writeCursor(page.next)} WHERE id = ${alert.id}`,
    ])
    if (drafts.length > 0) await context.nudge(alert.trace)
    cursor = page.next
  }
}

async function finish(
  { db, now, nudge }: FanOutContext,
  alert: Alert,
  drafts: readonly OutboxMessage[],
): Promise<void> {
  await transact(db, [
    enqueue(drafts, now()),
    sql`UPDATE alerts SET fanned_out_at = ${now()} WHERE id = ${alert.id} AND fanned_out_at IS NULL`,
  ])
  if (drafts.length > 0 || alert.kind === 'gone') await nudge(alert.trace)
}

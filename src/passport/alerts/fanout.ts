import { type SQL, sql } from 'drizzle-orm'
import { quietHoursEnd } from '../../chats/quiet-hours.ts'
import { type Database, transact } from '../../db/database.ts'
import { decodeRow } from '../../db/rows.ts'
import { alerts } from '../../db/schema/passport.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import type { InvocationBudget } from '../../platform/budget.ts'
import { log } from '../../platform/log.ts'
import { romeDate } from '../../platform/time.ts'
import { someWish } from '../follow/several-places.ts'
import { type AlertNews, readAlertNews } from './alert-news.ts'
import { closedSlotEdits } from './closed-slot-edits.ts'
import { isOutdated } from './early-notice.ts'
import type { ReadPage } from './fanout-page.ts'
import { type Follower, readCursor, readFollowers, writeCursor } from './followers.ts'
import { recoveryNotices } from './recovery-notices.ts'
import { type Alert, RENDER, renderedMessage } from './rendered-content.ts'
import { wantedSlots } from './wanted-slots.ts'

/** Rows that one page reads; the first page is smaller, so that the sender starts sooner. */
const PAGE = 1_000
const FIRST_PAGE = 100

export interface FanOutContext {
  db: Database
  budget: InvocationBudget
  now(): number
  /** Nudges the sender. */
  nudge(trace: string): Promise<void>
}

const pages: Record<Alert['kind'], (db: Database, alert: Alert) => Promise<ReadPage>> = {
  async open(db, alert) {
    const news = (await readAlertNews(db, [alert.id], true)).get(alert.id)
    return followerPages(
      db,
      alert,
      (follower, now) => openMessage(alert, news, follower, now),
      // Without a new slot, it can be news only to those who need several places.
      alert.slots.length === 0 ? sql`AND ${someWish(sql`c`)}` : undefined,
    )
  },
  async early(db, alert) {
    const news = (await readAlertNews(db, [alert.id])).get(alert.id)
    return followerPages(
      db,
      alert,
      (follower, now) => earlyMessage(alert, news, follower, now),
      sql`AND c.early_notice = 1`,
    )
  },
  blind: async (db, alert) =>
    followerPages(db, alert, ({ chat }) => renderedMessage(alert, chat.id, RENDER.outageNotice)),
  // A chat that follows several such provinces is told once a day.
  alternatives: async (db, alert) =>
    followerPages(db, alert, ({ chat }) => ({
      ...renderedMessage(alert, chat.id, RENDER.alternatives),
      event: `alternatives:${romeDate(alert.createdAt)}`,
    })),
  sight: async (db, alert) => recoveryNotices(db, alert),
  gone: async (db, alert) => closedSlotEdits(db, alert),
  restored: async (db, alert) => closedSlotEdits(db, alert),
}

/**
 * Fans an alert out: enqueues a message for everyone who should receive it, page by page. It continues where an earlier
 * call stopped; repeating it is harmless, since each (alert, chat) is enqueued once.
 * @returns false when the budget was spent before the last page: call it again in another invocation
 * @throws when the database is out of reach
 */
export async function fanOut(context: FanOutContext, alertId: string): Promise<boolean> {
  const { db, budget, now, nudge } = context
  if (budget.isSpent(now())) return false
  const [answer] = await transact(db, [sql`SELECT * FROM alerts WHERE id = ${alertId}`])
  const row = answer?.results[0]
  if (!row) {
    log('warn', 'alert-unknown', { alert: alertId })
    return true
  }
  const alert = decodeRow(alerts, row)
  if (alert.fannedOutAt !== null) return true
  const { trace, kind, createdAt } = alert
  const readPage = await pages[kind](db, alert)
  let enqueued = 0
  let cursor = alert.cursor
  for (let limit = FIRST_PAGE; ; limit = PAGE) {
    const { messages, extra = [], next } = await readPage(cursor, limit, now())
    await transact(db, [
      ...(messages.length > 0 ? [enqueue(messages, now())] : []),
      ...extra,
      next === undefined
        ? sql`UPDATE alerts SET fanned_out_at = ${now()} WHERE id = ${alertId} AND fanned_out_at IS NULL`
        : sql`UPDATE alerts SET cursor = ${next} WHERE id = ${alertId}`,
    ])
    enqueued += messages.length
    if (messages.length > 0) await nudge(trace)
    const done = next === undefined
    if (done || budget.isSpent(now())) {
      log('info', 'fan-out', { trace, alert: alertId, enqueued, done, ms: now() - createdAt })
      return done
    }
    cursor = next
  }
}

/** True for a follower who has not muted the province and whose filters let some of the slots pass. */
const isFor = (news: AlertNews, { chat, mutedUntil, bookedDate }: Follower, now: number): boolean =>
  (mutedUntil === null || mutedUntil <= now) && wantedSlots(news, { ...chat, bookedDate }).length > 0

/** When a chat that gathers the alerts of its quiet hours gets one of now, epoch ms; null: at once. */
const heldUntil = ({ chat }: Follower, now: number): number | null =>
  chat.quietMode === 'digest' ? quietHoursEnd(chat, now) : null

/** What a follower receives about new slots: nothing, a message, or one held until quiet hours end. */
function openMessage(
  alert: Alert,
  news: AlertNews | undefined,
  follower: Follower,
  now: number,
): OutboxMessage | undefined {
  if (!news || !isFor(news, follower, now)) return undefined
  const message = renderedMessage(alert, follower.chat.id, RENDER.alert)
  const end = heldUntil(follower, now)
  return end === null ? message : { ...message, status: 'held', notBefore: end }
}

/** The same for slots of later today. It joins no digest, and none comes where quiet hours end too late for it. */
function earlyMessage(
  alert: Alert,
  news: AlertNews | undefined,
  follower: Follower,
  now: number,
): OutboxMessage | undefined {
  const end = heldUntil(follower, now)
  if (!news || !isFor(news, follower, now) || isOutdated(news, end ?? now)) return undefined
  const message = renderedMessage(alert, follower.chat.id, RENDER.earlyNotice)
  // Sent that late by the chat's own wish: no lag is measured from before.
  return end === null ? message : { ...message, notBefore: end, eventAt: end }
}

/** Pages over the followers of the alert's province. @param also another condition on the chat `c` */
const followerPages =
  (
    db: Database,
    alert: Alert,
    messageFor: (follower: Follower, now: number) => OutboxMessage | undefined,
    also?: SQL,
  ): ReadPage =>
  async (cursor, limit, now) => {
    const { province, pivot, createdAt } = alert
    const from = readCursor(cursor, pivot)
    const { followers, next } = await readFollowers(db, province, from, pivot, createdAt, limit, also)
    return {
      messages: followers.flatMap((follower) => messageFor(follower, now) ?? []),
      next: next && writeCursor(next),
    }
  }

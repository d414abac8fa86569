import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { enqueue, type OutboundNudge } from '../../src/delivery/outbox.ts'
import { traceId } from '../../src/platform/id.ts'
import { romeTime } from '../../src/platform/time.ts'
import { type Language, textsIn } from '../../src/texts/index.ts'
import type { Store } from '../cloud/store.ts'
import { storeNow } from './check-store.ts'
import { type Check, orOk, type Verdict } from './finding.ts'

/** How the trial is sent and how long it may take. */
export interface Trial {
  store: Store
  adminIds: readonly number[]
  /** Pushes the nudge that a producer would; without it the dispatcher's sweep finds the rows within a minute. */
  nudge?: (nudge: OutboundNudge) => Promise<void>
  /** By how much the Workers' clock is moved on, ms. */
  shiftMs?: number
  /** How often (ms), and how many times, the outcome is read. */
  everyMs?: number
  times?: number
}

const EVERY_MS = 2_000
/** Two sweeps and a slow queue. */
const TIMES = 75

/** Evaluates the trial's deliveries once there is nothing more to wait for. */
export function evaluateTrial(
  rows: readonly { chatId: number; status: string; reason: string | null }[],
): Verdict[] {
  const faults = rows.flatMap(({ chatId, status, reason }): Verdict[] => {
    if (status === 'sent') return []
    const refused = status === 'dead' || reason === 'chat-gone'
    return [
      refused
        ? { fault: 'alert-refused', detail: `Telegram does not take messages for ${chatId}: ${reason}` }
        : {
            fault: 'alert-late',
            detail: `the message for ${chatId} is still ${status}${reason ? ` (${reason})` : ''}`,
          },
    ]
  })
  return orOk(faults, `sent through the outbox to ${rows.map(({ chatId }) => chatId).join(', ')}`)
}

/** Enqueues a message to each operator, like a real alert, and follows it to Telegram. */
export const trialAlert = ({
  store,
  adminIds,
  nudge,
  shiftMs = 0,
  everyMs = EVERY_MS,
  times = TIMES,
}: Trial): Check => ({
  title: 'Trial alert',
  async look() {
    if (adminIds.length === 0)
      return [{ fault: 'admins-missing', detail: 'ADMIN_IDS names nobody to send it to' }]
    const now = await storeNow(store, shiftMs)
    const trace = traceId()
    const event = `doctor:${now}`
    const languages = await store.query(
      'SELECT id, language FROM chats WHERE id IN (SELECT value FROM json_each(?))',
      [JSON.stringify(adminIds)],
    )
    const languageOf = (id: number) =>
      (languages.find((row) => Number(row.id) === id)?.language ?? 'it') as Language
    const drafts = adminIds.map((chatId) => ({
      event,
      chatId,
      priority: 'interactive' as const,
      content: {
        type: 'message' as const,
        message: { text: textsIn(languageOf(chatId)).doctor.trial(romeTime(now)) },
      },
      eventAt: now,
      trace,
    }))
    const { sql, params } = new SQLiteAsyncDialect().sqlToQuery(enqueue(drafts, now).getSQL())
    await store.query(sql, params as (string | number)[])
    // A queue that cannot be reached from this machine is no fault of the installation: the sweep also finds the
    // rows.
    await nudge?.({ version: 1, trace }).catch(() => undefined)

    for (let time = 0; ; time++) {
      const rows = (
        await store.query('SELECT chat_id, status, reason FROM deliveries WHERE event = ? ORDER BY chat_id', [
          event,
        ])
      ).map((row) => ({
        chatId: Number(row.chat_id),
        status: String(row.status),
        reason: row.reason === null ? null : String(row.reason),
      }))
      const open = rows.some(({ status }) => status === 'queued' || status === 'claimed')
      if (!open || time >= times) return evaluateTrial(rows)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  },
})

import { sql } from 'drizzle-orm'
import { passportRenderers } from '../../src/passport/alerts/alert-renderers.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import type { Clock } from '../../src/platform/time.ts'
import { db, type FakeTelegram, freshBudget, rows, senderKit } from '../delivery/kit.worker.ts'

/** Fans out every alert that waits and sends what is due. @returns the Telegram that was called */
export async function sendAlerts(clock: Clock): Promise<FakeTelegram> {
  for (const { id } of await rows(sql`SELECT id FROM alerts WHERE fanned_out_at IS NULL`)) {
    await fanOut({ db, budget: freshBudget(), now: clock.now, nudge: async () => undefined }, String(id))
  }
  const { telegram, send } = senderKit({
    clock,
    renderers: passportRenderers(db, 'https://portal.example', 'https://sportello.example'),
  })
  await send()
  return telegram
}

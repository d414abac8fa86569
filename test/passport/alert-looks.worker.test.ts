import { sql } from 'drizzle-orm'
import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { BOOKING_PAGE } from '../../src/passport/alerts/alert-message.ts'
import { ringHash } from '../../src/platform/id.ts'
import { addChat, clean, db, rows, type TelegramCall } from '../delivery/kit.worker.ts'
import { closeSlots, friday, openSlots, sendAt, writeOffice } from './announce.worker.ts'

/** Follows Torino, with these columns of its chat. */
const follow = (id: number, columns: Record<string, string | number> = {}) =>
  transact(db, [
    addChat(id, columns),
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${id}, 'TO', ${ringHash(String(id))}, 1)`,
  ])

const keyboardOf = (call: TelegramCall | undefined): InlineKeyboardButton[][] =>
  (call?.body.reply_markup as InlineKeyboardMarkup | undefined)?.inline_keyboard ?? []

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await transact(db, [sql`DELETE FROM slot_events`])
  await writeOffice()
})

test('an alert offers a green booking button and copies the office and its address, until all is gone', async () => {
  await follow(1)
  await openSlots([['2027-01-12', '09:00']], friday('10:00:00'))
  const { calls } = await sendAt(friday('10:00:01'))
  expect(keyboardOf(calls[0]).slice(0, 2)).toEqual([
    [{ text: '🔗 Prenota sul portale', url: `https://portal.example${BOOKING_PAGE}`, style: 'success' }],
    [
      { text: '📋 Copia la sede', copy_text: { text: 'TO7' } },
      { text: '📋 Copia l’indirizzo', copy_text: { text: 'Corso Vinzaglio 10 TORINO' } },
    ],
  ])
  await closeSlots('2027-01-12', friday('10:05:00'))
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES ('gone:7:t', 'gone', 'TO', '7', '[["2027-01-12","09:00"]]', ${friday('10:05:00')}, 't', 0)`,
  ])
  const edit = (await sendAt(friday('10:05:01'))).calls[0]
  expect(edit?.method).toBe('editMessageText')
  const left = keyboardOf(edit).flat()
  expect(left.some((one) => 'url' in one || 'copy_text' in one)).toBe(false)
  expect(left.map(({ text }) => text)).toContain('🔕 Silenzia per oggi')
})

test('an animation comes only to private chats that want it, and not in quiet hours', async () => {
  await follow(1, { alert_effect: 1 })
  await follow(2)
  await follow(-3, { kind: 'group', alert_effect: 1 })
  await follow(4, { alert_effect: 1, quiet_from: '09:00', quiet_to: '11:00' })
  await openSlots([['2027-01-12', '09:00']], friday('10:00:00'))
  const { calls } = await sendAt(friday('10:00:01'))
  const effects = calls.map(({ body }) => [body.chat_id, body.message_effect_id !== undefined])
  expect(Object.fromEntries(effects)).toEqual({ 1: true, 2: false, '-3': false, 4: false })
  expect(await rows(sql`SELECT 1 FROM deliveries WHERE status <> 'sent'`)).toEqual([])
})

import { sql } from 'drizzle-orm'
import type { InlineKeyboardMarkup } from 'grammy/types'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { ringHash } from '../../src/platform/id.ts'
import { addDays, MINUTE, romeInstant, shiftedClock } from '../../src/platform/time.ts'
import { addChat, clean, delivery, type TelegramCall } from '../delivery/kit.worker.ts'
import { friday, OFFICE, openSlots, sendAt, writeOffice } from './announce.worker.ts'
import {
  alertsWritten,
  db,
  FakePortal,
  follow,
  reset,
  rows,
  testClock,
  testPoller,
} from './poller-kit.worker.ts'
import { sendAlerts } from './send-alerts.worker.ts'

const DAY = '2026-05-21'
/** After midnight, when offices publish. */
const NIGHT = romeInstant(DAY, '00:10')

beforeEach(async () => {
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
  await clean()
  await reset()
})

/** Torino at night, followed by chat 1, which wants early notices, and by chat 2, which does not. */
async function turin() {
  await transact(db, [addChat(1, { early_notice: 1 }), addChat(2, { language: 'en' })])
  await follow('TO', 1)
  await follow('TO', 2)
  const clock = testClock(NIGHT)
  const portal = new FakePortal()
  portal.put('46', 'TO', ['2026-06-04 10:00 x2', '2026-06-03 09:30'], '09:00')
  const { ctx, meter, nudges } = testPoller(portal, clock)
  /** Reads the province at a Rome time of a day and sends what that causes. */
  const readAt = async (time: string, day = DAY): Promise<TelegramCall[]> => {
    clock.at = romeInstant(day, time)
    await runRound(ctx)
    return (await sendAlerts(shiftedClock(clock.at - Date.now()))).calls
  }
  return { clock, portal, ctx, meter, nudges, readAt }
}

describe('an office that publishes slots of which booking opens later', () => {
  test('is told at once and silently to who asked for it, then alerted to everybody at the opening', async () => {
    const { readAt, nudges } = await turin()
    const [notice, ...others] = await readAt('00:10')
    expect(others).toEqual([])
    expect(notice?.body).toMatchObject({ chat_id: 1, disable_notification: true })
    expect(notice?.body.text).toBe(
      [
        '⏳ Torino: 3 posti, da mer 3 giu 09:30',
        'In arrivo, si prenota oggi dalle 9:',
        'Prima data: 03/06/2026',
        'Disponibilità:',
        '   03/06/2026 ore 09:30 · 1 posto',
        '   04/06/2026 ore 10:00 · 2 posti',
        'Sede: C46 - Office 46',
        'Indirizzo: A B',
        '',
        'Quando si apre la prenotazione ti scrivo di nuovo, se ci sono ancora posti per te.',
      ].join('\n'),
    )
    const { inline_keyboard } = (notice?.body.reply_markup ?? {}) as Partial<InlineKeyboardMarkup>
    expect(inline_keyboard).toEqual([
      [
        {
          text: '📆 Aggiungi al calendario',
          url: 'https://sportello.example/calendar/opening/46_2026-05-21.ics?lang=it',
        },
      ],
      [{ text: '🔕 Silenzia per oggi', callback_data: '1:mute:TO' }],
    ])
    expect(nudges.map(({ alertId }) => alertId)).toEqual([expect.stringMatching(/^early:46:/)])
    const alerts = await readAt('08:56')
    expect(alerts.map(({ body }) => body.chat_id).sort()).toEqual([1, 2])
    for (const { body } of alerts) {
      expect(body.text).toMatch(/dalle 9:|from 09:00:/)
      expect(body.disable_notification).not.toBe(true)
    }
  })

  test('is told once: neither later readings nor later slots repeat it, those of another day do', async () => {
    const { portal, readAt } = await turin()
    expect(await readAt('00:10')).toHaveLength(1)
    expect(await readAt('00:11')).toEqual([])
    portal.put('46', 'TO', ['2026-06-03 09:30', '2026-06-05 11:00'], '09:00')
    expect(await readAt('00:20')).toEqual([])
    expect(await readAt('09:01')).toHaveLength(2)
    const tomorrow = addDays(DAY, 1)
    expect(await readAt('00:10', tomorrow)).toEqual([])
    portal.put('46', 'TO', ['2026-06-03 09:30', '2026-06-05 11:00', '2026-06-08 12:00'], '09:00')
    const [notice, ...others] = await readAt('00:11', tomorrow)
    expect(others).toEqual([])
    expect(notice?.body.text).toMatch(/^⏳ Torino: 1 posto, lun 8 giu 12:00\n/)
    expect((await alertsWritten()).filter((alert) => String(alert).startsWith('early'))).toEqual([
      'early:46 2026-06-03 09:30 2026-06-04 10:00',
      'early:46 2026-06-08 12:00',
    ])
  })

  test.each(['before', 'after'] as const)(
    'is told once although the poller crashes %s it wrote the reading',
    async (moment) => {
      const { clock, ctx, meter, readAt } = await turin()
      // The claim is the first transaction, the reading's the second.
      meter.crash = (when, index) => {
        if (when === moment && index === 1) throw new Error('D1_ERROR: made up')
      }
      await Promise.allSettled([runRound(ctx)])
      expect(await alertsWritten()).toHaveLength(moment === 'before' ? 0 : 1)
      meter.crash = () => undefined
      clock.at += 10 * MINUTE
      const calls = [...(await readAt('00:25')), ...(await readAt('00:40')), ...(await readAt('00:55'))]
      expect(calls.map(({ body }) => body.chat_id)).toEqual([1])
      expect(await alertsWritten()).toEqual(['early:46 2026-06-03 09:30 2026-06-04 10:00'])
    },
  )

  test('leaves no trace where nobody asked for it, or who did is gone', async () => {
    const { readAt, nudges } = await turin()
    await transact(db, [sql`UPDATE subscriptions SET asleep = 1 WHERE chat_id = 1`])
    expect(await readAt('00:10')).toEqual([])
    expect(await alertsWritten()).toEqual([])
    expect(nudges).toEqual([])
    // Nor does who asks for it later hear of this opening.
    await transact(db, [sql`UPDATE chats SET early_notice = 1`])
    expect(await readAt('00:20')).toEqual([])
  })
})

/** Follows Torino and wants early notices, with these columns of its chat. */
const wants = (id: number, columns: Record<string, string | number> = {}) =>
  transact(db, [
    addChat(id, { early_notice: 1, ...columns }),
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${id}, 'TO', ${ringHash(String(id))}, 1)`,
  ])

/** Slots of 12 January that open at nine, seen ten minutes after midnight. */
async function publish() {
  await writeOffice('09:00')
  const slots: [string, string][] = [
    ['2027-01-12', '10:00'],
    ['2027-01-12', '10:20'],
  ]
  await openSlots(slots, friday('00:10:00'), false)
  await transact(db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, bookable_at, created_at, trace, pivot)
        VALUES ('early:7:t', 'early', 'TO', ${OFFICE.id}, ${JSON.stringify(slots)}, '09:00', ${friday('00:10:00')}, 't', 0)`,
  ])
}

const chatsOf = ({ calls }: { calls: readonly TelegramCall[] }) =>
  calls.map(({ body }) => body.chat_id).sort((a, b) => a - b)

describe('an early notice', () => {
  test('obeys filters and mutes, and waits for the end of quiet hours that gather alerts', async () => {
    await wants(1)
    await wants(2, { only_before: '2027-01-12' })
    await wants(3, { min_day_places: 2 })
    await wants(4, { min_day_places: 3 })
    await wants(5)
    await wants(6, { quiet_from: '23:00', quiet_to: '07:00', quiet_mode: 'silent' })
    await wants(7, { quiet_from: '23:00', quiet_to: '07:00', quiet_mode: 'digest' })
    await wants(8, { quiet_from: '23:00', quiet_to: '08:55', quiet_mode: 'digest' })
    await wants(9, { early_notice: 0 })
    await publish()
    // Another slot of that day, which can be booked already, does not count for families.
    await openSlots([['2027-01-12', '12:00']], friday('00:01:00'))
    await transact(db, [
      sql`UPDATE subscriptions SET muted_until = ${friday('23:59:59')} WHERE chat_id = 5`,
      sql`DELETE FROM alerts WHERE kind = 'open'`,
    ])
    const atOnce = await sendAt(friday('00:10:01'))
    expect(chatsOf(atOnce)).toEqual([1, 3, 6])
    expect(atOnce.calls.every(({ body }) => body.disable_notification === true)).toBe(true)
    expect(atOnce.calls.every(({ body }) => !body.text.includes('12:00'))).toBe(true)
    expect(chatsOf(await sendAt(friday('06:59:00')))).toEqual([])
    // Quiet hours are no lag: statistics measure from their end.
    const held = await rows(sql`SELECT event_at FROM deliveries WHERE chat_id = 7`)
    expect(held).toEqual([{ event_at: friday('07:00:00') }])
    expect(chatsOf(await sendAt(friday('07:00:01')))).toEqual([7])
    expect(await rows(sql`SELECT chat_id FROM deliveries WHERE status <> 'sent'`)).toEqual([])
    expect(await rows(sql`SELECT chat_id FROM deliveries WHERE chat_id = 8`)).toEqual([])
  })

  test.each([
    ['the alert of the opening is due', '08:55:00', sql`SELECT 1`, 'opened'],
    [
      'all its slots are gone',
      '00:20:00',
      sql`UPDATE slots SET gone_at = ${friday('00:15:00')}`,
      'slot-gone',
    ],
    ['the chat no longer wants it', '00:20:00', sql`UPDATE chats SET early_notice = 0`, 'not-asked-for'],
    [
      'the chat has muted the province',
      '00:20:00',
      sql`UPDATE subscriptions SET muted_until = ${friday('23:59:59')}`,
      'muted',
    ],
  ])('is not sent once %s', async (_, time, change, reason) => {
    await wants(1, { quiet_from: '00:00', quiet_to: '00:12', quiet_mode: 'digest' })
    await publish()
    expect(chatsOf(await sendAt(friday('00:10:01')))).toEqual([])
    await transact(db, [change])
    expect(chatsOf(await sendAt(friday(time)))).toEqual([])
    expect(await delivery('early:7:t', 1)).toMatchObject({ status: 'expired', reason })
  })
})

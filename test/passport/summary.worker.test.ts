import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { chatQuery, newChat, readChat } from '../../src/chats/chat-row.ts'
import { connect, transact } from '../../src/db/database.ts'
import { BOOKING_PAGE } from '../../src/passport/alerts/alert-message.ts'
import { summaryMessage } from '../../src/passport/alerts/summary.ts'
import { checkPreferences, savePreferences } from '../../src/passport/follow/preferences-patch.ts'
import { readOpenSlots } from '../../src/passport/open-slots.ts'

const db = connect((env as unknown as { DB: D1Database }).DB)
const now = Date.parse('2026-11-20T12:00:00Z')
const chat = newChat({ id: 1, kind: 'private' }, now)
const portalOrigin = 'https://portal.test'

const openOffice = (province: string, id: string, slots: [date: string, time: string, places: number][]) =>
  transact(db, [
    sql`INSERT INTO offices (id, province, code, name, address, city, bookable_from, first_seen_at)
        VALUES (${id}, ${province}, ${`${province}PQ${id}`}, ${`${province}PQ${id} - Questura "A" <&>`},
                'Piazza Cesare Augusto, 5', 'TORINO', ${id === '2' ? '09:00' : null}, 1)`,
    ...slots.map(
      ([
        date,
        time,
        places,
      ]) => sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
        VALUES (${id}, ${date}, ${time}, ${places}, 1, 1)`,
    ),
  ])

describe('the summary of a province', () => {
  test('lists what is open by office, in order, with the way to book', async () => {
    await openOffice('TO', '2', [
      ['2026-12-20', '10:00', 1],
      ['2026-12-19', '17:00', 2],
    ])
    await openOffice('TO', '1', [['2027-01-07', '09:30', 1]])
    await transact(db, [sql`UPDATE slots SET gone_at = 1 WHERE office_id = '1' AND date < '2027'`])
    const message = summaryMessage(await readOpenSlots(db, ['TO']), { province: 'TO', chat, portalOrigin })
    expect(message.text).toBe(
      [
        'Torino: aperto adesso',
        '',
        'Sede: TOPQ1 - Questura "A" <&>',
        'Indirizzo: Piazza Cesare Augusto, 5 TORINO',
        'Prima data: 07/01/2027',
        '   07/01/2027 ore 09:30 · 1 posto',
        '',
        'Sede: TOPQ2 - Questura "A" <&>',
        'Indirizzo: Piazza Cesare Augusto, 5 TORINO',
        'Prima data: 19/12/2026',
        'Prenotabile dalle 9',
        '   19/12/2026 ore 17:00 · 2 posti',
        '   20/12/2026 ore 10:00 · 1 posto',
      ].join('\n'),
    )
    expect(message.entities).toEqual([{ type: 'bold', offset: 0, length: 21 }])
    expect(message.keyboard?.flat()).toEqual([
      { text: '🔗 Prenota sul portale', url: `${portalOrigin}${BOOKING_PAGE}`, style: 'success' },
      { text: '🔕 Silenzia per oggi', callback_data: '1:mute:TO' },
    ])
  })

  test('leaves out what the chat does not want, and says when nothing is left', async () => {
    const picky = { ...chat, minPlaces: 2 }
    const message = summaryMessage(await readOpenSlots(db, ['TO']), {
      province: 'TO',
      chat: picky,
      portalOrigin,
    })
    expect(message.text).toContain('19/12/2026 ore 17:00')
    expect(message.text).not.toContain('20/12/2026')
    const none = summaryMessage(await readOpenSlots(db, ['TO']), {
      province: 'TO',
      chat: { ...chat, minPlaces: 9 },
      portalOrigin,
    })
    expect(none.text).toMatch(/^Torino: adesso non c’è nulla di aperto/)
  })

  test('is in the chat’s language', async () => {
    const message = summaryMessage(await readOpenSlots(db, ['TO']), {
      province: 'TO',
      chat: { ...chat, language: 'en' },
      portalOrigin,
    })
    expect(message.text).toMatch(/^Torino: open now\n\nOffice: /)
  })

  test('fits one message however much is open, and says how much is left out', async () => {
    for (let office = 100; office < 130; office++) {
      await openOffice(
        'MI',
        String(office),
        Array.from({ length: 40 }, (_, n) => [
          `2026-12-${String((n % 28) + 1).padStart(2, '0')}`,
          `09:${n + 10}`,
          1,
        ]),
      )
    }
    const message = summaryMessage(await readOpenSlots(db, ['MI']), { province: 'MI', chat, portalOrigin })
    expect(message.text.length).toBeLessThanOrEqual(4096)
    expect(message.text).toMatch(/e altri 39 orari/)
    expect(message.text).toMatch(/E altre 10 sedi\.$/)
  })
})

const readStored = async (id: number) => {
  const [row] = await transact(db, [chatQuery(id)])
  return readChat(row?.results[0], { id, kind: 'private' }, now).chat
}

describe('preferences changed from outside the chat', () => {
  test('are saved and read back, also for a chat that never wrote', async () => {
    const fresh = await readStored(81)
    const checked = checkPreferences(
      fresh,
      { minPlaces: 2, onlyOffices: ['TO:46'], quietFrom: '22:00', quietTo: '07:00' },
      now,
    )
    if (!checked.ok) throw new Error(checked.problem.problem)
    await transact(db, savePreferences(db, fresh, checked.patch, now))
    expect(await readStored(81)).toMatchObject({
      minPlaces: 2,
      onlyOffices: ['TO:46'],
      quietFrom: '22:00',
      quietTo: '07:00',
      language: 'it',
    })
  })

  test.each([
    [{ minPlaces: 0 }, 'minPlaces'],
    [{ quietFrom: '22:00' }, 'quietTo'],
    [{ quietFrom: '22:00', quietTo: '22:00' }, 'quietTo'],
    [{ onlyFrom: '12:00', onlyTo: '09:00' }, 'onlyTo'],
    [{ onlyBefore: '2026-11-20' }, 'onlyBefore'],
    [{ onlyBefore: '2026-02-31' }, 'onlyBefore'],
    [{ onlyOffices: ['XX:1'] }, 'onlyOffices'],
    [{ id: 5 }, ''],
    ['x', ''],
  ])('%j is refused for %s', (input, preference) => {
    expect(checkPreferences(chat, input, now)).toMatchObject({ ok: false, problem: { preference } })
  })
})

import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { DAY } from '../../src/platform/time.ts'
import { closeSlots, friday, openSlots, sendAt, writeOffice } from '../passport/announce.worker.ts'
import { visitor } from './app-kit.worker.ts'
import { kit } from './kit.worker.ts'

const site = kit()

beforeEach(() =>
  transact(
    site.db,
    ['offices', 'slots', 'slot_events', 'alerts'].map((table) => sql`DELETE FROM ${sql.raw(table)}`),
  ),
)

test('the Mini App says what became of the last slots, one tap from the provinces', async () => {
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  site.time.now = friday('09:00:00')
  const anna = await visitor(site, 661)
  expect(await anna.page('/app/province/perche')).toContain('Non segui nessuna provincia')
  expect(await anna.page('/app/province')).not.toContain('/app/province/perche')
  await anna.post('/app/province/TO', { do: 'follow' })
  expect(await anna.page('/app/province')).toContain('href="/app/province/perche"')
  expect(await anna.page('/app/province/perche')).toContain('Negli ultimi sette giorni non ho visto')
  await transact(site.db, [sql`UPDATE chats SET min_places = 2 WHERE id = 661`])
  await writeOffice()
  await openSlots(
    [
      ['2027-01-12', '09:00', 2],
      ['2027-01-13', '09:00', 1],
    ],
    friday('10:41:56'),
  )
  await sendAt(friday('10:42:07'))
  site.time.now = friday('12:00:00')
  const page = await anna.page('/app/province/perche')
  expect(page).toContain('te l’ho scritto alle 10:42:07, 11 secondi dopo averlo visto')
  expect(page).toContain('lo escludono i tuoi filtri (da 2 posti in su)')
  expect(page).toContain('Filtri e silenzi sono quelli di adesso')
  expect(page).not.toContain('name="alert"')
  await closeSlots('2027-01-12', friday('12:10:00'))
  await closeSlots('2027-01-13', friday('12:10:00'))
  const alert = /name="alert" value="([^"]+)"/.exec(await anna.page('/app/province/perche'))?.[1] ?? ''
  const done = await anna.post('/app/province/perche', { alert })
  expect(done.headers.get('Location')).toBe('/app/province/perche?done=reported')
  expect(await anna.page('/app/province/perche?done=reported')).toContain(
    'l’hai segnalato come falso allarme',
  )
})

test('the Mini App names early notices with their slots, and their preference to who gets none', async () => {
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  site.time.now = friday('09:00:00')
  const anna = await visitor(site, 663)
  await anna.post('/app/province/TO', { do: 'follow' })
  await writeOffice('15:00')
  await openSlots([['2027-01-14', '09:00']], friday('09:10:00'), false)
  site.time.now = friday('10:00:00')
  const page = await anna.page('/app/province/perche')
  expect(page).toContain('si prenota dalle 15: ti scrivo allora')
  expect(page).toContain('Attiva «Preavviso dei posti» nelle impostazioni')
  await transact(site.db, [
    sql`UPDATE chats SET early_notice = 1 WHERE id = 663`,
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, bookable_at, created_at, trace, pivot)
        VALUES ('early:7:t', 'early', 'TO', '7', '[["2027-01-14","09:00"]]', '15:00', ${friday('09:10:00')}, 't', 0)`,
  ])
  await sendAt(friday('09:10:03'))
  const told = await anna.page('/app/province/perche')
  expect(told).toContain('preavviso mandato alle 09:10:03')
  expect(told).not.toContain('Attiva «Preavviso dei posti»')
})

test('the page of a province without slots for two weeks mentions the alternatives, with links', async () => {
  const anna = await visitor(site, 662)
  await site.followed('CN', site.time.now - 10_000, site.time.now - 15 * DAY)
  const page = await anna.page('/app/province/CN')
  expect(page).toMatch(/Polis[\s\S]*Agenda prioritaria[\s\S]*href="https:\/\/www\.poste\.it\/"/)
  await site.followed('CN', site.time.now - 10_000, site.time.now - 13 * DAY)
  expect(await anna.page('/app/province/CN')).not.toContain('Polis')
})

import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { addCounts } from '../../src/db/metrics.ts'
import { writeState } from '../../src/db/state.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { romeDate } from '../../src/platform/time.ts'
import { visitor } from './app-kit.worker.ts'
import { kit, NOON } from './kit.worker.ts'

const site = kit()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const ADMIN = 900

const open = async (userId: number, path = '/admin', language = 'it') =>
  (await visitor(site, userId, language)).get(path)

/** The text of a page, without its markup. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;|’/g, "'")
    .replace(/\s+/g, ' ')

/** The rows of the table under a plot. */
function numbersOf(html: string, title: string): string[][] {
  const section = html.split(`<h3>${title}</h3>`)[1]?.split('</section></section>')[0] ?? ''
  const body = /<tbody>(.*?)<\/tbody>/s.exec(section)?.[1] ?? ''
  return body.split('</tr>').flatMap((row) => {
    const cells = [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map((cell) => cell[1] ?? '')
    return cells.length > 0 ? [cells] : []
  })
}

beforeAll(async () => {
  await site.followed('TO', NOON - 20_000)
  await transact(site.db, [
    setReadings('TO', { lastAttemptAt: NOON - 20_000, cost: 1, spentOn: romeDate(NOON), spent: 30 }),
    writeState(
      site.db,
      'polling-plan',
      {
        from: NOON - MINUTE,
        until: NOON + MINUTE,
        pace: { ms: 5_000, pull: 0 },
        slotsAfterFind: 1,
        provinces: { TO: { followers: 500, cost: 1, slotsPerHour: 1.2 } },
        left: 1_000,
        expected: 900,
        interval: 20_000,
        granted: 40,
        horizons: {},
      },
      NOON,
    ),
    sql`INSERT INTO provinces (code) VALUES ('MI')`,
    setReadings('MI', {
      lastReadAt: NOON - 5 * MINUTE,
      lastAttemptAt: NOON - 10_000,
      failures: 3,
      lastFailure: 'timeout',
    }),
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (1, 'MI', 1, 1)`,
    addCounts(
      {
        request: [1_000_000, 0],
        'rows-written': [51_000_000, 0],
        sent: [60, 90_000],
        read: [5, 9],
        unread: [2, 0],
        'action:book:completed': [3, 0],
        'action:book:failed:full': [2, 0],
        'action:cancel:cancelled:withdrawn': [1, 0],
        browser: [2, 3 * MINUTE],
        batch: [10, 400_000],
      },
      NOON - 3 * HOUR,
    ),
    addCounts({ sent: [1_440, 0] }, NOON - 2 * DAY),
    addCounts({ request: [99_000_000, 0] }, NOON - 25 * DAY),
  ])
})

describe('access', () => {
  it('redirects a person without a session to the entry page', async () => {
    const response = await site.get('/admin')
    expect(response.status).toBe(303)
    expect(response.headers.get('Location')).toBe('/app?to=admin')
    const hint = await (await site.get('/app?to=admin')).text()
    expect(hint).toContain('data-outside="Questa pagina si apre da Telegram')
  })

  it('is a page that does not exist for anybody who is no operator, tab included', async () => {
    const response = await open(901)
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('href="/admin"')
    expect(await (await open(901, '/app/dati')).text()).not.toContain('href="/admin"')
  })

  it('opens for an operator, is kept by no cache and framed by Telegram only', async () => {
    const response = await open(ADMIN)
    expect(response.status).toBe(200)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Content-Security-Policy')).toContain(
      'frame-ancestors https://web.telegram.org',
    )
    expect(response.headers.get('Content-Security-Policy')).not.toContain('unsafe')
    expect(await (await open(ADMIN, '/app/dati')).text()).toContain('href="/admin"')
  })

  it('closes when the visit is over', async () => {
    const operator = await visitor(site, ADMIN)
    site.time.now = NOON + DAY
    expect((await operator.get('/admin')).status).toBe(303)
    site.time.now = NOON
  })
})

describe('the dashboard', () => {
  it('counts of the last day by half hours, and of the month by days in Rome', async () => {
    const day = await (await open(ADMIN)).text()
    const perMinute = numbersOf(day, 'Messaggi al minuto')
    expect(perMinute).toHaveLength(48)
    expect(perMinute.filter(([, value]) => value !== '0')).toEqual([['09:00', '2']])
    expect(numbersOf(day, 'Attesa prima dell’invio').filter(([, value]) => value !== '0')).toEqual([
      ['09:00', '1,5'],
    ])
    expect(numbersOf(day, 'Letture delle province').filter(([, value]) => value !== '0')).toEqual([
      ['09:00', '5', '2'],
    ])
    expect(numbersOf(day, 'Azioni dello sport').filter(([, value]) => value !== '0')).toEqual([
      ['09:00', '3', '3'],
    ])
    const month = numbersOf(await (await open(ADMIN, '/admin?periodo=mese')).text(), 'Messaggi al minuto')
    expect(month).toHaveLength(31)
    expect(month.filter(([, value]) => value !== '0')).toEqual([
      ['gio 19 nov', '1'],
      ['sab 21 nov', '0,1'],
    ])
  })

  it('how each province was read last, with the reason when it was not', async () => {
    const text = textOf(await (await open(ADMIN)).text())
    expect(text).toContain('Torino ✓ riuscito 20 secondi fa 0 5 s come di solito: 500 seguono, 1,2 posti l')
    expect(text).toContain('Richieste al portale oggi: 30')
    expect(text).toContain('Milano ✗ non riuscito: il portale è troppo lento 5 minuti fa 3')
  })

  it('when each portal session probably ends', async () => {
    await transact(site.db, [
      writeState(site.db, 'session-lifetimes', [6 * HOUR, 7 * HOUR, 8 * HOUR], NOON),
      sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at)
          VALUES (900, 'x', 'good', ${NOON - HOUR}, ${NOON})`,
    ])
    site.forget()
    const text = textOf(await (await open(ADMIN)).text())
    expect(text).toContain('Fine prevista')
    expect(text).toMatch(/✓ buona .* 21 nov, 18:00/)
    await transact(site.db, [sql`DELETE FROM portal_sessions`])
    site.forget()
  })

  it('which browsers hand sessions in, and no unused code', async () => {
    await transact(site.db, [
      sql`INSERT INTO paired_browsers (owner_id, code_hash, code_until, token_hash, browser, created_at, last_used_at)
          VALUES (900, NULL, 0, 'x', 'edge', ${NOON - 9 * DAY}, ${NOON - 2 * MINUTE}),
                 (900, 'x', ${NOON + MINUTE}, NULL, NULL, ${NOON}, NULL)`,
    ])
    site.forget()
    const html = await (await open(ADMIN)).text()
    const text = textOf(html.split('id="browsers"')[1]?.split('</table>')[0] ?? '')
    expect(text).toContain('Si scollegano nella chat, con /sessione.')
    expect(text).toMatch(/Edge 9 giorni fa 2 minuti fa\s*$/)
    await transact(site.db, [sql`DELETE FROM paired_browsers`])
    site.forget()
    expect(await (await open(ADMIN)).text()).not.toContain('id="browsers"')
  })

  it('how actions ended and why, and what the browser took', async () => {
    const text = textOf(await (await open(ADMIN)).text())
    expect(text).toContain('Prenotazione 3 2 0')
    expect(text).toContain('Annullamento 0 0 1')
    expect(text).toContain('Non ci sono più posti. 2')
    expect(text).toContain('Il browser si è aperto 2 volte, per 3 minuti')
  })

  it('what this month costs, and nothing of the month before', async () => {
    const text = textOf(await (await open(ADMIN)).text())
    expect(text).toContain('Righe scritte 51.000.000 50 Mln 1,00 $')
    expect(text).toContain('Operazioni delle code 1.200.000 1 Mln 0,08 $')
    expect(text).toContain('Esecuzioni dei Worker 1.000.010 10 Mln 0,00 $')
    expect(text).toContain('Totale 6,08 $')
  })

  it('what is wrong, in words', async () => {
    site.time.now = NOON + 20 * MINUTE
    await transact(site.db, [
      sql`INSERT INTO alerts (id, kind, province, slots, created_at, trace, pivot)
          VALUES ('stuck', 'open', 'TO', '[]', ${NOON}, 't', 0)`,
      sql`INSERT INTO dead_letters (queue, message_id, body, at) VALUES ('q', 'm', '{}', 1)`,
    ])
    const text = textOf(await (await open(ADMIN)).text())
    expect(text).toContain('Qualcosa aspetta da più di due minuti')
    expect(text).toContain('Ci sono messaggi non elaborati')
    expect(text).toContain('Avvisi da diffondere 1 il più vecchio da 20 minuti')
    expect(text).not.toContain('Tutto funziona')
    site.time.now = NOON
  })

  it('speaks English to those who chose it', async () => {
    const text = textOf(await (await open(ADMIN, '/admin', 'en')).text())
    expect(text).toContain('Messages a minute')
  })
})

import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { runRound } from '../../src/passport/poller/round.ts'
import { portalConcurrency } from '../../src/passport/portal/portal-concurrency.ts'
import { SessionPool } from '../../src/passport/sessions/session-pool.ts'
import { sealSession } from '../../src/passport/sessions/session-store.ts'
import type { Keyring } from '../../src/platform/crypto.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { addChat, type FakeTelegram } from '../delivery/kit.worker.ts'
import {
  db,
  follow,
  INTERVAL,
  openSlots,
  province,
  reset,
  rows,
  START,
  testClock,
  testPoller,
} from '../passport/poller-kit.worker.ts'
import { sendAlerts } from '../passport/send-alerts.worker.ts'
import { fuzz, NONSENSE, oddJson, oddText, spoilt } from './fuzz.ts'

const keys: Keyring = ['a-key-for-these-tests-0123456789abcdef']
const clock = testClock()
const PAGE = '<html><head><meta name="_csrf" content="a1-b2"></head></html>'

/** What the portal answers about Turin, in this case: a list, then agendas. Milan and Rome are read as they should be. */
let turin: { list: Answer; agenda: Answer }
interface Answer {
  status: number
  headers: [string, string][]
  body: string
  /** The connection breaks instead. */
  broken: boolean
}

const officeOf = (id: number, province: string, date: string | null) => ({
  id,
  objectKey: String(id),
  codice: `C${id}`,
  descrizione: `Questura di ${province}`,
  indirizzo: 'Via Roma, 1',
  comune: province,
  dataPrimaDisponibilitaResidenti: date,
  orarioDisponibilita: null,
})
const placeOf = (id: number, day: string, hour: string) => ({
  objectKey: `${id}||_||${day}||_||${hour}`,
  giorno: START,
  ora: hour,
  totAppuntamenti: 2,
  totAppuntamentiPresi: null,
})
const honest = {
  list: {
    list: [officeOf(46, 'TO', '2026-06-03T00:00:00Z'), officeOf(47, 'TO', null)],
    pageInfo: { totalCount: 2 },
  },
  agenda: { elenco: [placeOf(46, '03/06/2026', '10.00'), placeOf(46, '04/06/2026', '11.00')] },
}

const portal: typeof fetch = async (input, init) => {
  const { pathname } = new URL(String(input))
  if (init?.method !== 'POST') return new Response(PAGE)
  const asked = JSON.parse(String(init.body)) as {
    comune?: { provinciaQuestura: string }
    sede?: { id: number }
  }
  const list = pathname.endsWith('elenca-sede-prima-disponibilita')
  const code = asked.comune?.provinciaQuestura
  if (list && code !== 'TO') {
    return Response.json({
      list: [officeOf(90, String(code), '2026-06-05T00:00:00Z')],
      pageInfo: { totalCount: 1 },
    })
  }
  if (!list && asked.sede?.id === 90) return Response.json({ elenco: [placeOf(90, '05/06/2026', '09.00')] })
  const { status, headers, body, broken } = list ? turin.list : turin.agenda
  if (broken) throw new TypeError('Network connection lost.')
  return new Response(status === 204 || status === 304 ? null : body, { status, headers })
}

const answerOf = (whole: object): fc.Arbitrary<Answer> =>
  fc.record({
    status: fc.oneof(
      { weight: 8, arbitrary: fc.constant(200) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(201, 204, 301, 302, 304, 400, 401, 403, 404, 418, 429, 500, 503),
      },
    ),
    headers: fc.array(
      fc.constantFrom<[string, string]>(
        ['retry-after', '0'],
        ['retry-after', '-5'],
        ['retry-after', 'Wed, 21 Oct 2015 07:28:00 GMT'],
        ['retry-after', 'NaN'],
        ['location', '/cittadino/login'],
        ['location', ''],
        ['set-cookie', 'JSESSIONID=0A1B; Path=/'],
        ['set-cookie', ';;=;'],
        ['content-type', 'image/png'],
      ),
      { maxLength: 2 },
    ),
    body: fc.oneof(
      { weight: 3, arbitrary: fc.constant(JSON.stringify(whole)) },
      { weight: 6, arbitrary: spoilt(whole).map((value) => JSON.stringify(value) ?? '') },
      { weight: 1, arbitrary: oddJson.map((value) => JSON.stringify(value)) },
      { weight: 1, arbitrary: oddText },
      {
        weight: 1,
        arbitrary: fc.constantFrom('<html>Accesso</html>', '', JSON.stringify(whole).slice(0, 100)),
      },
    ),
    broken: fc.integer({ min: 0, max: 15 }).map((dice) => dice === 0),
  })

beforeAll(async () => {
  await reset()
  const session = { cookies: { JSESSIONID: '0A1B' }, csrf: 'a1-b2', csrfAt: START }
  await transact(db, [
    sql`DELETE FROM portal_sessions`,
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at)
        VALUES (900, ${await sealSession(keys, { ownerId: 900, createdAt: 1 }, session)}, 'good', 1, 1)`,
    addChat(1),
  ])
  await follow('TO')
  await follow('MI')
})

/** A slot as the poller writes it. */
const WELL_FORMED = /^[\w.-]{1,24} \d{4}-\d\d-\d\d \d\d:\d\d x[1-9]\d*$/

let told = 0

fuzz(
  'portal answers in a round',
  0.03,
  fc.record({ list: answerOf(honest.list), agenda: answerOf(honest.agenda) }),
  async (answers) => {
    turin = answers
    // Long enough for what the last case asked us to wait, and for a lease of its to end.
    clock.at += 90 * MINUTE
    const pool = new SessionPool({
      db,
      keys,
      clock,
      nudge: async () => undefined,
      limit: portalConcurrency(),
      address: { origin: 'https://portal.example', relay: undefined, fetch: portal },
    })
    const { ctx } = testPoller(pool, clock)
    const report = await runRound(ctx)
    expect(report?.provinces).toBe(2)
    expect(await province('MI')).toMatchObject({ last_read_at: clock.at, failures: 0 })
    expect(await openSlots()).toContain('90 2026-06-05 09:00 x2')
    for (const slot of await openSlots()) expect(slot).toMatch(WELL_FORMED)
    const turinRow = await province('TO')
    expect(turinRow.lease_until).toBeLessThanOrEqual(clock.at)
    expect(turinRow.due_at).toBeGreaterThan(clock.at - INTERVAL)
    expect(turinRow.due_at).toBeLessThanOrEqual(clock.at + 61 * MINUTE)
    expect(await rows(sql`SELECT health FROM portal_sessions`)).toEqual([{ health: 'good' }])

    const telegram = await sendAlerts(clock)
    expectSane(telegram)
    told += telegram.calls.length
    expect(await rows(sql`SELECT 1 FROM deliveries WHERE status NOT IN ('sent', 'expired')`)).toEqual([])
  },
  { after: async () => expect(told).toBeGreaterThan(0) },
)

function expectSane(telegram: FakeTelegram): void {
  for (const { body } of telegram.calls) {
    expect(body.chat_id).toBe(1)
    expect(body.text).not.toMatch(NONSENSE)
    expect(body.text.length).toBeLessThanOrEqual(4096)
  }
}

import { expect, onTestFinished, test } from 'vitest'
import { type PortalOptions, startPortalSimulator } from './portal/simulator.ts'

const OFFICES = '/cittadino/a/rc/v1/appuntamento/elenca-sede-prima-disponibilita'
const AGENDA = '/cittadino/n/rc/v1/utility/elenca-agenda-appuntamenti-sede-mese'
const PAGE = '/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune'

/** A portal and a browser that is logged in there. */
async function loggedIn(options: PortalOptions = {}) {
  const portal = await startPortalSimulator({ provinces: ['TO'], ...options })
  onTestFinished(() => portal.close())
  const { cookie, csrf } = portal.issueSession()
  const ask = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${portal.origin}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie, 'x-csrf-token': csrf, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return { portal, cookie, csrf, ask }
}
const turin = { comune: { provinciaQuestura: 'TO' } }

test('a post without the token, or with a wrong one, is refused; the page tells the right one', async () => {
  const { ask, csrf } = await loggedIn()
  expect((await ask(OFFICES, turin, { 'x-csrf-token': 'wrong' })).status).toBe(403)
  expect((await ask(OFFICES, turin)).status).toBe(200)
  expect(await (await ask(PAGE)).text()).toContain(csrf)
})

test('who is not logged in is sent to the login, and an expired session is answered in its shape', async () => {
  const { portal, ask } = await loggedIn()
  const stranger = await ask(OFFICES, turin, { cookie: 'JSESSIONID=x' })
  expect([stranger.status, stranger.headers.get('location')]).toEqual([
    302,
    '/cittadino/n/sc/loginCittadino/sceltaLogin',
  ])
  const seen = []
  for (const shape of ['403', '401', 'redirect', 'html'] as const) {
    portal.expireSession(shape)
    const response = await ask(OFFICES, turin)
    seen.push([response.status, response.headers.get('content-type')?.split(';')[0]])
  }
  expect(seen).toEqual([
    [403, 'application/json'],
    [401, 'application/json'],
    [302, 'text/html'],
    [200, 'text/html'],
  ])
})

test('the midnight of a summer day in Rome reads as 22:00 of the day before', async () => {
  const { portal, ask } = await loggedIn({
    officesEach: 0,
    clock: { now: () => Date.parse('2026-06-01T10:00:00Z'), sleep: async () => undefined },
  })
  portal.addOffice({ province: 'TO', id: 46, tellsTaken: true })
  portal.freeSlot('46', '2026-07-14', '17:00', 2)
  const offices = (await (await ask(OFFICES, turin)).json()) as { list: Record<string, unknown>[] }
  expect(offices.list[0]).toMatchObject({
    id: 46,
    objectKey: '46',
    provincia: 'TORINO',
    dataPrimaDisponibilitaResidenti: '2026-07-13T22:00:00Z',
  })
  const month = await ask(AGENDA, { sede: { objectKey: 46 }, dataRiferimento: '2026-07-13T22:00:00Z' })
  expect(await month.json()).toEqual({
    elenco: [
      {
        objectKey: '46||_||14/07/2026||_||17.00',
        giorno: Date.parse('2026-07-13T22:00:00Z'),
        ora: '17.00',
        comune: 'TORINO',
        indrizzo: expect.any(String),
        totAppuntamenti: 2,
        totAppuntamentiPresi: 0,
      },
    ],
  })
})

test('offices come in pages, and every page says how many there are in all', async () => {
  const { ask } = await loggedIn({ officesEach: 20 })
  const page = async (pageInfo?: object) => {
    const answer = await (await ask(OFFICES, { ...turin, ...(pageInfo && { pageInfo }) })).json()
    const { list, pageInfo: told } = answer as { list: unknown[]; pageInfo: { totalCount: number } }
    return [list.length, told.totalCount]
  }
  expect(await page()).toEqual([15, 20])
  expect(await page({ maxResults: 15, skipResults: 15 })).toEqual([5, 20])
  expect(await page({ maxResults: 50 })).toEqual([20, 20])
})

test('the same seed makes the same portal, and the ledger tells what was freed and taken', async () => {
  const make = async () => {
    const { portal } = await loggedIn({
      seed: 7,
      clock: { now: () => Date.parse('2026-06-01T10:00:00Z'), sleep: async () => undefined },
    })
    portal.shuffle(50)
    return portal
  }
  const [one, two] = [await make(), await make()]
  expect(one.slotChanges()).toEqual(two.slotChanges())
  expect(new Set(one.slotChanges().map(({ kind }) => kind))).toEqual(new Set(['freed', 'taken']))
})

test('a random run publishes and takes slots until it is stopped', async () => {
  let turn: () => void = () => undefined
  const { portal } = await loggedIn({
    clock: {
      now: () => Date.parse('2026-06-01T10:00:00Z'),
      sleep: () => new Promise((done) => (turn = done)),
    },
  })
  const next = async () => {
    turn()
    await new Promise((done) => setImmediate(done))
  }
  portal.runRandomly({ ratePerMinute: 60 })
  for (let n = 0; n < 5; n++) await next()
  expect(portal.slotChanges()).toHaveLength(5)
  portal.stopRandomly()
  await next()
  await next()
  expect(portal.slotChanges()).toHaveLength(5)
})

test('requests are remembered with what they were about, and counted by minute', async () => {
  const now = Date.parse('2026-06-01T10:00:00Z')
  const { portal, ask } = await loggedIn({ clock: { now: () => now, sleep: async () => undefined } })
  portal.fault({ kind: 'server-error', province: 'TO', times: 1 })
  await ask(OFFICES, turin)
  await ask(AGENDA, {
    sede: { id: 40, objectKey: '40' },
    dataRiferimento: '2026-07-01T00:00:00Z',
    indietro: false,
  })
  expect(portal.requests()).toMatchObject([
    { at: now, endpoint: 'offices', province: 'TO', status: 500, fault: 'server-error' },
    { at: now, endpoint: 'agenda', officeId: '40', month: '2026-07', status: 200 },
  ])
  expect(portal.requestsPerMinute()).toEqual({ [now / 60_000]: 2 })
})

test('a probable fault spoils its share of the answers, the same ones for the same seed', async () => {
  const run = async () => {
    const { portal, ask } = await loggedIn({ seed: 3 })
    portal.fault({ kind: 'server-error', probability: 0.5 })
    const seen: number[] = []
    for (let n = 0; n < 40; n++) seen.push((await ask(OFFICES, turin)).status)
    return seen
  }
  const seen = await run()
  expect(seen.filter((status) => status === 500).length).toBeGreaterThan(8)
  expect(seen.filter((status) => status === 200).length).toBeGreaterThan(8)
  expect(await run()).toEqual(seen)
})

test('another process does everything that a test does', async () => {
  const { portal } = await loggedIn({ officesEach: 1 })
  const call = async (method: string, ...args: unknown[]) =>
    (await (
      await fetch(portal.control, { method: 'POST', body: JSON.stringify({ method, args }) })
    ).json()) as unknown
  await call('freeSlot', '40', '2099-07-02', '09:00', 2)
  expect(await call('slots', '40')).toEqual({
    value: [{ date: '2099-07-02', time: '09:00', total: 2, taken: 0 }],
  })
  expect(await call('takeSlot', '40', '2099-07-02', '10:00')).toEqual({
    error: 'nothing free at 40 2099-07-02 10:00',
  })
  expect(await call('toString')).toEqual({ error: 'no method toString' })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  readAgenda,
  readOfficePage,
  readPortalDay,
  readPortalTime,
} from '../../src/passport/portal/portal-answers.ts'
import { readJson, readRetryAfter } from '../../src/passport/portal/portal-http.ts'
import type { ExpiryShape, FaultKind } from '../simulators/portal/simulator.ts'
import { clientOf, must, portalOf, reasonOf } from './portal-kit.ts'

const lasting: [FaultKind, string][] = [
  ['forbidden', 'session-expired'],
  ['unauthorized', 'session-expired'],
  ['login', 'session-expired'],
  ['html', 'session-expired'],
  ['too-many', 'rate-limited'],
  ['server-error', 'unavailable'],
  ['hang', 'timeout'],
  ['broken-json', 'malformed'],
  ['cut', 'unavailable'],
  ['wrong-types', 'malformed'],
]

test.each(lasting)('%s means %s, for offices and for an agenda', async (kind, reason) => {
  const portal = await portalOf({ officesEach: 2 })
  const [office] = portal.offices()
  const officeId = String(office?.id)
  portal.freeSlot(officeId, '2099-07-02', '09:00')
  const patient = clientOf(portal)
  const client = kind === 'hang' ? clientOf(portal, { timeoutMs: 300 }) : patient
  portal.fault({ kind })
  expect(reasonOf(await client.listOffices('TO'))).toBe(reason)
  expect(reasonOf(await client.readMonth(officeId, '2099-07'))).toBe(reason)
  portal.clearFaults()
  expect(must(await patient.listOffices('TO'))).toHaveLength(2)
  expect(must(await patient.readMonth(officeId, '2099-07'))).toHaveLength(1)
})

test.each(['forbidden', 'unauthorized', 'login', 'html'] as const)(
  'one %s alone ends no session',
  async (kind) => {
    const portal = await portalOf({ officesEach: 2 })
    const client = clientOf(portal)
    portal.fault({ kind, times: 1 })
    expect(must(await client.listOffices('TO'))).toHaveLength(2)
    portal.fault({ kind, times: 1, endpoint: 'page' })
    expect(must(await clientOf(portal).listOffices('TO'))).toHaveLength(2)
  },
)

test.each<ExpiryShape>(['403', '401', 'redirect', 'html'])(
  'a session that ends by %s is known as expired',
  async (shape) => {
    const portal = await portalOf({ officesEach: 2 })
    const client = clientOf(portal)
    must(await client.listOffices('TO'))
    portal.expireSession(shape)
    expect(reasonOf(await client.listOffices('TO'))).toBe('session-expired')
    expect(reasonOf(await client.readMonth('40', '2026-07'))).toBe('session-expired')
    expect(reasonOf(await clientOf(portal, { csrf: 'known' }).listOffices('TO'))).toBe('ok')
  },
)

test('a short page is followed by the rest; a list that stays short of its own total is malformed', async () => {
  const portal = await portalOf({ officesEach: 40 })
  const client = clientOf(portal)
  portal.fault({ kind: 'truncated', times: 1 })
  expect(must(await client.listOffices('TO'))).toHaveLength(40)
  portal.fault({ kind: 'truncated' })
  expect(reasonOf(await client.listOffices('TO'))).toBe('malformed')
})

test('a slow answer within the limit is an answer', async () => {
  const portal = await portalOf({ officesEach: 1 })
  portal.fault({ kind: 'slow', ms: 150 })
  expect(must(await clientOf(portal).listOffices('TO'))).toHaveLength(1)
})

test('the wait that a 429 asks for is passed on, in seconds or as a date', async () => {
  const portal = await portalOf({ officesEach: 1 })
  portal.fault({ kind: 'too-many', retryAfter: '7' })
  expect(await clientOf(portal).listOffices('TO')).toMatchObject({ failure: { retryAfterMs: 7_000 } })
  const now = Date.parse('2026-06-20T10:00:00Z')
  expect(readRetryAfter('Sat, 20 Jun 2026 10:00:30 GMT', now)).toBe(30_000)
  expect(readRetryAfter('Sat, 20 Jun 2026 09:00:00 GMT', now)).toBe(0)
  expect(readRetryAfter('99999999', now)).toBe(3_600_000)
  expect(readRetryAfter('soon', now)).toBeUndefined()
})

test('a portal that is not there is unavailable', async () => {
  const portal = await portalOf()
  const client = clientOf(portal)
  await portal.close()
  expect(reasonOf(await client.listOffices('TO'))).toBe('unavailable')
})

test('an error page is the portal being down, not a lost session', async () => {
  const portal = await portalOf()
  const client = clientOf(portal)
  portal.fault({ kind: 'server-error', endpoint: 'page' })
  expect(reasonOf(await client.listOffices('TO'))).toBe('unavailable')
  portal.clearFaults()
  must(await client.listOffices('TO'))
})

const office = {
  id: 46,
  objectKey: '46',
  codice: 'TOPQ60',
  descrizione: 'x',
  dataPrimaDisponibilitaResidenti: '2023-12-19T00:00:00Z',
  orarioDisponibilita: '09.00',
}
const slot = {
  objectKey: '46||_||19/12/2023||_||17.00',
  giorno: 1702940400000,
  ora: '17.00',
  totAppuntamenti: 2,
}

test('used fields are checked; unused fields may be anything or missing', () => {
  const fine = [
    { id: '46' },
    { id: undefined },
    { dataPrimaDisponibilitaResidenti: null },
    { orarioDisponibilita: null },
    { descrizione: 7, indirizzo: {}, infoUtente: [] },
  ]
  for (const change of fine) {
    const page = must(readOfficePage({ list: [{ ...office, ...change }] }))
    expect(page.offices[0]?.id).toBe('46')
  }
  const wrong = [
    { id: undefined, objectKey: undefined },
    { id: {} },
    { id: 'a b:c' },
    { dataPrimaDisponibilitaResidenti: undefined },
    { dataPrimaDisponibilitaResidenti: 'domani' },
    { dataPrimaDisponibilitaResidenti: '2023-13-40T00:00:00Z' },
    { orarioDisponibilita: 9 },
  ]
  for (const change of wrong) {
    expect(
      reasonOf(readOfficePage({ list: [office, { ...office, ...change }] })),
      JSON.stringify(change),
    ).toBe('malformed')
  }
  for (const list of [null, {}, 'none', undefined])
    expect(reasonOf(readOfficePage({ list }))).toBe('malformed')
})

test('day and hour of a slot come from its key, else from day and hour in Rome', () => {
  const read = (change: object) => {
    const result = readAgenda({ elenco: [{ ...slot, ...change }] })
    return result.ok ? result.value.map(({ date, time }) => `${date} ${time}`) : result.failure.reason
  }
  expect(read({})).toEqual(['2023-12-19 17:00'])
  expect(read({ giorno: 0, ora: '01.00' })).toEqual(['2023-12-19 17:00'])
  expect(read({ objectKey: undefined })).toEqual(['2023-12-19 17:00'])
  expect(read({ objectKey: '46', giorno: Date.parse('2026-07-13T22:00:00Z'), ora: '9:05' })).toEqual([
    '2026-07-14 09:05',
  ])
  expect(read({ objectKey: undefined, giorno: 'domani' })).toBe('malformed')
  expect(read({ objectKey: undefined, ora: undefined })).toBe('malformed')
  expect(read({ totAppuntamenti: 'molti' })).toBe('malformed')
  expect(read({ totAppuntamenti: undefined })).toBe('malformed')
  expect(read({ totAppuntamentiPresi: 2 })).toEqual([])
  expect(read({ totAppuntamentiPresi: 3 })).toEqual([])
  expect(read({ totAppuntamentiPresi: null })).toHaveLength(1)
})

test('a day is read in every way that servers write it', () => {
  for (const text of [
    '2023-12-19T00:00:00Z',
    '2023-12-18T23:00:00Z',
    '2023-12-18T23:00:00.000+0000',
    '2023-12-19T00:00:00+01:00',
    '2023-12-19T00:00:00',
    '2023-12-19',
  ]) {
    expect(readPortalDay(text), text).toBe('2023-12-19')
  }
  expect(readPortalTime('09.00')).toBe('09:00')
  expect(readPortalTime('9:30')).toBe('09:30')
  expect(readPortalTime('')).toBeNull()
  expect(readPortalTime('25.00')).toBeNull()
})

test('no answer makes the reading throw, and no slot without places results', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.anything().map((raw) => JSON.stringify({ elenco: [raw], list: [raw] }) ?? ''),
        fc
          .record(
            {
              objectKey: fc.oneof(fc.string(), fc.constant(slot.objectKey)),
              giorno: fc.oneof(fc.double(), fc.string()),
              ora: fc.string(),
              totAppuntamenti: fc.oneof(fc.integer(), fc.double(), fc.string()),
              totAppuntamentiPresi: fc.option(fc.integer()),
            },
            { requiredKeys: [] },
          )
          .map((raw) => JSON.stringify({ elenco: [raw] })),
        fc.string(),
      ),
      (text) => {
        const raw = readJson(text)
        if (!raw.ok) return
        readOfficePage(raw.value)
        const slots = readAgenda(raw.value)
        if (slots.ok) for (const { places } of slots.value) expect(places).toBeGreaterThan(0)
      },
    ),
    { numRuns: 500 },
  )
})

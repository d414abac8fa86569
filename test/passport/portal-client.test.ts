import { expect, test } from 'vitest'
import { referenceDate } from '../../src/passport/portal/portal-client.ts'
import { readCsrf } from '../../src/passport/portal/portal-pages.ts'
import { rotateCookies } from '../../src/passport/portal/portal-session.ts'
import { clientOf, must, portalOf, readSlots } from './portal-kit.ts'

const at = (instant: string) => ({ now: () => Date.parse(instant), sleep: async () => undefined })

test('offices are read with their first free day, their hour and their names as they are', async () => {
  const portal = await portalOf({ clock: at('2026-06-20T10:00:00Z') })
  const named = {
    province: 'TO',
    name: 'TOPQ60 - "Barriera" <Milano> & D\'Annunzio.',
    address: 'Via  Roma,\n1',
  }
  portal.addOffice({ ...named, id: 60, hour: '09.00' })
  portal.addOffice({ province: 'TO', id: 61, hour: '', name: 'X' })
  portal.addOffice({ province: 'TO', id: 62, hour: '8:30', name: 'Y' })
  portal.freeSlot('60', '2026-07-14', '09:00')
  portal.freeSlot('61', '2026-12-19', '09:00')
  const offices = must(await clientOf(portal).listOffices('TO'))
  expect(offices).toEqual([
    {
      id: '60',
      code: 'TOPQ60',
      name: named.name,
      address: 'Via Roma, 1',
      city: 'TORINO',
      firstDate: '2026-07-14',
      bookableFrom: '09:00',
    },
    expect.objectContaining({ id: '61', firstDate: '2026-12-19', bookableFrom: null }),
    expect.objectContaining({ id: '62', firstDate: null, bookableFrom: '08:30' }),
  ])
})

test('a day is the Rome day on both sides of both clock changes, however the portal writes it', async () => {
  const portal = await portalOf({ clock: at('2026-01-10T10:00:00Z') })
  const days = ['2026-03-28', '2026-03-29', '2026-03-30', '2026-10-24', '2026-10-25', '2026-10-26']
  for (const [n, day] of days.entries()) {
    portal.addOffice({ province: 'TO', id: 60 + n })
    portal.freeSlot(String(60 + n), day, '00:15')
    portal.freeSlot(String(60 + n), day, '17:00')
  }
  const client = clientOf(portal)
  const offices = must(await client.listOffices('TO'))
  expect(offices.map(({ firstDate }) => firstDate)).toEqual(days)
  for (const [n, day] of days.entries()) {
    expect(await readSlots(client, String(60 + n), day.slice(0, 7))).toEqual([
      `${day} 00:15 1`,
      `${day} 17:00 1`,
    ])
  }
})

test('free places are those not taken, and an hour with none free is left out', async () => {
  const portal = await portalOf({ clock: at('2026-06-20T10:00:00Z') })
  portal.addOffice({ province: 'TO', id: 60, tellsTaken: true })
  portal.addOffice({ province: 'TO', id: 61, tellsTaken: false })
  for (const office of ['60', '61']) {
    portal.freeSlot(office, '2026-07-02', '09:00', 3)
    portal.takeSlot(office, '2026-07-02', '09:00', 1)
    portal.freeSlot(office, '2026-07-02', '10:00', 2)
    portal.takeSlot(office, '2026-07-02', '10:00')
    expect(await readSlots(clientOf(portal), office, '2026-07')).toEqual(['2026-07-02 09:00 2'])
  }
})

test('each month is read by itself, the current one from today', async () => {
  const portal = await portalOf({ clock: at('2026-06-20T10:00:00Z') })
  portal.addOffice({ province: 'TO', id: 60 })
  for (const day of ['2026-06-30', '2026-07-01', '2026-07-31', '2026-08-01'])
    portal.freeSlot('60', day, '09:00')
  const client = clientOf(portal)
  expect(await readSlots(client, '60', '2026-06')).toEqual(['2026-06-30 09:00 1'])
  expect(await readSlots(client, '60', '2026-07')).toEqual(['2026-07-01 09:00 1', '2026-07-31 09:00 1'])
  expect(await readSlots(client, '60', '2026-09')).toEqual([])
  expect(referenceDate('2026-06', portal.now())).toBe('2026-06-20T00:00:00Z')
  expect(referenceDate('2026-07', portal.now())).toBe('2026-07-01T00:00:00Z')
})

test.each([
  ['as asked', {}],
  ['with pages shorter than asked', { pageCap: 5 }],
  ['with paging ignored', { ignorePaging: true }],
])('every office of a large province is read, %s', async (_, options) => {
  const portal = await portalOf({ provinces: ['RM'], officesEach: 47, ...options })
  const offices = must(await clientOf(portal).listOffices('RM'))
  expect(offices.map(({ id }) => id).sort()).toEqual(
    portal
      .offices('RM')
      .map(({ id }) => String(id))
      .sort(),
  )
})

test('a province with no office is an answer, not a failure', async () => {
  expect(must(await clientOf(await portalOf()).listOffices('AO'))).toEqual([])
})

test('requests go to the relay, and still name the portal as their origin', async () => {
  const portal = await portalOf()
  const client = clientOf(portal, { relay: portal.origin })
  must(await client.listOffices('TO'))
  expect(portal.requests().map(({ endpoint, status }) => `${endpoint} ${status}`)).toEqual([
    'page 200',
    'offices 200',
  ])
})

test('cookies and token that the portal renews are kept, even when the old ones expire at once', async () => {
  const portal = await portalOf({ graceMs: 0, officesEach: 1 })
  const client = clientOf(portal)
  const [office] = portal.offices()
  for (let round = 0; round < 3; round++) {
    const before = client.session.cookies.JSESSIONID
    portal.rotate()
    must(await client.listOffices('TO'))
    must(await client.readMonth(String(office?.id), '2026-07'))
    expect(client.session.cookies.JSESSIONID).not.toBe(before)
  }
})

test('requests that overlap survive the renewal of the cookies between them', async () => {
  const portal = await portalOf({ graceMs: 0, officesEach: 20, delayMs: 5 })
  const client = clientOf(portal)
  must(await client.listOffices('TO'))
  portal.rotate({ csrf: true })
  const results = await Promise.all(portal.offices().map(({ id }) => client.readMonth(String(id), '2026-07')))
  expect(results.filter((result) => !result.ok)).toEqual([])
})

test('a wrong token is replaced by the one on the page', async () => {
  const portal = await portalOf()
  const client = clientOf(portal, { csrf: 'stale' })
  must(await client.listOffices('TO'))
  portal.rotate({ csrf: true })
  must(await client.listOffices('TO'))
  expect(client.session.csrf).not.toBe('stale')
})

test('the page is read again every few minutes, which keeps the session alive', async () => {
  let now = Date.parse('2026-06-20T10:00:00Z')
  const portal = await portalOf({
    clock: { now: () => now, sleep: async () => undefined },
    idleMs: 6 * 60_000,
  })
  const client = clientOf(portal)
  for (let minute = 0; minute < 20; minute++) {
    must(await client.keepAlive())
    now += 60_000
  }
  expect(portal.requests().length).toBe(4)
  must(await client.listOffices('TO'))
})

test('the token is found whatever the order and quotes of its attributes, and only that one', () => {
  expect(readCsrf('<meta name="_csrf" content="a-1">')).toBe('a-1')
  expect(readCsrf("<META content='a-1' data-x=1 name='_csrf' />")).toBe('a-1')
  expect(readCsrf('<meta name=_csrf content=a-1>')).toBe('a-1')
  expect(readCsrf('<meta name="_csrf_header" content="X-CSRF-TOKEN"/><meta name="_csrf" content="b"/>')).toBe(
    'b',
  )
  expect(readCsrf('<meta name="_csrf_header" content="X-CSRF-TOKEN"/>')).toBeNull()
  expect(readCsrf('<meta name="_csrf" content="">')).toBeNull()
})

test('a cookie that the portal deletes is dropped, and the same object says that nothing changed', () => {
  const cookies = { JSESSIONID: 'a', AGPID: 'b' }
  expect(rotateCookies(cookies, ['JSESSIONID=a; Path=/'], 0)).toBe(cookies)
  expect(rotateCookies(cookies, ['JSESSIONID=c%20d==; Path=/; HttpOnly', 'AGPID=; Max-Age=0'], 0)).toEqual({
    JSESSIONID: 'c%20d==',
  })
})

import { sql } from 'drizzle-orm'
import ICAL from 'ical.js'
import { beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { openingPath, readOpeningName } from '../../src/passport/alerts/opening-path.ts'
import { MINUTE, romeInstant } from '../../src/platform/time.ts'
import { kit } from './kit.worker.ts'

const site = kit()
const DAY = '2026-11-21'
const PATH = openingPath('46', DAY)

beforeEach(async () => {
  await transact(site.db, [sql`DELETE FROM offices`])
  await site.office({ id: '46', province: 'TO', name: 'Questura di "Torino", v. Roma' })
  await transact(site.db, [sql`UPDATE offices SET published_for = ${`${DAY} 09:00`}`])
})

test('the calendar entry of an opening reminds of it; anyone may read it, and it names nobody', async () => {
  const answer = await site.get(PATH)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
  const body = await answer.text()
  const [component] = new ICAL.Component(ICAL.parse(body)).getAllSubcomponents('vevent')
  if (!component) throw new Error('there is no event')
  const event = new ICAL.Event(component)
  expect(event.summary).toBe('Passaporto: si apre la prenotazione (46 - Questura di "Torino", v. Roma)')
  expect(event.startDate.toJSDate().getTime()).toBe(romeInstant(DAY, '09:00'))
  expect(event.endDate.toJSDate().getTime()).toBe(romeInstant(DAY, '09:00') + 15 * MINUTE)
  expect(String(component.getFirstPropertyValue('url'))).toMatch(/^https:\/\/portal\.test\//)
  const [alarm] = component.getAllSubcomponents('valarm')
  expect(String(alarm?.getFirstPropertyValue('trigger'))).toBe('-PT5M')
  const english = await site.get(`${PATH}?lang=en`)
  expect(await english.text()).toContain('Passport: booking opens')
})

test('the same opening is the same file, which a calendar need not read again', async () => {
  const first = await site.get(PATH)
  site.time.now += 60 * MINUTE
  const again = await site.get(PATH, { 'If-None-Match': first.headers.get('etag') ?? '' })
  expect([first.status, again.status]).toEqual([200, 304])
})

test.each([
  ['another day', openingPath('46', '2026-11-22')],
  ['another office', openingPath('47', DAY)],
  ['no day', '/calendar/opening/46_2026-02-30.ics'],
  ['another form', '/calendar/opening/46.ics'],
  ['a quote', `/calendar/opening/${encodeURIComponent("46' OR 1=1 --")}_${DAY}.ics`],
])('there is none for %s', async (_, path) => {
  expect((await site.get(path)).status).toBe(404)
})

test('nor for an office of which nothing was told early', async () => {
  await transact(site.db, [sql`UPDATE offices SET published_for = NULL`])
  expect((await site.get(PATH)).status).toBe(404)
})

test('the path of an office is read back, whatever the portal calls it', () => {
  for (const officeId of ['46', 'TO-7', 'a_b', 'c/d é']) {
    const name = decodeURIComponent(openingPath(officeId, DAY).split('/').at(-1) ?? '')
    expect(readOpeningName(name)).toEqual({ officeId, day: DAY })
  }
})

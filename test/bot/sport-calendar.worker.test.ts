import { createExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { calendarOf, feedHashOf, feedPath, readFeedPath } from '../../src/sport/ical.ts'
import { textsIn } from '../../src/texts/index.ts'
import { calendarFeed } from '../../src/web/calendar-feed.ts'
import { countStatements } from '../counting-d1.worker.ts'
import { yogaBooking } from './fake-student.ts'
import { NOW, sportHarness } from './sport-kit.worker.ts'

const { edgeEnv, students, rows } = sportHarness()
const app = calendarFeed({ now: () => NOW })

const get = (path: string, headers: Record<string, string> = {}, env: object = edgeEnv) =>
  app.fetch(new Request(`https://edge${path}`, { headers }), env, createExecutionContext())

const TOKEN = 'ab'.repeat(24)

/** A student with a feed, linked. */
async function subscriber(userId: number) {
  const object = students.of(userId)
  object.hasFeed = true
  object.bookingList = [yogaBooking(), yogaBooking({ id: 8, state: 'cancelled', sequence: 2 })]
  await rows(sql`INSERT INTO students (user_id, linked_at) VALUES (${userId}, 1)`)
  return object
}

/** An iCalendar file's lines, unfolded. */
const unfolded = (file: string) => file.replace(/\r\n[ \t]/g, '').split('\r\n')

test('a feed holds the bookings in UTC, and those cancelled as cancelled', async () => {
  await subscriber(5001)
  const response = await get(feedPath(5001, TOKEN))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
  expect(response.headers.get('cache-control')).toMatch(/private/)
  const file = unfolded(await response.text())
  expect(file.slice(0, 2)).toEqual(['BEGIN:VCALENDAR', 'VERSION:2.0'])
  expect(file).toContain('DTSTART:20261121T170000Z')
  expect(file).toContain('DTEND:20261121T175500Z')
  expect(file).toContain('LOCATION:Giuriati - Corsi Platinum')
  expect(file.filter((line) => line.startsWith('STATUS:'))).toEqual(['STATUS:CONFIRMED', 'STATUS:CANCELLED'])
  expect(file).toContain('SEQUENCE:2')
})

test('a feed that did not change is answered 304', async () => {
  await subscriber(5002)
  const first = await get(feedPath(5002, TOKEN))
  const again = await get(feedPath(5002, TOKEN), { 'If-None-Match': first.headers.get('etag') ?? '' })
  expect(again.status).toBe(304)
})

test('a wrong token, another person’s id, a revoked feed and a missing account all get 404', async () => {
  const object = await subscriber(5003)
  await subscriber(5004)
  students.of(5004).hasFeed = false
  const known = students.byName.size
  for (const path of [
    feedPath(5003, 'cd'.repeat(24)),
    feedPath(5004, TOKEN),
    feedPath(5999, TOKEN),
    '/calendar/x.ics',
    `/calendar/${TOKEN}.ics`,
    `/calendar/-1-${TOKEN}.ics`,
    '/calendar/..%2F..%2Fetc.ics',
  ])
    expect((await get(path)).status, path).toBe(404)
  expect(students.byName.size).toBe(known)
  object.hasFeed = false
  expect((await get(feedPath(5003, TOKEN))).status).toBe(404)
})

test('thousands of wrong tokens wake no object and cost one query each five seconds', async () => {
  await subscriber(5006)
  await rows(sql`UPDATE students SET feed_hash = ${await feedHashOf(TOKEN)} WHERE user_id = 5006`)
  const calls: string[] = []
  const { d1, used } = countStatements(edgeEnv.DB)
  const env = {
    ...edgeEnv,
    DB: d1,
    STUDENTS: {
      idFromName: (name: string) => name,
      get: (name: string) => {
        calls.push(name)
        return students.of(Number(name))
      },
    },
  }
  const fresh = calendarFeed({ now: () => NOW })
  const ask = (token: string, userId = 5006) =>
    fresh.fetch(new Request(`https://edge${feedPath(userId, token)}`), env, createExecutionContext())
  const wrong = await Promise.all(
    Array.from({ length: 3_000 }, (_, i) => ask(i.toString(16).padStart(48, '0'))),
  )
  expect(new Set(wrong.map(({ status }) => status))).toEqual(new Set([404]))
  // A student without a feed, and an unknown person.
  await rows(sql`INSERT INTO students (user_id, linked_at, feed_hash) VALUES (5007, 1, '')`)
  for (const userId of [5007, 5999]) expect((await ask(TOKEN, userId)).status).toBe(404)
  expect(calls).toEqual([])
  expect(used.statements).toBe(3)
  expect((await ask(TOKEN)).status).toBe(200)
  expect(calls).toEqual(['5006'])
})

test('when the bookings are out of reach calendars are asked to come later', async () => {
  await subscriber(5005)
  const broken = {
    ...edgeEnv,
    STUDENTS: {
      idFromName: (name: string) => name,
      get: () => ({ feed: () => Promise.reject(new Error('no such worker')) }),
    },
  }
  const response = await get(feedPath(5005, TOKEN), {}, broken)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('300')
})

test('an address is read back as it was made', () => {
  // Eleven digits in base 36: the largest ids that are exact numbers.
  for (const userId of [36 ** 10, Number.MAX_SAFE_INTEGER])
    expect(readFeedPath(feedPath(userId, TOKEN).split('/').at(-1) ?? '')?.userId).toBe(userId)
  expect(readFeedPath(feedPath(7_123_456_789, TOKEN).split('/').at(-1) ?? '')).toEqual({
    userId: 7_123_456_789,
    token: TOKEN,
  })
})

test('names cannot break out of their line', () => {
  const file = calendarOf(
    textsIn('it'),
    1,
    [yogaBooking({ name: 'YO,GA;\r\nATTENDEE:x', location: '' })],
    NOW,
  )
  expect(unfolded(file).some((line) => line.startsWith('ATTENDEE'))).toBe(false)
  expect(unfolded(file)).toContain('SUMMARY:YO\\,GA\\;\\nATTENDEE:x')
})

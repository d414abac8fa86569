import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect, vi } from 'vitest'
import type { EdgeEnv } from '../../src/bindings.d.ts'
import { connect, transact } from '../../src/db/database.ts'
import edge from '../../src/edge.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { feedPath } from '../../src/sport/ical.ts'
import { FakeStudents, yogaBooking } from '../bot/fake-student.ts'
import { FAULT_SHOWN, fuzz, oddText, shownIn } from './fuzz.ts'

/** Somebody with a calendar, followed provinces and a Telegram id: none of it is anybody else's business. */
const PERSON = 770_001
const CANARY = 'CANARINO'
const students = new FakeStudents()
const bindings: EdgeEnv = { ...(env as unknown as EdgeEnv), STUDENTS: students as never, SPORT_USER_IDS: '*' }
const db = connect(bindings.DB)

beforeAll(async () => {
  vi.stubGlobal('fetch', async () => {
    throw new Error('no request leaves')
  })
  students.of(PERSON).hasFeed = true
  students.of(PERSON).bookingList = [yogaBooking({ name: CANARY })]
  const now = Date.now()
  await transact(db, [
    sql`INSERT INTO chats (id, kind, created_at, last_seen_at, awaiting) VALUES (${PERSON}, 'private', 1, 1, ${CANARY})`,
    sql`INSERT INTO students (user_id, linked_at) VALUES (${PERSON}, 1)`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${PERSON}, 'TO', 1, 1)`,
    sql`INSERT INTO provinces (code, watched_since) VALUES ('TO', 1)`,
    setReadings('TO', { lastReadAt: now }),
    sql`INSERT INTO state (name, value, at)
        VALUES ('poller-heartbeat', ${JSON.stringify({ tickAt: now })}, 1)`,
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        VALUES ('46', 'TO', 'C46', 'Questura <b>di</b> Torino', 'Via "Roma" & c.', 'TORINO', 1)`,
    sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at) VALUES ('46', '2099-06-03', '10:00', 2, 1, 1)`,
    sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
        VALUES ('46', '2099-06-03', '10:00', 'seen', 2, ${now - 1000}, 't')`,
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at) VALUES (${PERSON}, ${CANARY}, 'good', 1, 1)`,
  ])
})

const piece = fc.oneof(
  fc.constantFrom(
    'TO',
    'to',
    'XX',
    'Roma',
    '..',
    '.',
    '%2e%2e',
    '%00',
    '%',
    '%ff',
    '%F0%9F%98%80',
    '__proto__',
  ),
  fc.constantFrom(
    'constructor',
    'site.css',
    'icon.svg',
    'page-map.js',
    'adesso',
    'a'.repeat(3_000),
    '1',
    '-',
    '',
  ),
  fc.stringMatching(/^[\w.%~-]{0,20}$/),
  oddText.map((text) => encodeURIComponent(text.toWellFormed())),
)
const known = fc.constantFrom(
  ...[
    '/',
    '/map.json',
    '/cerca',
    '/p',
    '/p/TO',
    '/p/TO/adesso',
    '/come-funziona',
    '/privacy',
    '/stato',
    '/healthz',
  ],
  ...[
    '/assets',
    '/app',
    '/app/api',
    '/calendar',
    '/calendar/opening',
    '/calendar/opening/46_2026-05-20.ics',
    '/telegram',
    '/telegram/webhook',
    '/operator/pairing',
    '/operator/session',
    '/robots.txt',
    '/favicon.ico',
  ],
)
const path = fc
  .tuple(fc.oneof(known, fc.constant('')), fc.array(piece, { maxLength: 3 }))
  .map(([start, rest]) => [start === '/' ? '' : start, ...rest].join('/') || '/')
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom('q', 'lang', 'lingua', 'mese', 'tgWebAppData', 'x[]', '__proto__'),
      fc.oneof(piece, fc.constantFrom('it', 'en')),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'))
const calendar = fc
  .tuple(
    fc.oneof(fc.constant(PERSON.toString(36)), fc.stringMatching(/^[0-9a-z]{0,11}$/)),
    fc.oneof(fc.stringMatching(/^[0-9a-f]{48}$/), fc.stringMatching(/^[0-9a-fA-F]{0,50}$/)),
    fc.constantFrom('.ics', '.ICS', '', '.ics/', '.ics%00'),
  )
  .map(([who, token, end]) => `/calendar/${who}-${token}${end}`)

const headers = fc.dictionary(
  fc.constantFrom(
    ...[
      'accept-language',
      'if-none-match',
      'if-modified-since',
      'range',
      'cookie',
      'authorization',
      'content-type',
    ],
    ...['x-forwarded-for', 'origin', 'host', 'x-telegram-bot-api-secret-token', 'accept', 'content-length'],
  ),
  fc.oneof(
    fc.constantFrom(
      'it',
      'en',
      'en;q=NaN',
      '*',
      '"x"',
      'W/"x", *',
      'bytes=0-',
      'bytes=-1,5-2',
      'lang=xx',
      'tma x=y&hash=z',
    ),
    fc.constantFrom(';;==;', 'application/json', 'multipart/form-data; boundary=', '-1', 'a'.repeat(8_000)),
    fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
  ),
  { maxKeys: 4 },
)
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'HEAD') },
  { weight: 2, arbitrary: fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'get') },
)

/** The request; undefined when no client could send it. */
function requestOf(
  target: string,
  verb: string,
  given: Record<string, string>,
  body: string,
): Request | undefined {
  try {
    return new Request(`https://sportello.example${target}`, {
      method: verb,
      headers: given,
      redirect: 'manual',
      ...(!/^(get|head)$/i.test(verb) && { body }),
    })
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

fuzz(
  'web requests',
  0.1,
  fc.tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.tuple(path, query).map((parts) => parts.join('?')) },
      { weight: 1, arbitrary: calendar },
    ),
    method,
    headers,
    oddText,
  ),
  async ([target, verb, given, body]) => {
    const request = requestOf(target, verb, given, body)
    if (!request) return
    const context = createExecutionContext()
    const response = await edge.fetch(request as never, bindings, context)
    const text = await response.text()
    await waitOnExecutionContext(context)
    expect(response.status).toBeLessThan(500)
    expect(text).not.toContain(CANARY)
    expect(text).not.toContain(String(PERSON))
    if (/html|json|plain/.test(response.headers.get('content-type') ?? '')) {
      // What was searched for is shown again: it is no trace of ours.
      if (!target.startsWith('/cerca')) expect(shownIn(text)).not.toMatch(FAULT_SHOWN)
    }
    if (target.startsWith('/telegram/webhook') && response.status === 200) {
      throw new Error('the webhook took a request without the secret')
    }
  },
)

/** The same person's feed opens with the right token, so that the cases above could have opened it. */
fuzz('calendar feeds', 0.01, fc.stringMatching(/^[0-9a-f]{48}$/), async (token) => {
  const open = async (path: string) => {
    const response = await edge.fetch(
      new Request(`https://sportello.example${path}`) as never,
      bindings,
      createExecutionContext(),
    )
    return [response.status, (await response.text()).includes(CANARY)]
  }
  expect(await open(feedPath(PERSON, 'ab'.repeat(24)))).toEqual([200, true])
  expect(await open(feedPath(PERSON, token))).toEqual([404, false])
  expect(await open(feedPath(PERSON + 1, 'ab'.repeat(24)))).toEqual([404, false])
})

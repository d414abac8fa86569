import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, expect } from 'vitest'
import { type Row, transact } from '../../src/db/database.ts'
import { SECOND } from '../../src/platform/time.ts'
import { writeCourses } from '../../src/sport/course-store.ts'
import { MAX_OPENING_BYTES } from '../../src/web/app/entry.tsx'
import { FakeStudents, yogaBooking } from '../bot/fake-student.ts'
import { week } from '../bot/sport-kit.worker.ts'
import { initData, visitor } from '../web/app-kit.worker.ts'
import { kit, NOON, ORIGIN } from '../web/kit.worker.ts'
import { FAULT_SHOWN, fuzz, oddText, shownIn } from './fuzz.ts'

/** Who sends hostile forms, and who must not notice. */
const VISITORS = [11, 12, 900]
const BYSTANDER = 770_001
const CANARY = 'CANARINO'

const site = kit()
const students = new FakeStudents()
Object.assign(site.bindings, {
  STUDENTS: students,
  SPORT_USER_IDS: '*',
  ADMIN_IDS: '900',
  AVAILABILITY: { send: async () => undefined },
  OUTBOUND: { send: async () => undefined },
})
site.forget()

const rowsOf = async (userId: number): Promise<Row[][]> => {
  const found = await transact(site.db, [
    sql`SELECT * FROM chats WHERE id = ${userId}`,
    sql`SELECT * FROM subscriptions WHERE chat_id = ${userId}`,
    sql`SELECT * FROM portal_sessions WHERE owner_id = ${userId}`,
    sql`SELECT * FROM deliveries WHERE chat_id = ${userId}`,
  ])
  return found.map(({ results }) => results)
}

let before: Row[][]
const visits = new Map<number, Awaited<ReturnType<typeof visitor>>>()

beforeAll(async () => {
  students.of(BYSTANDER).bookingList = [yogaBooking({ name: CANARY })]
  for (const id of VISITORS) students.of(id).bookingList = [yogaBooking()]
  await writeCourses(site.db, week, NOON)
  await transact(site.db, [
    sql`INSERT INTO chats (id, kind, created_at, last_seen_at, awaiting) VALUES (${BYSTANDER}, 'private', 1, 1, ${CANARY})`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (${BYSTANDER}, 'TO', 1, 1)`,
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at)
        VALUES (${BYSTANDER}, ${CANARY}, 'good', 1, 1)`,
    sql`INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, trace)
        VALUES ('e', ${BYSTANDER}, 1, ${JSON.stringify(CANARY)}, 'sent', 1, 1, 't')`,
  ])
  before = await rowsOf(BYSTANDER)
  for (const id of VISITORS) visits.set(id, await visitor(site, id))
})
const after = async () => expect(await rowsOf(BYSTANDER)).toEqual(before)

const piece = fc.oneof(
  fc.constantFrom(
    'TO',
    'XX',
    '7',
    '1',
    '-1',
    '1e9',
    '..',
    '%00',
    '__proto__',
    'constructor',
    'esporta',
    'cancella',
  ),
  fc.constantFrom(String(BYSTANDER), 'calendario.ics', '2026-11-24', 'a'.repeat(2_000), ''),
  fc.stringMatching(/^[\w.~-]{0,12}$/),
)
const page = fc.constantFrom(
  ...[
    '/app/province',
    '/app/province/TO',
    '/app/preferenze',
    '/app/dati',
    '/app/dati/esporta',
    '/app/dati/cancella',
  ],
  ...[
    '/app/sport',
    '/app/sport/account',
    '/app/sport/classi',
    '/app/sport/prenotazioni',
    '/app/sport/periodiche',
  ],
  ...[
    '/app/sport/richieste',
    '/app/sport/storico',
    '/app/sport/calendario',
    '/app/sport/preferenze',
    '/admin',
  ],
  ...['/app', '/app/session', '/app/nothing'],
)
const path = fc
  .tuple(
    page,
    fc.array(piece, { maxLength: 2 }),
    fc.constantFrom('', '?done=saved', '?week=x', '?span=__proto__', '?date=2026-13-40'),
  )
  .map(([start, rest, query]) => [start, ...rest].join('/') + query)

const field = fc.constantFrom(
  ...[
    'do',
    'key',
    'sure',
    'office',
    'quietFrom',
    'quietTo',
    'quietMode',
    'language',
    'before',
    'from',
    'to',
    'places',
  ],
  ...[
    'username',
    'password',
    'otpauth',
    'session',
    'wish',
    'alternative',
    'watch',
    'policy',
    'date',
    'question',
    'id',
  ],
  ...[
    'confirmHours',
    'deadlineHours',
    'tellSuccess',
    'quiet',
    'userId',
    'chat_id',
    '__proto__',
    'constructor',
  ],
)
const value = fc.oneof(
  fc.constantFrom(
    'follow',
    'unfollow',
    'mute',
    'offices',
    'check',
    'pause',
    'resume',
    'cancel',
    'confirm',
    'skip',
  ),
  fc.constantFrom(
    'link',
    'unlink',
    'book',
    'weekly',
    'revoke',
    'make',
    'remove',
    'yes',
    'TO:46',
    'MI:1',
    '1',
    '-1',
    '1e99',
  ),
  fc.constantFrom(
    '2026-11-24',
    '25:99',
    '07:00',
    '22:00',
    'it',
    'de',
    'silent',
    'book-then-confirm',
    'NaN',
    '',
  ),
  piece,
  oddText,
)
const form = fc.array(fc.tuple(field, value), { maxLength: 6 })

/** What must hold for every answer to a visitor. */
async function expectOwn(response: Response, userId: number): Promise<void> {
  const text = await response.text()
  // Erasing what a student's object did not erase is refused with 503, and nothing else may be.
  expect(response.status).toBeLessThan(500)
  expect(text).not.toContain(CANARY)
  if (/html/.test(response.headers.get('content-type') ?? '')) expect(shownIn(text)).not.toMatch(FAULT_SHOWN)
  for (const [name, student] of students.byName) {
    if (student.calls.length > 0) expect(Number(name)).toBe(userId)
    student.calls.length = 0
  }
}

fuzz(
  'Mini App pages and forms',
  0.06,
  fc.tuple(fc.constantFrom(...VISITORS), path, fc.option(form)),
  async ([userId, target, fields]) => {
    const visit = visits.get(userId)
    if (!visit) throw new Error('nobody visits')
    for (const student of students.byName.values()) student.calls.length = 0
    // What costs something is refused to who asks all the time.
    site.time.now += 10 * SECOND
    const response = fields === null ? await visit.get(target) : await visit.post(target, fields)
    await expectOwn(response, userId)
  },
  { after },
)

type Spoil = 'none' | { cutAt: number } | { at: number; odd: string } | { value: string }

function spoiltCookie(honest: string, spoil: Spoil): string {
  if (spoil === 'none') return ''
  if ('cutAt' in spoil) return honest.slice(0, spoil.cutAt)
  if ('value' in spoil) return `__Host-app=${spoil.value}`
  return honest.slice(0, spoil.at) + spoil.odd + honest.slice(spoil.at + spoil.odd.length)
}

fuzz(
  'Mini App visits without a session, or with a spoilt one',
  0.03,
  fc.tuple(
    path.filter((target) => !/^\/app(\?|\/session|$)/.test(target)),
    fc.oneof(
      fc.constant('none'),
      fc.record({ cutAt: fc.nat(400) }),
      fc.record({ at: fc.integer({ min: 8, max: 400 }), odd: fc.stringMatching(/^[\w.-]{1,3}$/) }),
      fc.record({ value: fc.stringMatching(/^[\x20-\x3a\x3c-\x7e]{0,60}$/) }),
    ),
    fc.option(form),
  ),
  async ([target, spoil, fields]) => {
    const honest = visits.get(11)?.cookie ?? ''
    const cookie = spoiltCookie(honest, spoil)
    if (cookie === honest) return
    const response = await site.send(target, {
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
      headers: { Cookie: cookie, Origin: ORIGIN },
      redirect: 'manual',
    })
    expect([301, 303, 403, 404, 413]).toContain(response.status)
    expect(await response.text()).not.toContain(CANARY)
    expect([...students.byName.values()].flatMap(({ calls }) => calls)).toEqual([])
  },
  { after },
)

fuzz(
  'Mini App openings that Telegram did not sign',
  0.02,
  fc.tuple(
    fc.constantFrom(...VISITORS, BYSTANDER),
    fc.infiniteStream(fc.nat()),
    fc.oneof(oddText, fc.constantFrom('&', '=', '%', BYSTANDER)),
  ),
  async ([userId, numbers, odd]) => {
    const honest = await initData(userId, { now: site.time.now })
    const at = (numbers.next().value ?? 0) % honest.length
    const forged = honest.slice(0, at) + String(odd) + honest.slice(at + ((numbers.next().value ?? 0) % 8))
    const body = new URLSearchParams({ initData: forged, to: String(odd) })
    const response = await site.send('/app/session', {
      method: 'POST',
      headers: { Origin: ORIGIN },
      body,
    })
    const tooLarge = String(body).length > MAX_OPENING_BYTES
    const same = !tooLarge && String(new URLSearchParams(forged)) === String(new URLSearchParams(honest))
    expect(response.status).toBe(tooLarge ? 413 : same ? 200 : 401)
    expect(response.headers.has('Set-Cookie')).toBe(same)
  },
)

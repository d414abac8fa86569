import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import type { PortalResult } from '../../src/passport/model.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import {
  openSession,
  readGood,
  removeSession,
  resealAll,
  type StoredSession,
} from '../../src/passport/sessions/session-store.ts'
import { MINUTE } from '../../src/platform/time.ts'
import type { ExpiryShape } from '../simulators/portal/model.ts'
import {
  clock,
  db,
  freshPortal,
  handInNew,
  health,
  keys,
  nudges,
  owed,
  pausedSince,
  poolOf,
  rows,
} from './sessions-kit.worker.ts'

const reasonOf = (result: PortalResult<unknown>) => (result.ok ? 'ok' : result.failure.reason)

test('without a session every reading says so, and polling is paused since the first', async () => {
  const portal = await freshPortal()
  const pool = poolOf(portal)
  expect(reasonOf(await pool.listOffices('TO'))).toBe('no-session')
  const since = clock.at
  clock.at += MINUTE
  expect(reasonOf(await poolOf(portal).readMonth('40', '2026-07'))).toBe('no-session')
  expect(await pausedSince()).toBe(since)
  await handInNew(portal)
  expect(await pausedSince()).toBeUndefined()
  expect(reasonOf(await pool.listOffices('TO'))).toBe('ok')
})

test.each<ExpiryShape>(['403', '401', 'redirect', 'html'])(
  'a session that dies by %s is set aside, its owner told once, and the reading goes on with another',
  async (shape) => {
    const portal = await freshPortal()
    const [dying, other] = [await handInNew(portal, 900), await handInNew(portal, 901)]
    await portal.expireSession(shape, dying.number)
    const pools = [poolOf(portal), poolOf(portal)]
    const readings = await Promise.all(
      pools.flatMap((pool) => ['TO', 'MI', 'RM'].map((province) => pool.listOffices(province))),
    )
    expect(readings.map(reasonOf)).toEqual(Array(6).fill('ok'))
    expect(await health()).toEqual({ [dying.id]: 'dead', [other.id]: 'good' })
    const told = await owed(900)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`sessione ${dying.id}`)
    expect(told[0]).toContain(portal.origin)
    expect(await owed(901)).toEqual([])
    expect(nudges.length).toBeGreaterThan(0)
    expect(await pausedSince()).toBeUndefined()
  },
)

test('when the last one expires polling pauses, and resumes by itself with a new one', async () => {
  const portal = await freshPortal()
  await handInNew(portal)
  const pool = poolOf(portal)
  expect(reasonOf(await pool.listOffices('TO'))).toBe('ok')
  await portal.expireSession()
  expect(reasonOf(await pool.listOffices('TO'))).toBe('no-session')
  expect(reasonOf(await pool.listOffices('TO'))).toBe('no-session')
  expect(await pausedSince()).toBe(clock.at)
  expect(await owed()).toHaveLength(1)
  await transact(db, [
    sql`INSERT INTO provinces (code) VALUES ('TO'), ('MI')`,
    setReadings('TO', { dueAt: 99_000, lastFailure: 'no-session' }),
    setReadings('MI', { dueAt: 99_000, lastFailure: 'timeout' }),
  ])
  await handInNew(portal)
  expect(await pausedSince()).toBeUndefined()
  expect(await rows(sql`SELECT code, due_at = 99000 AS waits FROM province_readings ORDER BY code`)).toEqual([
    { code: 'MI', waits: 1 },
    { code: 'TO', waits: 0 },
  ])
  expect(reasonOf(await pool.listOffices('TO'))).toBe('ok')
  expect(Object.values(await health())).toEqual(['good'])
})

test('the owner is told in the language of the chat', async () => {
  const portal = await freshPortal()
  await transact(db, [
    sql`INSERT INTO chats (id, kind, language, created_at, last_seen_at) VALUES (77, 'private', 'en', 1, 1)`,
  ])
  await handInNew(portal, 77)
  await portal.expireSession()
  await poolOf(portal).listOffices('TO')
  expect((await owed(77))[0]).toMatch(/has expired/)
})

test('one province or office that the portal refuses costs no session', async () => {
  const portal = await freshPortal()
  const { id } = await handInNew(portal)
  const pool = poolOf(portal)
  await portal.fault({ kind: 'forbidden', province: 'TO' })
  expect(reasonOf(await pool.listOffices('TO'))).toBe('unavailable')
  expect(reasonOf(await pool.readMonth('40', '2026-07'))).toBe('unavailable')
  await portal.clearFaults()
  await portal.fault({ kind: 'login', province: 'RM' })
  expect(reasonOf(await pool.listOffices('RM'))).toBe('unavailable')
  expect(reasonOf(await pool.listOffices('MI'))).toBe('ok')
  expect(await health()).toEqual({ [id]: 'good' })
  expect(await owed()).toEqual([])
})

test('failures that are not a refusal cost no session', async () => {
  const portal = await freshPortal()
  const { id } = await handInNew(portal)
  const pool = poolOf(portal)
  for (const [kind, reason] of [
    ['server-error', 'unavailable'],
    ['too-many', 'rate-limited'],
    ['cut', 'unavailable'],
    ['broken-json', 'malformed'],
    ['hang', 'timeout'],
  ] as const) {
    await portal.fault({ kind, times: 1 })
    expect(reasonOf(await pool.listOffices('TO')), kind).toBe(reason)
  }
  expect(await health()).toEqual({ [id]: 'good' })
})

test('renewed cookies are there for the next invocation, sealed', async () => {
  const portal = await freshPortal({ graceMs: 0, rotateEvery: 3 })
  const { cookie } = await handInNew(portal)
  for (let invocation = 0; invocation < 4; invocation++) {
    const pool = poolOf(portal)
    for (let n = 0; n < 4; n++) expect(reasonOf(await pool.listOffices('TO'))).toBe('ok')
  }
  const [stored] = await readGood(db)
  const session = await openSession(keys, stored as StoredSession)
  expect(session.cookies.JSESSIONID).toMatch(/^[0-9A-Z]{32}$/)
  expect(cookie).not.toContain(session.cookies.JSESSIONID)
  expect(stored?.sealed).not.toContain(session.cookies.JSESSIONID)
  expect(await owed()).toEqual([])
})

test('an invocation continues with the cookies that another one renewed, and sends no message', async () => {
  const portal = await freshPortal({ graceMs: 0 })
  const { id } = await handInNew(portal)
  const [slow, quick] = [poolOf(portal), poolOf(portal)]
  await slow.listOffices('TO')
  await portal.rotate()
  expect(reasonOf(await quick.listOffices('TO'))).toBe('ok')
  expect(reasonOf(await slow.listOffices('TO'))).toBe('ok')
  expect(await health()).toEqual({ [id]: 'good' })
  expect(await owed()).toEqual([])
})

test('a dead session is never revived by a late save', async () => {
  const portal = await freshPortal()
  const { id } = await handInNew(portal)
  const pool = poolOf(portal)
  await pool.listOffices('TO')
  await transact(db, [sql`UPDATE portal_sessions SET health = 'dead', died_at = 5 WHERE id = ${id}`])
  const before = await rows(sql`SELECT * FROM portal_sessions`)
  await portal.rotate()
  await pool.listOffices('TO')
  expect(await rows(sql`SELECT * FROM portal_sessions`)).toEqual(before)
  expect(reasonOf(await pool.listOffices('TO'))).toBe('no-session')
})

test('a removed session is used no more, and the last one removed pauses polling', async () => {
  const portal = await freshPortal()
  const { id } = await handInNew(portal)
  const pool = poolOf(portal)
  await pool.listOffices('TO')
  await transact(db, removeSession(id, clock.at))
  expect(await pausedSince()).toBe(clock.at)
  clock.at += MINUTE
  expect(reasonOf(await pool.listOffices('TO'))).toBe('no-session')
  expect(await owed()).toEqual([])
})

test('sessions are used in turn, and one handed in later joins in', async () => {
  const portal = await freshPortal()
  const first = await handInNew(portal)
  const pool = poolOf(portal)
  await pool.listOffices('TO')
  const second = await handInNew(portal)
  clock.at += MINUTE
  await portal.forgetRequests()
  for (let n = 0; n < 4; n++) await pool.listOffices('TO')
  const used = (await portal.requests())
    .filter(({ endpoint }) => endpoint === 'offices')
    .map(({ session }) => session)
  expect(used.toSorted()).toEqual([first.number, first.number, second.number, second.number])
})

test('every session is kept alive, also when nothing is read, and a dead one is noticed by that', async () => {
  const portal = await freshPortal({ idleMs: 6 * MINUTE })
  const sessions = [await handInNew(portal), await handInNew(portal)]
  for (let minute = 0; minute < 15; minute++) {
    clock.at += MINUTE
    await portal.advance(MINUTE)
    await poolOf(portal).keepAlive()
  }
  expect(Object.values(await health())).toEqual(['good', 'good'])
  await portal.expireSession('redirect', sessions[0]?.number)
  clock.at += 6 * MINUTE
  await poolOf(portal).keepAlive()
  expect(Object.values(await health()).toSorted()).toEqual(['dead', 'good'])
  expect(await owed()).toHaveLength(1)
})

test('when the portal last let a session in is written at most once a minute', async () => {
  const portal = await freshPortal()
  await handInNew(portal)
  const lastGood = async () => (await rows(sql`SELECT last_good_at FROM portal_sessions`))[0]?.last_good_at
  const start = clock.at
  const pool = poolOf(portal)
  await pool.listOffices('TO')
  clock.at = start + 30_000
  await pool.listOffices('TO')
  expect(await lastGood()).toBe(start)
  clock.at = start + 61_000
  await pool.listOffices('TO')
  expect(await lastGood()).toBe(start + 61_000)
})

test('after a key rotation every session is sealed again and still works; one that no key opens waits, and its owner is notified', async () => {
  const portal = await freshPortal()
  await handInNew(portal)
  const rotated = ['the-new-key-of-these-tests-0123456789', keys[0]] as const
  expect(await resealAll(db, rotated)).toEqual({ resealed: 1, unreadable: 0 })
  expect(await resealAll(db, rotated)).toEqual({ resealed: 0, unreadable: 0 })
  expect(reasonOf(await poolOf(portal, { keys: [rotated[0]] }).listOffices('TO'))).toBe('ok')
  expect(await resealAll(db, ['a-third-key-that-opens-nothing-0123456'])).toEqual({
    resealed: 0,
    unreadable: 1,
  })
  expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('no-session')
  expect(await owed()).toHaveLength(1)
})

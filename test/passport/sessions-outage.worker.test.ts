import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import type { PortalResult } from '../../src/passport/model.ts'
import {
  openSession,
  readGood,
  recordGood,
  type StoredSession,
  saveRenewed,
  sealSession,
} from '../../src/passport/sessions/session-store.ts'
import type { Keyring } from '../../src/platform/crypto.ts'
import { MINUTE } from '../../src/platform/time.ts'
import type { OutageShape } from '../simulators/portal/model.ts'
import {
  clock,
  db,
  freshPortal,
  handInNew,
  health,
  keys,
  owed,
  paste,
  pausedSince,
  poolOf,
  rows,
} from './sessions-kit.worker.ts'

/** The first of some sessions, which a test knows to be there. */
const stored = ([first]: (StoredSession | undefined)[]): StoredSession => {
  if (!first) throw new Error('no session is stored')
  return first
}

const reasonOf = (result: PortalResult<unknown>) => (result.ok ? 'ok' : result.failure.reason)
const states = async () => Object.values(await health())

describe('an outage of the portal', () => {
  test.each<OutageShape>(['page', '403', 'login'])(
    'that shows everybody a %s ends no session, whatever asks, and all go on afterwards',
    async (shape) => {
      const portal = await freshPortal()
      await handInNew(portal, 900)
      await handInNew(portal, 901)
      await portal.outage(shape)
      for (let minute = 0; minute < 3; minute++) {
        const pool = poolOf(portal)
        await pool.keepAlive()
        expect(reasonOf(await pool.listOffices('TO'))).toBe('unavailable')
        expect(reasonOf(await pool.readMonth('40', '2026-07'))).toBe('unavailable')
        clock.at += MINUTE
      }
      expect(await states()).toEqual(['good', 'good'])
      expect(await owed(900)).toEqual([])
      expect(await pausedSince()).toBeUndefined()
      await portal.outage(null)
      clock.at += MINUTE
      expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('ok')
      expect(await rows(sql`SELECT 1 FROM state WHERE name = 'portal-refuses-all'`)).toEqual([])
    },
  )

  test.each<OutageShape>(['page', '403'])(
    'that shows everybody a %s ends not even the only session',
    async (shape) => {
      const portal = await freshPortal()
      await handInNew(portal)
      await portal.outage(shape)
      expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('unavailable')
      await portal.outage(null)
      clock.at += MINUTE
      expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('ok')
      expect(await states()).toEqual(['good'])
    },
  )

  test('is told to each owner once when it lasts, and asks little of the portal meanwhile', async () => {
    const portal = await freshPortal()
    await handInNew(portal, 900)
    await handInNew(portal, 901)
    await portal.outage('403')
    for (let minute = 0; minute < 15; minute++) {
      await portal.forgetRequests()
      const pool = poolOf(portal)
      for (let n = 0; n < 30; n++) await pool.listOffices('TO')
      expect((await portal.requests()).length).toBeLessThan(30)
      clock.at += MINUTE
    }
    expect(await owed(900)).toEqual([expect.stringContaining('rifiuta ogni sessione')])
    expect(await owed(901)).toHaveLength(1)
  })

  test('does not hide that one of the sessions expired during it', async () => {
    const portal = await freshPortal()
    const [expired, other] = [await handInNew(portal, 900), await handInNew(portal, 901)]
    await portal.outage('login')
    await poolOf(portal).listOffices('TO')
    await portal.expireSession('redirect', expired.number)
    await portal.outage(null)
    clock.at += MINUTE
    const pool = poolOf(portal)
    for (let n = 0; n < 4; n++) expect(reasonOf(await pool.listOffices('TO'))).toBe('ok')
    expect(await health()).toEqual({ [expired.id]: 'dead', [other.id]: 'good' })
    expect(await owed(900)).toHaveLength(1)
  })

  test('is no reason to refuse a session that is handed in during it', async () => {
    const portal = await freshPortal()
    const { cookie } = await portal.issueSession()
    await portal.outage('403')
    expect(await paste(portal, cookie)).toMatchObject({ kind: 'untested' })
  })
})

test.each([
  ['a logged-in page', 'token-page'],
  ['a 403, while the page opens', 'forbidden'],
  ['a 401, while the page opens', 'unauthorized'],
] as const)('%s where data was due ends no session, and is no reason to refuse one', async (_, kind) => {
  const portal = await freshPortal()
  await handInNew(portal)
  await portal.fault({ kind })
  const { cookie } = await portal.issueSession()
  expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('unavailable')
  expect(await states()).toEqual(['good'])
  expect(await paste(portal, cookie)).toMatchObject({ kind: 'untested', page: true })
  await portal.clearFaults()
  clock.at += MINUTE
  expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('ok')
})

describe('a session that we cannot open', () => {
  test.each([
    ['because the key is another one', async () => undefined, ['a-key-that-opens-nothing-at-all-0123456']],
    [
      'because a newer version wrote it',
      async () => {
        const newer = { jar: [], version: 9 } as never
        await transact(db, [
          sql`UPDATE portal_sessions SET sealed = ${await sealSession(keys, stored(await readGood(db)), newer)}`,
        ])
      },
      keys,
    ],
  ] as [string, () => Promise<void>, Keyring][])(
    '%s is kept, its owner told once, and works again when we can',
    async (_, spoil, used) => {
      const portal = await freshPortal()
      await handInNew(portal)
      const before = await readGood(db)
      await spoil()
      for (let n = 0; n < 3; n++) {
        expect(reasonOf(await poolOf(portal, { keys: used }).listOffices('TO'))).toBe('no-session')
      }
      expect(await states()).toEqual(['good'])
      expect(await owed()).toEqual([expect.stringContaining('Non riesco ad aprire la sessione')])
      await transact(db, [sql`UPDATE portal_sessions SET sealed = ${before[0]?.sealed}`])
      expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('ok')
    },
  )
})

describe('two runs with one session', () => {
  test('keep the cookies that the portal renewed last, whoever saves last', async () => {
    const portal = await freshPortal({ graceMs: 60_000 })
    await handInNew(portal)
    const [early, late] = [poolOf(portal), poolOf(portal)]
    await early.listOffices('TO')
    await late.listOffices('TO')
    await portal.rotate()
    await early.listOffices('TO')
    clock.at += 1_000
    await portal.rotate()
    expect(reasonOf(await late.listOffices('TO'))).toBe('ok')
    await early.saveRenewed()
    await portal.advance(2 * MINUTE)
    clock.at += 2 * MINUTE
    expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('ok')
    expect(await owed()).toEqual([])
  })

  test('never write an old sealed value back: recording when it was accepted leaves it alone', async () => {
    const portal = await freshPortal()
    const { id } = await handInNew(portal)
    const [old] = await readGood(db)
    const session = await openSession(keys, stored([old]))
    const renewed = await sealSession(keys, stored([old]), { ...session, cookies: { JSESSIONID: 'RENEWED' } })
    expect(await saveRenewed(db, { id, sealed: renewed, lastGoodAt: 1 }, String(old?.sealed))).toBe(true)
    expect(await saveRenewed(db, { id, sealed: 'too late', lastGoodAt: 1 }, String(old?.sealed))).toBe(false)
    expect(await recordGood(db, id, clock.at + MINUTE)).toBe(true)
    expect(await readGood(db)).toMatchObject([{ sealed: renewed, lastGoodAt: clock.at + MINUTE }])
  })

  test('write few rows even if the portal renews the cookies with every answer', async () => {
    const portal = await freshPortal({ rotateEvery: 1 })
    await handInNew(portal)
    const pool = poolOf(portal)
    let saves = 0
    let sealed = ''
    for (let n = 0; n < 60; n++) {
      await pool.listOffices('TO')
      const [row] = await readGood(db)
      if (row?.sealed !== sealed) saves += 1
      sealed = String(row?.sealed)
    }
    expect(saves).toBeLessThanOrEqual(22)
    await pool.saveRenewed()
    expect(reasonOf(await poolOf(portal).listOffices('TO'))).toBe('ok')
    expect(await owed()).toEqual([])
  })
})

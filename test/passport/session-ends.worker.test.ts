import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { expireSession } from '../../src/passport/sessions/owner-notices.ts'
import { readSessionEnds, remindOwners } from '../../src/passport/sessions/session-ends.ts'
import { DAY, HOUR } from '../../src/platform/time.ts'
import { addChat, clean, db, rows } from '../delivery/kit.worker.ts'
import { friday } from './announce.worker.ts'

const NOON = friday('12:00:00')
const session = (id: number, createdAt: number) =>
  sql`INSERT INTO portal_sessions (id, owner_id, sealed, created_at, last_good_at) VALUES (${id}, 900, '', ${createdAt}, ${createdAt})`

beforeEach(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  await clean()
  await transact(db, [sql`DELETE FROM portal_sessions`, addChat(900)])
})

test('ends are learned from sessions that expired, also after these are gone, and the owner is reminded once', async () => {
  for (const [id, hours] of [
    [1, 40],
    [2, 48],
    [3, 60],
  ] as const) {
    await transact(db, [session(id, NOON - 10 * DAY)])
    expect(await readSessionEnds(db, NOON - 10 * DAY)).toEqual([
      { id, ownerId: 900, createdAt: NOON - 10 * DAY, end: null },
    ])
    const expiry = NOON - 10 * DAY + hours * HOUR
    // Two rounds may find the same session expired.
    for (let n = 0; n < 2; n++) await expireSession(db, { id, ownerId: 900 }, { origin: 'x' }, expiry, 't')
    await transact(db, [sql`DELETE FROM portal_sessions`])
  }
  await transact(db, [sql`DELETE FROM deliveries`, session(4, NOON - 40 * HOUR + 1)])
  const end = NOON + 8 * HOUR + 1
  expect(await readSessionEnds(db, NOON - HOUR)).toEqual([
    { id: 4, ownerId: 900, createdAt: NOON - 40 * HOUR + 1, end },
  ])
  for (const at of [NOON, end - HOUR - 1, end - HOUR, end - 1, end + 1]) await remindOwners(db, 't', at)
  const reminders = await rows(sql`SELECT event, chat_id, created_at, content FROM deliveries`)
  expect(reminders).toHaveLength(1)
  expect(reminders[0]).toMatchObject({
    event: 'portal-session-reminder:4',
    chat_id: 900,
    created_at: end - HOUR,
  })
  expect(String(reminders[0]?.content)).toContain(
    'La sessione 4 del portale finirà probabilmente ven 27 nov verso le 20:00',
  )
})

import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { openSession, sealSession } from '../../src/passport/sessions/session-store.ts'
import { newestKeyId } from '../../src/platform/crypto.ts'
import { harness } from './harness.worker.ts'
import { Person } from './person.ts'

const OPERATOR = 900
const OLD = 'an-old-key-for-tests-0123456789abcdef'
const NEW = 'a-new-key-for-tests-0123456789abcdefg'
const bot = harness()
let ada: Person
/** What each student's object answers, by id; absent: it does not answer. */
const objects = new Map<string, object>()
const asked: string[] = []
let keyId = ''

beforeEach(async () => {
  for (const table of ['portal_sessions', 'students', 'chats'])
    await transact(bot.db, [sql`DELETE FROM ${sql.raw(table)}`])
  objects.clear()
  asked.length = 0
  keyId = await newestKeyId([NEW])
  Object.assign(bot.edgeEnv, {
    ADMIN_IDS: String(OPERATOR),
    ENCRYPTION_KEY: `${NEW},${OLD}`,
    STUDENTS: {
      idFromName: (name: string) => name,
      get: (name: string) => ({
        reseal: async () => {
          asked.push(name)
          const value = objects.get(name)
          if (!value) throw new Error('unreachable')
          return { ok: true, value }
        },
      }),
    },
  })
  ada = new Person(bot.telegram, bot.deliver, { id: OPERATOR, type: 'private' })
})

const enrol = async (ids: number[]) => {
  await transact(
    bot.db,
    ids.map((id) => sql`INSERT INTO students (user_id, linked_at) VALUES (${id}, 1)`),
  )
  for (const id of ids) objects.set(String(id), { resealed: 2, unreadable: 0, keyId })
}
const handIn = async (key: string) => {
  const sealed = await sealSession(
    [key],
    { ownerId: 1, createdAt: 1 },
    { cookies: { JSESSIONID: 'x' }, csrf: null, csrfAt: 0 },
  )
  await transact(bot.db, [
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at) VALUES (1, ${sealed}, 'good', 1, 1)`,
  ])
}

test('every secret is sealed with the new key, and only then the old one is said to be of no use', async () => {
  await handIn(OLD)
  await enrol([7, 8])
  const { text } = await ada.types('/ricifra')
  expect(text).toMatch(/portale cifrate di nuovo: 1\. Illeggibili: 0/)
  expect(text).toMatch(/Studenti: 2\. Segreti cifrati di nuovo: 4/)
  expect(text).toMatch(/✅/)
  const [session] = await bot.rows(
    sql`SELECT owner_id AS ownerId, created_at AS createdAt, sealed FROM portal_sessions`,
  )
  expect((await openSession([NEW], session as never)).cookies).toEqual({ JSESSIONID: 'x' })
  expect((await ada.types('/ricifra')).text).toMatch(/di nuovo: 0/)
})

test('a student that does not answer, a lost key, or a booking Worker with another key keeps the old one needed', async () => {
  await enrol([7, 8])
  objects.delete('8')
  const silent = await ada.types('/ricifra')
  expect(silent.text).toMatch(/Uno studente non ha risposto/)
  expect(silent.text).not.toMatch(/✅/)

  objects.set('8', { resealed: 0, unreadable: 0, keyId: 'other' })
  const other = await ada.types('/ricifra')
  expect(other.text).toMatch(/chiave diversa/)
  expect(other.text).not.toMatch(/✅/)

  objects.set('8', { resealed: 0, unreadable: 1, keyId })
  await handIn('a-key-that-was-lost-0123456789abcdefgh')
  const lost = await ada.types('/ricifra')
  expect(lost.text).toMatch(/Illeggibili: 1[\s\S]*Illeggibili: 1/)
  expect(lost.text).toMatch(/chiave che non ho/)
  expect(lost.text).not.toMatch(/✅/)
})

test('many students are asked page by page; a problem of an earlier page is not forgotten', async () => {
  await enrol(Array.from({ length: 450 }, (_, index) => index + 1))
  objects.delete('3')
  const first = await ada.types('/ricifra')
  expect(first.text).toMatch(/Studenti: 400/)
  const last = await ada.presses('Continua')
  expect(last.text).toMatch(/Studenti: 50/)
  expect(last.text).not.toMatch(/✅/)
  expect(new Set(asked).size).toBe(450)
})

test('to anyone else the command does not exist', async () => {
  await enrol([7])
  const stranger = bot.someone()
  expect((await stranger.types('/ricifra')).text).toMatch(/non lo conosco/)
  await stranger.pressesData('1:rekey:0:0')
  expect(stranger.shown.text).toMatch(/non lo conosco/)
  expect(asked).toEqual([])
})

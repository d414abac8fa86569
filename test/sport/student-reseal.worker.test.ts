import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import type { BookingEnv } from '../../src/bindings.d.ts'
import { Student } from '../../src/booking.ts'
import { type Keyring, needsResealing, seal, unseal } from '../../src/platform/crypto.ts'
import { bindings, must, NOON, TestStudent } from './student-kit.worker.ts'

/** The keys of the test's Worker, and one that it does not have. */
const PRESENT = 'a-key-for-tests-only-0123456789abcdef'
const NEXT = 'a-newer-key-for-tests-only-0123456789'
const LOST: Keyring = ['a-key-that-was-lost-0123456789abcdefgh']

/** Every sealed value that the object keeps. */
const sealedValues = async (student: TestStudent): Promise<string[]> => {
  const rows = await student.rows<{ sealed: string }>(
    `SELECT credentials AS sealed FROM account UNION ALL SELECT cookies FROM session
     UNION ALL SELECT value ->> '$' FROM facts WHERE name = 'feed'`,
  )
  return rows.map(({ sealed }) => sealed)
}

/** The student's object as it comes back after a deploy with other keys. */
const withKeys = <Value>(student: TestStudent, keys: string, call: (object: Student) => Promise<Value>) =>
  runInDurableObject(student.stub, (_object, state) => {
    const env = { ...(bindings as unknown as BookingEnv), ENCRYPTION_KEY: keys }
    return call(new Student(state, env))
  })

const base64Url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Seals as version 0.2.0 did: bound to the purpose, not to a place. */
async function sealedBy020(secret: string, purpose: string, plain: string): Promise<string> {
  const utf8 = new TextEncoder()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(`key-id:${secret}`)))
  const material = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveKey'])
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: utf8.encode('sportello'), info: utf8.encode(purpose) },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  )
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const algorithm = { name: 'AES-GCM', iv, additionalData: utf8.encode(purpose) }
  const data = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, utf8.encode(plain)))
  return [digest.slice(0, 6), iv, data].map(base64Url).join('.')
}

test('after a rotation credentials, session and feed are sealed with the new key, once, and still work', async () => {
  const student = await new TestStudent(NOON).link()
  const token = await must(student.api.feedToken())
  const before = await sealedValues(student)
  expect(before).toHaveLength(3)
  expect((await must(student.api.reseal())).resealed).toBe(0)

  const rotated = await withKeys(student, `${NEXT},${PRESENT}`, async (object) => [
    await must(object.reseal()),
    await must(object.reseal()),
  ])
  expect(rotated).toMatchObject([
    { resealed: 3, unreadable: 0 },
    { resealed: 0, unreadable: 0 },
  ])
  for (const sealed of await sealedValues(student)) {
    expect(await needsResealing([NEXT], sealed)).toBe(false)
    expect(before).not.toContain(sealed)
  }
  const [account, feed] = await withKeys(student, NEXT, async (object) => [
    await must(object.account()),
    await must(object.feedToken()),
  ])
  expect(account).toMatchObject({ state: 'linked', means: 'credentials' })
  expect(feed).toBe(token)
})

test('what no key opens is counted and left as it is', async () => {
  const student = await new TestStudent(NOON).link()
  const lost = await seal(LOST, `sport:${student.userId}`, 'account.credentials/1', '{}')
  await runInDurableObject(student.stub, (_object, state) => {
    state.storage.sql.exec('UPDATE account SET credentials = ?', lost)
  })
  expect(await must(student.api.reseal())).toMatchObject({ resealed: 0, unreadable: 1 })
  expect(await sealedValues(student)).toContain(lost)
})

test('a secret that is moved to another column of the same student does not open there', async () => {
  const student = await new TestStudent(NOON).link()
  student.site.alive.clear()
  student.clock.time += 10 * 60_000
  await runInDurableObject(student.stub, (_object, state) => {
    state.storage.sql.exec('UPDATE account SET credentials = (SELECT cookies FROM session)')
  })
  const logins = student.site.count('login')
  await must(student.api.check('c'))
  await student.settle()
  expect(student.site.count('login')).toBe(logins)
  expect((await must(student.api.reseal())).unreadable).toBe(0)
})

test('what 0.2.0 sealed, bound to the student only, is read and sealed again for its place', async () => {
  const student = await new TestStudent(NOON).link()
  await must(student.api.feedToken())
  await runInDurableObject(student.stub, async (_object, state) => {
    const purpose = `sport:${student.userId}`
    const keys: Keyring = [PRESENT]
    for (const [column, table, place] of [
      ['credentials', 'account', 'account.credentials/1'],
      ['cookies', 'session', 'session.cookies/1'],
    ] as const) {
      const [row] = state.storage.sql.exec(`SELECT ${column} AS sealed FROM ${table}`).toArray()
      const plain = await unseal(keys, purpose, place, String(row?.sealed))
      state.storage.sql.exec(`UPDATE ${table} SET ${column} = ?`, await sealedBy020(PRESENT, purpose, plain))
    }
  })
  expect(await must(student.api.reseal())).toMatchObject({ resealed: 2, unreadable: 0 })
  for (const sealed of await sealedValues(student))
    expect(await needsResealing([PRESENT], sealed)).toBe(false)
  student.site.alive.clear()
  student.clock.time += 10 * 60_000
  await must(student.api.check('c'))
  await student.settle()
  expect((await must(student.api.account())).state).toBe('linked')
})

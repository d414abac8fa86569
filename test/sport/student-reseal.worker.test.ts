import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import type { BookingEnv } from '../../src/bindings.d.ts'
import { Student } from '../../src/booking.ts'
import { type Keyring, seal, sealedWithOldKey } from '../../src/platform/crypto.ts'
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
    expect(await sealedWithOldKey([NEXT], sealed)).toBe(false)
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
  const lost = await seal(LOST, `sport:${student.userId}`, '{}')
  await runInDurableObject(student.stub, (_object, state) => {
    state.storage.sql.exec('UPDATE account SET credentials = ?', lost)
  })
  expect(await must(student.api.reseal())).toMatchObject({ resealed: 0, unreadable: 1 })
  expect(await sealedValues(student)).toContain(lost)
})

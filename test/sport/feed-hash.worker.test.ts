import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import type { Student } from '../../src/booking.ts'
import { feedHashOf } from '../../src/sport/ical.ts'
import { bindings, must, NOON, TestStudent } from './student-kit.worker.ts'

const linked = () => new TestStudent(NOON).link()

/** What D1 knows of a student's feed. */
async function hashIn(student: TestStudent): Promise<unknown> {
  const row = await bindings.DB.prepare('SELECT feed_hash FROM students WHERE user_id = ?')
    .bind(student.userId)
    .first<{ feed_hash: string | null }>()
  return row?.feed_hash
}

test('a token works in D1 from the moment in which it is shown, and no more soon after it is revoked', async () => {
  const student = await linked()
  await student.settle()
  expect(await hashIn(student)).toBe('')
  const token = await must(student.api.feedToken())
  expect(await hashIn(student)).toBe(await feedHashOf(token))
  await must(student.api.revokeFeed('r'))
  expect(await student.api.feed(token)).toEqual({ ok: false, refusal: 'not-found' })
  await student.settle()
  expect(await hashIn(student)).toBe('')
})

test('calls of the same moment make one token', async () => {
  const student = await linked()
  const tokens = await Promise.all(Array.from({ length: 20 }, () => must(student.api.feedToken())))
  expect(new Set(tokens).size).toBe(1)
  expect(await must(student.api.feed(tokens[0] ?? ''))).toEqual([])
})

test('the first call repairs a row of an older version, even with a wrong token', async () => {
  const student = await linked()
  const token = await must(student.api.feedToken())
  await bindings.DB.prepare('UPDATE students SET feed_hash = NULL WHERE user_id = ?')
    .bind(student.userId)
    .run()
  await runInDurableObject(student.stub, (_object, state) => {
    state.storage.sql.exec(`UPDATE facts SET value = '{"nextTimerAt":null}' WHERE name = 'registered'`)
  })
  await student.api.feed('guess')
  expect(await hashIn(student)).toBe(await feedHashOf(token))
})

test('an address is not given out while D1 does not know it', async () => {
  const student = await linked()
  await bindings.DB.exec('ALTER TABLE students RENAME TO students_away')
  const refused = await runInDurableObject(student.stub, (object: Student) =>
    Promise.resolve(object.feedToken()).catch(() => 'refused'),
  )
  await bindings.DB.exec('ALTER TABLE students_away RENAME TO students')
  expect(refused).toBe('refused')
  const token = await must(student.api.feedToken())
  expect(await hashIn(student)).toBe(await feedHashOf(token))
})

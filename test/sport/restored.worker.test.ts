import { createScheduledController } from 'cloudflare:test'
import { beforeEach, expect, test } from 'vitest'
import type { BookingEnv } from '../../src/bindings.d.ts'
import booking from '../../src/booking.ts'
import { addDays, DAY, HOUR, MINUTE } from '../../src/platform/time.ts'
import {
  at,
  bindings,
  must,
  NOON,
  scheduledAt,
  TestStudent,
  THURSDAY,
  TUESDAY,
} from './student-kit.worker.ts'

/* D1 put back from an older backup, while the objects go on living: the two agree again by themselves. */

const YOGA = `${THURSDAY} 18:00 YOGA`
const TABLES = ['students', 'deliveries', 'chats', 'courses', 'state']

/** The database as of before anybody used the bot. */
const forgetAll = () => bindings.DB.batch(TABLES.map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)))
/** Rows of `students`, as of one backup. */
const backUp = async () => (await bindings.DB.prepare('SELECT * FROM students').all()).results
const putBack = (rows: Record<string, unknown>[]) =>
  bindings.DB.batch(
    rows.map((row) =>
      bindings.DB.prepare(
        'INSERT OR REPLACE INTO students (user_id, linked_at, next_timer_at) VALUES (?, ?, ?)',
      ).bind(...[row.user_id, row.linked_at, row.next_timer_at]),
    ),
  )
const registered = async (userId: number) =>
  bindings.DB.prepare('SELECT next_timer_at FROM students WHERE user_id = ?').bind(userId).first()

/** The booking Worker's cron that wakes objects whose timer is overdue. */
const sweepAt = async (now: number) => {
  const controller = createScheduledController({ cron: '*/10 * * * *', scheduledTime: scheduledAt(now) })
  await booking.scheduled(controller, bindings as unknown as BookingEnv)
}

beforeEach(forgetAll)

test('a database that forgot the student: the class is booked at its opening, told, and the student’s row is back', async () => {
  const student = await new TestStudent(NOON).link()
  for (let week = 0; week < 3; week++) student.site.add('YOGA', addDays(THURSDAY, week * 7), '18:00')
  const draft = { type: 'course', name: 'YOGA', location: 'Giuriati', dayOfWeek: 4, start: '18:00' } as const
  await must(student.api.createWeekly('w', { ...draft, policy: 'book-then-confirm' }))
  await student.settle()
  await forgetAll()
  await student.pass(at(TUESDAY, '00:01'))
  expect(student.site.made).toEqual([YOGA])
  expect(await student.texts()).toContainEqual(expect.stringMatching(/YOGA/))
  expect(await registered(student.userId)).not.toBeNull()
})

test('a student for whom nothing is due is in the database again within a day', async () => {
  const student = await new TestStudent(NOON).link()
  await forgetAll()
  await student.pass(NOON + DAY + HOUR)
  expect(await registered(student.userId)).not.toBeNull()
})

test('a question asked after the backup is answered by its button, and asked once', async () => {
  const student = await new TestStudent(NOON).link()
  student.site.add('YOGA', THURSDAY, '18:00')
  const draft = { type: 'course', name: 'YOGA', location: 'Giuriati', dayOfWeek: 4, start: '18:00' } as const
  await must(student.api.createWeekly('w', { ...draft, policy: 'book-then-confirm' }))
  await student.pass(at(THURSDAY, '12:01'))
  const question = (await must(student.api.bookings()))[0]?.confirmation
  expect(question?.status).toBe('asked')
  await forgetAll()
  await must(student.api.confirm(question?.id ?? 0))
  await student.pass(at(THURSDAY, '19:30'))
  expect(student.site.cancelled).toEqual([])
  const asked = (await student.messages()).filter(({ event }) => /:confirm:\d+$/.test(event))
  expect(asked).toEqual([])
})

test('the first sweep deletes the row of an account that was unlinked since, and does not wake it for ever', async () => {
  const student = await new TestStudent(NOON).link()
  const backup = await backUp()
  await student.api.unlink('u')
  await student.settle()
  await putBack(backup.map((row) => ({ ...row, next_timer_at: NOON })))
  student.clock.time = NOON + HOUR
  await sweepAt(student.clock.time)
  expect(await registered(student.userId)).toBeNull()
})

test('a row whose timer is of the past is corrected by the first sweep, and the booking goes on', async () => {
  const student = await new TestStudent(NOON).link()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  await putBack((await backUp()).map((row) => ({ ...row, next_timer_at: NOON - DAY })))
  await sweepAt(student.clock.time + MINUTE)
  const row = await registered(student.userId)
  expect(Number(row?.next_timer_at)).toBeGreaterThan(student.clock.time - MINUTE)
  await student.pass(at(TUESDAY, '00:01'))
  expect(student.site.made).toEqual([YOGA])
})

test('a row of a person whose object is empty makes no account', async () => {
  const student = new TestStudent(NOON)
  await putBack([{ user_id: student.userId, linked_at: 1, next_timer_at: NOON - DAY }])
  await sweepAt(NOON)
  expect(await registered(student.userId)).toBeNull()
  expect(await must(student.api.account())).toMatchObject({ state: 'none' })
})

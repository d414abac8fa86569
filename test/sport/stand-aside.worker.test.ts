import { expect, test } from 'vitest'
import { MINUTE, SECOND } from '../../src/platform/time.ts'
import type { SportSite } from '../../src/sport/site/site-model.ts'
import {
  at,
  bindings,
  credentials,
  must,
  NOON,
  TestStudent,
  THURSDAY,
  TUESDAY,
  WEDNESDAY,
} from './student-kit.worker.ts'

const OPENING = at(TUESDAY, '00:00')

/** A student who waits for a class that opens this midnight, with a booking that could be cancelled. */
async function waiting() {
  const student = await new TestStudent(NOON).link()
  const { site } = student
  await must(student.api.book({ requestKey: 'a', wish: site.add('BOXE', WEDNESDAY, '10:00'), when: 'now' }))
  const wish = site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(OPENING - 10 * MINUTE)
  const [booking] = await must(student.api.bookings())
  return { student, site, bookingId: booking?.id ?? 0 }
}

/** From the given instant on each step of the site takes so long. */
function slow(student: TestStudent, steps: Partial<Record<keyof SportSite, number>>) {
  student.site.onCall = (step) => {
    // Not the race's own requests: they are what is measured.
    if (student.clock.time < OPENING - 2 * MINUTE) student.clock.time += steps[step] ?? 0
  }
}

/* Begun before the opening blackout, and still under way in it: nothing new is begun with the site until the race is over. */

type Work = (student: TestStudent, bookingId: number) => Promise<unknown>
const work: [string, Work, Partial<Record<keyof SportSite, number>>][] = [
  [
    'a cancellation that has to log in first',
    ({ api, site }, id) => {
      site.alive.clear()
      return api.cancel('c', id)
    },
    { login: 110 * SECOND, bookings: 30 * SECOND, cancelInPage: 110 * SECOND },
  ],
  [
    'a login with new credentials',
    ({ api }) => api.link('l', { ...credentials, username: '10799999' }),
    { login: 119 * SECOND, bookings: 200 * SECOND },
  ],
  [
    'a look at the bookings',
    ({ api, site }) => {
      site.alive.clear()
      return api.check('c')
    },
    { bookings: 60 * SECOND, login: 119 * SECOND },
  ],
  [
    'a dry run',
    ({ api }) => api.dryRun('d'),
    { bookings: 60 * SECOND, activities: 60 * SECOND, schedule: 110 * SECOND },
  ],
  [
    'another booking',
    ({ api, site }) => api.book({ requestKey: 'o', wish: site.add('CORE', TUESDAY, '20:00'), when: 'now' }),
    { bookings: 60 * SECOND, schedule: 150 * SECOND, book: 60 * SECOND },
  ],
  [
    'a watch on a full class with alternatives',
    ({ api, site }) =>
      api.book({
        requestKey: 'w',
        wish: site.add('ZUMBA', TUESDAY, '19:00', { places: 0 }),
        alternatives: ['20:00', '21:00'].map((start) => site.add('ZUMBA', TUESDAY, start, { places: 0 })),
        when: 'now',
        watchUntil: at(TUESDAY, '18:00'),
      }),
    { bookings: 60 * SECOND, schedule: 100 * SECOND },
  ],
]

test.each(work)('%s on a slow site leaves the last minutes to the race', async (_, begin, steps) => {
  const { student, site, bookingId } = await waiting()
  student.clock.time = OPENING - 5 * MINUTE - 5 * SECOND
  await begin(student, bookingId)
  slow(student, steps)
  await student.alarm()
  // A step that had begun may end in the blackout, but none begins in it.
  const begun = site.calls.filter(
    (call) => call.at >= OPENING - 5 * MINUTE && call.at < OPENING - 90 * SECOND,
  )
  expect(begun).toEqual([])
  await student.pass(OPENING + 20 * SECOND)
  expect(site.made).toContain(`${THURSDAY} 18:00 YOGA`)
  expect(site.calls.find((call) => call.step === 'book' && call.about === 'YOGA')?.at).toBe(OPENING)
  // And what stood aside is done afterwards.
  site.onCall = () => undefined
  await student.pass(OPENING + 10 * MINUTE)
  const open = (await must(student.api.lastActions(5))).filter(
    ({ status, stage }) => status === 'processing' || (status === 'pending' && stage !== 'watching'),
  )
  expect(open).toEqual([])
})

test('a cancellation that was sent is followed to its end, also into the blackout', async () => {
  const { student, site, bookingId } = await waiting()
  student.clock.time = OPENING - 5 * MINUTE - 5 * SECOND
  const { actionId } = await must(student.api.cancel('c', bookingId))
  slow(student, { cancelInPage: 60 * SECOND })
  await student.alarm()
  expect(site.cancelled).toEqual([`${WEDNESDAY} 10:00 BOXE`])
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a reading of the schedule for everybody that takes long stops for the race', async () => {
  const { student, site } = await waiting()
  await must(student.api.shareSchedule(true))
  await student.settle(10)
  student.clock.time = OPENING - 6 * MINUTE
  slow(student, { schedule: 20 * SECOND })
  expect(await student.stub.refreshSchedule(false)).toBe('busy')
  expect(site.calls.at(-1)?.at).toBeLessThan(OPENING - 5 * MINUTE)
  await student.pass(OPENING + SECOND)
  expect(site.made).toContain(`${THURSDAY} 18:00 YOGA`)
})

test('credentials that stood aside do not count as a failed login', async () => {
  const { student } = await waiting()
  const failures = async () =>
    (
      await bindings.DB.prepare(
        `SELECT count FROM login_limits WHERE key LIKE 'name:%' OR key LIKE 'user:%'`,
      ).all<{
        count: number
      }>()
    ).results.reduce((sum, { count }) => sum + count, 0)
  const before = await failures()
  student.clock.time = OPENING - 5 * MINUTE - SECOND
  await must(student.api.link('l', { ...credentials, username: '10788888' }))
  // The blackout begins while the limits are asked.
  const { now } = student.clock
  let looks = 0
  student.clock.now = () => now() + (++looks > 3 ? 2 * SECOND : 0)
  await student.alarm()
  student.clock.now = now
  expect(await failures()).toBe(before)
  await student.pass(OPENING + 5 * MINUTE)
  expect((await must(student.api.lastActions(1)))[0]).toMatchObject({ kind: 'link', status: 'completed' })
})

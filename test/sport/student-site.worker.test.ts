import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { Student } from '../../src/booking.ts'
import { addDays, DAY, HOUR, MINUTE, romeInstant } from '../../src/platform/time.ts'
import { opensAt } from '../../src/sport/opening.ts'
import { bookAtOpening } from '../../src/sport/site/booking-race.ts'
import type { ActionReason, ClassRef } from '../../src/sport/student-types.ts'
import type { Fault, SportrickOptions } from '../simulators/sportrick/model.ts'
import type { RemoteSportrick } from '../simulators/sportrick/remote.ts'
import { nextDay, quickClock, simulate, siteOf } from './site-kit.worker.ts'
import { bindings, must } from './student-kit.worker.ts'

/** Monday, far enough ahead that no alarm of the object fires by itself. */
const MONDAY = addDays(nextDay(1), 14)
const TUESDAY = addDays(MONDAY, 1)
const THURSDAY = addDays(MONDAY, 3)
const NOON = romeInstant(MONDAY, '12:00')

const course = (name: string, date: string, start: string): ClassRef => ({
  type: 'course',
  name,
  location: 'Giuriati',
  date,
  start,
})
const ZUMBA = course('ZUMBA', MONDAY, '19:00')
const GAG = course('GAG', TUESDAY, '19:00')

let users = 5_000_000

/** A student of the simulated site, through the real client: the clock is ours and the site's alike. */
async function enrol(options?: SportrickOptions) {
  const sportrick = await simulate(options)
  const clock = quickClock((ms) => sportrick.advance(ms))
  await clock.sleep(NOON - clock.now())
  Student.dependencies = () => ({
    clock,
    alarmAt: (instant) => instant,
    random: () => 0,
    site: siteOf(sportrick, { clock }),
    race: bookAtOpening,
  })
  const { STUDENTS } = bindings
  const stub = STUDENTS.get(STUDENTS.idFromName(String(++users)))
  const api = stub
  const nextTimer = () =>
    runInDurableObject(stub, (_object, state) =>
      state.storage.sql.exec<{ due: number | null }>('SELECT min(due_at) AS due FROM timers').one(),
    )
  const pass = async (until: () => number) => {
    for (let fired = 0; fired < 60; fired++) {
      const { due } = await nextTimer()
      if (due === null || due > until()) break
      await clock.sleep(due - clock.now())
      await runDurableObjectAlarm(stub)
    }
    await clock.sleep(until() - clock.now())
  }
  return {
    sportrick,
    api,
    /** Lets time pass until an instant. */
    passTo: (instant: number) => pass(() => instant),
    /** Lets some time pass, alarms at their times. */
    settle: (ms = 30_000) => {
      const end = clock.now() + ms
      return pass(() => end)
    },
  }
}

/** The same with a session handed in: no browser. */
async function enrolled(options?: SportrickOptions) {
  const student = await enrol(options)
  await must(
    student.api.linkSession('s', await student.sportrick.issueSession(student.sportrick.demo.username)),
  )
  await student.settle(1_000)
  return student
}

const accepted = async (sportrick: RemoteSportrick) =>
  (await sportrick.ledger()).bookings.filter((booking) => booking.outcome === 'accepted')

test('linked through the browser, a class is booked and given back', async () => {
  const { sportrick, api, settle } = await enrol()
  const { username, password, otpauth } = sportrick.demo
  const linked = await must(api.link('l', { username, password, otpauth }))
  await settle()
  expect(await must(api.action(linked.actionId))).toMatchObject({ status: 'completed', reason: null })

  const booked = await must(api.book({ requestKey: 'b', wish: ZUMBA, when: 'now' }))
  await settle()
  expect(await must(api.action(booked.actionId))).toMatchObject({
    status: 'completed',
    booking: { name: 'ZUMBA', date: MONDAY, start: '19:00', minutes: 55 },
  })
  expect(await accepted(sportrick)).toHaveLength(1)

  const [booking] = await must(api.bookings())
  const cancelled = await must(api.cancel('c', booking?.id ?? 0))
  await settle()
  expect(await must(api.action(cancelled.actionId))).toMatchObject({ status: 'completed' })
  expect((await sportrick.ledger()).cancellations).toMatchObject([{ course: 'ZUMBA', date: MONDAY }])
  expect((await sportrick.ledger()).logins.filter((login) => login.step === 'otp')).toHaveLength(1)
})

test('a wrong password is tried once', async () => {
  const { sportrick, api, settle } = await enrol()
  const { username, otpauth } = sportrick.demo
  const { actionId } = await must(api.link('l', { username, password: 'sbagliata', otpauth }))
  await settle(DAY)
  expect(await must(api.action(actionId))).toMatchObject({ status: 'failed', reason: 'bad-credentials' })
  expect((await sportrick.ledger()).logins).toHaveLength(1)
})

test('at the opening, among rivals, the place is ours within the first second', async () => {
  const { sportrick, api, settle, passTo } = await enrolled()
  const thursday = course('YOGA', THURSDAY, '18:00')
  await sportrick.setClass(
    { date: thursday.date, start: thursday.start, course: 'YOGA' },
    { rivals: { count: 200, firstMs: 400, lastMs: 3_000 } },
  )
  const { actionId } = await must(api.book({ requestKey: 'b', wish: thursday, when: 'at-opening' }))
  await settle(1_000)
  await passTo(opensAt(thursday.date) + MINUTE)
  expect(await must(api.action(actionId))).toMatchObject({ status: 'completed', booking: { name: 'YOGA' } })
  const [booking] = await accepted(sportrick)
  expect(booking?.afterOpeningMs).toBeLessThan(1_000)
})

test.each<[string, Fault, Partial<{ status: string; reason: ActionReason | null }>, number]>([
  ['answer lost', { kind: 'answer-lost', times: 1 }, { status: 'completed' }, 1],
  ['full', { kind: 'full' }, { status: 'failed', reason: 'full' }, 0],
  ['over the limit', { kind: 'over-limit' }, { status: 'failed', reason: 'over-limit' }, 0],
  ['no subscription', { kind: 'no-subscription' }, { status: 'failed', reason: 'no-subscription' }, 0],
  [
    'certificate expired',
    { kind: 'certificate-expired' },
    { status: 'failed', reason: 'certificate-expired' },
    0,
  ],
  [
    'taken between list and booking',
    { kind: 'slot-taken', times: 1 },
    { status: 'failed', reason: 'full' },
    0,
  ],
  ['server error once', { kind: 'server-error', times: 1 }, { status: 'completed' }, 1],
  ['told to slow down once', { kind: 'too-many-requests', times: 1 }, { status: 'completed' }, 1],
])('%s', async (_name, fault, outcome, bookings) => {
  const { sportrick, api, settle } = await enrolled()
  await sportrick.fault(fault)
  const { actionId } = await must(api.book({ requestKey: 'b', wish: ZUMBA, when: 'now' }))
  await settle(5 * MINUTE)
  expect(await must(api.action(actionId))).toMatchObject(outcome)
  expect(await accepted(sportrick)).toHaveLength(bookings)
})

test('an error page that looks empty does not cost a booking', async () => {
  const { sportrick, api, settle } = await enrolled()
  await must(api.book({ requestKey: 'b', wish: GAG, when: 'now' }))
  await settle()
  await sportrick.fault({ kind: 'empty-error-page' })
  await settle(3 * HOUR)
  expect(await must(api.bookings())).toMatchObject([{ name: 'GAG', state: 'active' }])
})

test('booked on the phone, it is found and not booked twice', async () => {
  const { sportrick, api, settle } = await enrolled()
  await sportrick.bookFor(sportrick.demo.username, { date: MONDAY, start: '19:00', course: 'ZUMBA' })
  const { actionId } = await must(api.book({ requestKey: 'b', wish: ZUMBA, when: 'now' }))
  await settle()
  expect(await must(api.action(actionId))).toMatchObject({ status: 'completed' })
  expect((await sportrick.ledger()).bookings.filter((booking) => booking.course === 'ZUMBA')).toHaveLength(1)
})

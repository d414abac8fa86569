import { describe, expect, test } from 'vitest'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { findBooking } from '../../src/sport/site/class-key.ts'
import type { SiteSession } from '../../src/sport/site/site-model.ts'
import type { FaultKind } from '../simulators/sportrick/model.ts'
import type { RemoteSportrick } from '../simulators/sportrick/remote.ts'
import {
  COURSES,
  FIT_CENTER,
  IMPATIENT,
  must,
  openYoga,
  reasonOf,
  sessionOf,
  simulate,
  siteOf,
  YOGA,
} from './site-kit.worker.ts'

describe('the schedule', () => {
  test.each([
    { idsAsNumbers: true, casing: 'Pascal' },
    { idsAsNumbers: false, casing: 'camel' },
    { idsAsNumbers: true, casing: 'lower' },
  ] as const)('keeps every digit of an id, written $casing (numbers: $idsAsNumbers)', async (options) => {
    const sportrick = await simulate(options)
    const { slots } = must(await siteOf(sportrick).schedule(await sessionOf(sportrick), COURSES, YOGA.date))
    const truth = (await sportrick.classes(YOGA.date)).filter(({ course }) => course !== null)
    expect(slots.map(({ appointmentId }) => appointmentId)).toEqual(truth.map((entry) => entry.appointmentId))
    expect(slots[0]).toMatchObject({
      type: 'course',
      name: 'YOGA',
      location: 'Giuriati',
      teacher: 'ROSSI MARIO',
      date: YOGA.date,
      start: '08:30',
      end: '09:25',
      places: 20,
    })
  })

  test('shows Fit Center slots under the activity’s name, without teacher', async () => {
    const sportrick = await simulate()
    const { slots } = must(
      await siteOf(sportrick).schedule(await sessionOf(sportrick), FIT_CENTER, YOGA.date),
    )
    expect(slots[0]).toMatchObject({
      type: 'fit-center',
      name: FIT_CENTER.name,
      teacher: null,
      start: '07:00',
      end: '08:30',
    })
  })

  test('says how far the site’s clock is ahead', async () => {
    const sportrick = await simulate({ serverClockOffsetMs: 60_000 })
    const { clockOffsetMs } = must(
      await siteOf(sportrick).schedule(await sessionOf(sportrick), COURSES, YOGA.date),
    )
    expect(Math.abs(clockOffsetMs - 60_000)).toBeLessThanOrEqual(1_000)
  })

  test('is read from the page when the request has changed', async () => {
    const sportrick = await simulate()
    await sportrick.fault({ kind: 'changed-markup', path: 'GetActivitySchedule' })
    const date = addDays(romeDate(Date.now()), 4)
    const site = siteOf(sportrick)
    const { slots } = must(await site.schedule(await sessionOf(sportrick), FIT_CENTER, date))
    const truth = (await sportrick.classes(date)).filter(({ course }) => course === null)
    expect(slots.map(({ start }) => start)).toEqual(truth.map(({ start }) => start))
    expect(slots.every(({ appointmentId }) => appointmentId === '')).toBe(true)
  })
})

test('the activities are those that the site offers', async () => {
  const sportrick = await simulate()
  expect(must(await siteOf(sportrick).activities(await sessionOf(sportrick)))).toEqual([COURSES, FIT_CENTER])
})

describe('booking by request', () => {
  test('books, and the list shows it', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    expect(must(await site.bookings(session))).toEqual([])
    must(await site.book(session, await openYoga(sportrick, session)))
    expect(must(await site.bookings(session))).toEqual([
      { date: YOGA.date, start: '08:30', minutes: 55, location: COURSES.name, course: 'YOGA' },
    ])
  })

  test.each<FaultKind>([
    'full',
    'already-booked',
    'not-open-yet',
    'no-subscription',
    'certificate-expired',
    'over-limit',
  ])('understands the sentence for %s and keeps it', async (kind) => {
    const sportrick = await simulate()
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.fault({ kind })
    expect(await siteOf(sportrick).book(session, slot)).toMatchObject({
      failure: { reason: kind, message: expect.stringMatching(/\S/) },
    })
  })

  test('judges by the class when the sentence means nothing', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    const text = 'Operazione non riuscita (cod. 17).'
    await sportrick.setClass(YOGA, { opensAt: Date.now() + 3_600_000 })
    await sportrick.fault({ kind: 'not-open-yet', text })
    expect(reasonOf(await site.book(session, slot, { opensAt: Date.now() + 3_600_000 }))).toBe('not-open-yet')

    await sportrick.setClass(YOGA, { opensAt: Date.now() - 60_000, taken: 20 })
    expect(reasonOf(await site.book(session, slot))).toBe('full')

    await sportrick.setClass(YOGA, { taken: 0 })
    await sportrick.bookFor(sportrick.demo.username, YOGA)
    expect(reasonOf(await site.book(session, slot))).toBe('already-booked')

    await sportrick.setClass(YOGA, { gone: true })
    expect(reasonOf(await site.book(session, slot))).toBe('class-gone')
  })

  test('finds the class full when the last place went between schedule and booking', async () => {
    const sportrick = await simulate()
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.fault({ kind: 'slot-taken' })
    expect(reasonOf(await siteOf(sportrick).book(session, slot))).toBe('full')
  })

  test('does not call a lost answer a failure: the list knows', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.fault({ kind: 'answer-lost', times: 1 })
    expect(reasonOf(await site.book(session, slot))).toBe('answer-lost')
    expect(must(await site.bookings(session))).toHaveLength(1)

    await sportrick.fault({ kind: 'server-error', path: 'BookAppointment', times: 1 })
    expect(reasonOf(await site.book(session, slot))).toBe('answer-lost')
    await sportrick.fault({ kind: 'hang', path: 'BookAppointment', times: 1 })
    expect(reasonOf(await siteOf(sportrick, IMPATIENT).book(session, slot))).toBe('answer-lost')
  })

  test('knows students without subscription or with an expired certificate', async () => {
    const sportrick = await simulate()
    const { otpauth, password } = sportrick.demo
    await sportrick.addStudent({ username: '1', password, otpauth, subscription: false })
    await sportrick.addStudent({ username: '2', password, otpauth, certificateUntil: '2020-01-01' })
    const slot = await openYoga(sportrick, await sessionOf(sportrick))
    const site = siteOf(sportrick)
    expect(reasonOf(await site.book(await sessionOf(sportrick, '1'), slot))).toBe('no-subscription')
    expect(reasonOf(await site.book(await sessionOf(sportrick, '2'), slot))).toBe('certificate-expired')
  })
})

describe('a session', () => {
  test('that is over shows on every request', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.expireSessions()
    const results = await Promise.all([
      site.bookings(session),
      site.activities(session),
      site.bookings(session),
      site.schedule(session, COURSES, YOGA.date),
      site.book(session, slot),
    ])
    expect(results.map(reasonOf)).toEqual(results.map(() => 'session-expired'))
  })

  test('is renewed when the site rotates its cookie', async () => {
    const sportrick = await simulate({ sessionHours: 10 })
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    await sportrick.advance(6 * 3_600_000)
    const result = await site.bookings(session)
    const renewed = result.ok ? result.renewed : undefined
    expect(renewed?.cookies['.ASPXAUTH_SOCIALBOOKING']).not.toBe(session.cookies['.ASPXAUTH_SOCIALBOOKING'])
    expect(renewed?.obtainedAt).toBe(session.obtainedAt)
    await sportrick.advance(5 * 3_600_000)
    expect(reasonOf(await site.bookings(session))).toBe('session-expired')
    expect(reasonOf(await site.bookings(renewed ?? session))).toBe('ok')
  })
})

describe('the list of bookings', () => {
  test('never counts as empty when the page is an error, changed, or refused', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    await openYoga(sportrick, session)
    await sportrick.bookFor(sportrick.demo.username, YOGA)

    await sportrick.fault({ kind: 'empty-error-page', times: 1 })
    expect(reasonOf(await site.bookings(session))).toBe('site-down')
    await sportrick.fault({ kind: 'changed-markup', path: '/Booking', times: 1 })
    expect(reasonOf(await site.bookings(session))).toBe('markup-changed')
    await sportrick.fault({ kind: 'server-error', path: '/Booking', times: 1 })
    expect(reasonOf(await site.bookings(session))).toBe('site-down')
    await sportrick.fault({ kind: 'too-many-requests', path: '/Booking', times: 1 })
    expect(await site.bookings(session)).toMatchObject({
      failure: { reason: 'rate-limited', retryAfterMs: 2_000 },
    })
    await sportrick.fault({ kind: 'hang', path: '/Booking', times: 1 })
    expect(reasonOf(await siteOf(sportrick, IMPATIENT).bookings(session))).toBe('site-down')
    expect(must(await site.bookings(session))).toHaveLength(1)
  })
})

describe('habits of the real site', () => {
  const NAME = "YOGA & PILATES D'ACQUA"
  const renamed = { ...YOGA, course: NAME }
  const slotOf = async (sportrick: RemoteSportrick, session: SiteSession) =>
    must(await siteOf(sportrick).schedule(session, COURSES, YOGA.date)).slots.find(
      ({ start, name }) => start === YOGA.start && name === NAME,
    )

  test('a name with entities is the same in the schedule and in the list, which lags behind', async () => {
    const sportrick = await simulate({ listLagMs: 48_000 })
    const session = await sessionOf(sportrick)
    await sportrick.setClass(YOGA, { course: NAME, opensAt: Date.now() - 60_000 })
    const slot = await slotOf(sportrick, session)
    if (!slot) throw new Error('the renamed class is not on the schedule')
    must(await siteOf(sportrick).book(session, slot))
    expect(must(await siteOf(sportrick).bookings(session))).toEqual([])
    await sportrick.advance(48_000)
    const list = must(await siteOf(sportrick).bookings(session))
    expect(findBooking(list, slot)).toMatchObject({ course: NAME })
  })

  test('a class that appears late is not there before', async () => {
    const sportrick = await simulate()
    const session = await sessionOf(sportrick)
    await sportrick.setClass(YOGA, { course: NAME, appearsAt: (await sportrick.now()) + 60_000 })
    expect(await slotOf(sportrick, session)).toBeUndefined()
    await sportrick.advance(60_000)
    expect(await slotOf(sportrick, session)).toBeDefined()
  })

  test('a full class that stays blue for its waiting list is not open', async () => {
    const sportrick = await simulate({ waitingLists: true, texts: { full: 'Turno saturo.' } })
    const session = await sessionOf(sportrick)
    await sportrick.setClass(YOGA, { course: NAME, opensAt: Date.now() - 60_000 })
    const { capacity } = await sportrick.setClass(renamed, {})
    await sportrick.setClass(renamed, { taken: capacity })
    const slot = await slotOf(sportrick, session)
    expect(slot).toMatchObject({ state: 'closed', places: 0 })
    if (slot) expect(reasonOf(await siteOf(sportrick).book(session, slot))).toBe('full')
  })
})

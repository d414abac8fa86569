import { describe, expect, test } from 'vitest'
import { addDays, dayOfWeek, romeDate } from '../../src/platform/time.ts'
import type { ClassSlot, SiteBooking } from '../../src/sport/site/site-model.ts'
import {
  COURSES,
  FIT_CENTER,
  IMPATIENT,
  must,
  nextDay,
  openYoga,
  reasonOf,
  sessionOf,
  simulate,
  siteOf,
  YOGA,
} from './site-kit.worker.ts'

const TUESDAY = nextDay(2)

describe('booking through the page', () => {
  test('clicks the class, confirms, and sees it in the list', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    must(await site.bookInPage(session, await openYoga(sportrick, session)))
    expect(must(await site.bookings(session))).toMatchObject([
      { date: YOGA.date, start: '08:30', course: 'YOGA' },
    ])
  })

  test('takes the right one of two courses at the same hour, though the banner comes late', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    for (const course of ['POWER YOGA', 'SPINNING'])
      await sportrick.setClass({ date: TUESDAY, start: '18:00', course }, { opensAt: 0 })
    await sportrick.fault({ kind: 'late-banner', path: 'BookActivity', ms: 350 })
    const { slots } = must(await site.schedule(session, COURSES, TUESDAY))
    const spinning = slots.find(({ name }) => name === 'SPINNING') as ClassSlot
    must(await site.bookInPage(session, spinning))
    expect(must(await site.bookings(session))).toMatchObject([{ start: '18:00', course: 'SPINNING' }])
  })

  test('books a Fit Center slot that was read from the page, without an id', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    const date = addDays(romeDate(Date.now()), 1)
    const start = dayOfWeek(date) <= 5 ? '19:00' : '15:00'
    await sportrick.setClass({ date, start }, { opensAt: 0 })
    await sportrick.fault({ kind: 'changed-markup', path: 'GetActivitySchedule' })
    const { slots } = must(await site.schedule(session, FIT_CENTER, date))
    must(await site.book(session, slots.find((slot) => slot.start === start) as ClassSlot))
    expect(must(await site.bookings(session))).toMatchObject([{ date, start, course: null, minutes: 90 }])
  })

  test('keeps the sentence of a refusal at the last click', async () => {
    const sportrick = await simulate()
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.fault({ kind: 'no-subscription' })
    expect(await siteOf(sportrick).bookInPage(session, slot)).toMatchObject({
      failure: { reason: 'no-subscription', message: expect.stringContaining('abbonamento') },
    })
  })

  // From here on most of the time is waited, each test with a site and a browser of its own.
  test.concurrent('says why a class cannot be clicked', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick, IMPATIENT)
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.setClass(YOGA, { taken: 20 })
    expect(reasonOf(await site.bookInPage(session, slot))).toBe('full')
    await sportrick.setClass(YOGA, { taken: 0 })
    await sportrick.bookFor(sportrick.demo.username, YOGA)
    expect(reasonOf(await site.bookInPage(session, slot))).toBe('already-booked')
    await sportrick.setClass(YOGA, { gone: true })
    expect(reasonOf(await site.bookInPage(session, slot))).toBe('class-gone')
    expect(reasonOf(await site.bookInPage(session, { ...slot, date: addDays(YOGA.date, 40) }))).toBe(
      'class-gone',
    )
  })

  test.concurrent('does not know what became of a booking whose answer was lost', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.fault({ kind: 'hang', path: 'BookAppointment', times: 1 })
    expect(reasonOf(await siteOf(sportrick, IMPATIENT).bookInPage(session, slot))).toBe('answer-lost')

    await sportrick.fault({ kind: 'answer-lost' })
    await site.bookInPage(session, slot)
    expect(must(await site.bookings(session))).toHaveLength(1)
    const accepted = (await sportrick.ledger()).bookings.filter(({ outcome }) => outcome === 'accepted')
    expect(accepted).toHaveLength(1)
  })

  test.concurrent('tells an expired session and a changed calendar apart', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    const slot = await openYoga(sportrick, session)
    await sportrick.fault({ kind: 'session-expired', times: 1 })
    expect(reasonOf(await site.bookInPage(session, slot))).toBe('session-expired')
    await sportrick.fault({ kind: 'hang', path: 'ConfirmActivityBooking', times: 1 })
    expect(await siteOf(sportrick, IMPATIENT).bookInPage(session, slot)).toMatchObject({
      failure: { reason: 'markup-changed' },
    })
  })
})

describe('cancelling through the page', () => {
  const yoga: SiteBooking = { ...YOGA, minutes: 55, location: COURSES.name }

  test('cancels that one booking only', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    for (const course of ['POWER YOGA', 'SPINNING']) {
      await sportrick.setClass({ date: TUESDAY, start: '18:00', course }, { opensAt: 0 })
      await sportrick.bookFor(sportrick.demo.username, { date: TUESDAY, start: '18:00', course })
    }
    const [first, second] = must(await site.bookings(session)) as [SiteBooking, SiteBooking]
    must(await site.cancelInPage(session, second))
    expect(must(await site.bookings(session))).toEqual([first])
  })

  test('says when there is nothing to cancel', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    expect(reasonOf(await site.cancelInPage(await sessionOf(sportrick), yoga))).toBe('booking-not-found')
  })

  test('believes neither an error page nor an expired session', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    const session = await sessionOf(sportrick)
    await sportrick.fault({ kind: 'empty-error-page', times: 1 })
    expect(reasonOf(await site.cancelInPage(session, yoga))).toBe('site-down')
    await sportrick.expireSessions()
    expect(reasonOf(await site.cancelInPage(session, yoga))).toBe('session-expired')
  })
})

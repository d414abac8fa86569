import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, test } from 'vitest'
import { Student } from '../../src/booking.ts'
import { addDays, HOUR, MINUTE, romeInstant, SECOND } from '../../src/platform/time.ts'
import { opensAt } from '../../src/sport/opening.ts'
import { bookAtOpening } from '../../src/sport/site/booking-race.ts'
import { createSportSite } from '../../src/sport/site/site-client.ts'
import type { ClassRef } from '../../src/sport/student-types.ts'
import { OTHER_BASE, type OtherClass, OtherSite, type OtherSiteHabits } from './other-site.ts'
import { nextDay } from './site-kit.worker.ts'
import { bindings, must } from './student-kit.worker.ts'

/* The whole student's object, with the real client, on a site that has nothing of our simulator's. */

/** Far enough ahead that no alarm of the object fires by itself. */
const MONDAY = addDays(nextDay(1), 21)
const TUESDAY = addDays(MONDAY, 1)
const FRIDAY = addDays(MONDAY, 4)
const NOON = romeInstant(MONDAY, '12:00')

const wishFor = ({ name, date, start }: OtherClass): ClassRef => ({
  type: 'course',
  name: name.toUpperCase(),
  location: 'Giuriati',
  date,
  start,
})

let users = 6_000_000

async function enrolled(habits?: OtherSiteHabits) {
  let time = NOON
  const clock = {
    now: () => time,
    sleep: async (ms: number) => {
      time += Math.max(0, ms)
    },
  }
  const site = new OtherSite(() => time, habits)
  Student.dependencies = () => ({
    clock,
    alarmAt: (instant) => instant,
    random: () => 0,
    site: createSportSite({
      base: OTHER_BASE,
      fetch: site.fetch,
      clock,
      launchBrowser: () => Promise.reject(new Error('there is no browser here')),
    }),
    race: bookAtOpening,
  })
  const { STUDENTS } = bindings
  const api = STUDENTS.get(STUDENTS.idFromName(String(++users)))
  const nextTimer = () =>
    runInDurableObject(api, (_object, state) =>
      state.storage.sql.exec<{ due: number | null }>('SELECT min(due_at) AS due FROM timers').one(),
    )
  /** Lets time pass until an instant, alarms at their times. */
  const passTo = async (until: number) => {
    for (let fired = 0; fired < 400; fired++) {
      const { due } = await nextTimer()
      if (due === null || due > until) break
      time = Math.max(time, due)
      await runDurableObjectAlarm(api)
    }
    time = Math.max(time, until)
  }
  await must(api.linkSession('s', { gymsession: 'abc' }))
  await passTo(time + SECOND)
  return { site, api, passTo, now: () => time }
}

const answers = (site: OtherSite) => site.asked.map(({ answer }) => answer)

test('a class whose name has entities is booked, and found in a list that shows it 48 s later', async () => {
  const { site, api, passTo, now } = await enrolled({ lagMs: 48 * SECOND })
  const wanted = site.add("Pilates & Stretch dell'Acqua", TUESDAY, '18:30')
  const other = site.add('Yoga', TUESDAY, '20:00')
  const { actionId } = await must(
    api.book({ requestKey: 'b', wish: wishFor(wanted), alternatives: [wishFor(other)], when: 'now' }),
  )
  await passTo(now() + 10 * MINUTE)
  expect(await must(api.action(actionId))).toMatchObject({
    status: 'completed',
    booking: { name: "PILATES & STRETCH DELL'ACQUA", date: TUESDAY, start: '18:30', minutes: 60 },
  })
  expect([answers(site), other.bookedAt]).toEqual([['ok'], null])
})

describe('at the opening', () => {
  test.each<[string, Partial<OtherClass> & { lateBy?: number; shownAfter?: number }, number]>([
    ['in time', {}, SECOND],
    ['that comes 70 s late', { lateBy: 70 * SECOND }, 3 * SECOND],
    ['of a class that appears 5 s late', { shownAfter: 5 * SECOND }, 2 * SECOND],
    ['of a class that appears a minute late', { shownAfter: MINUTE }, 6 * SECOND],
  ])('%s the class is booked at once', async (_, { lateBy = 0, shownAfter }, within) => {
    const { site, api, passTo } = await enrolled()
    const opening = opensAt(FRIDAY)
    const wanted = site.add('Yoga', FRIDAY, '8:30'.padStart(5, '0'), {
      opensAt: opening + lateBy,
      appearsAt: shownAfter === undefined ? 0 : opening + shownAfter,
    })
    await must(api.book({ requestKey: 'b', wish: wishFor(wanted), when: 'at-opening' }))
    await passTo(opening + HOUR)
    const first = opening + Math.max(lateBy, shownAfter ?? 0)
    expect(wanted.bookedAt).toBeGreaterThanOrEqual(first)
    expect(wanted.bookedAt).toBeLessThanOrEqual(first + within)
    expect(answers(site).filter((answer) => answer === 'ok')).toHaveLength(1)
  })
})

test.each([
  'Non sono rimasti slot per il turno scelto.',
  'Turno saturo',
  'Spiacenti: nessun posto residuo.',
  'Kapazität erschöpft',
])('full, in new words and under a blue slot, leads to the alternative: %s', async (full) => {
  const { site, api, passTo, now } = await enrolled({ says: { full }, statusless: true })
  const wanted = site.add('Spinning', TUESDAY, '18:00', { taken: 12 })
  const other = site.add('Yoga', TUESDAY, '20:00')
  const { actionId } = await must(
    api.book({ requestKey: 'b', wish: wishFor(wanted), alternatives: [wishFor(other)], when: 'now' }),
  )
  await passTo(now() + 5 * MINUTE)
  expect(await must(api.action(actionId))).toMatchObject({ status: 'completed', booking: { name: 'YOGA' } })
})

test('filled at the very opening, in new words: the alternative is taken', async () => {
  const { site, api, passTo } = await enrolled({ says: { full: 'Turno saturo' } })
  const wanted = site.add('Spinning', FRIDAY, '18:00', { places: 0 })
  const other = site.add('Yoga', FRIDAY, '20:00')
  await must(
    api.book({ requestKey: 'b', wish: wishFor(wanted), alternatives: [wishFor(other)], when: 'at-opening' }),
  )
  await passTo(opensAt(FRIDAY) + 5 * MINUTE)
  expect(wanted.bookedAt).toBe(null)
  expect(other.bookedAt).not.toBe(null)
})

test('“already yours” in unknown words is accepted when the list shows the booking, and nothing else is booked', async () => {
  const { site, api, passTo, now } = await enrolled({ lagMs: 48 * SECOND, statusless: true })
  const wanted = site.add('Yoga', TUESDAY, '18:00', { bookedAt: NOON })
  const other = site.add('Boxe', TUESDAY, '20:00')
  const { actionId } = await must(
    api.book({ requestKey: 'b', wish: wishFor(wanted), alternatives: [wishFor(other)], when: 'now' }),
  )
  await passTo(now() + 10 * MINUTE)
  expect((await must(api.action(actionId))).status).toBe('completed')
  expect(other.bookedAt).toBe(null)
})

test('a full class is watched, and the place that is freed is taken', async () => {
  const { site, api, passTo, now } = await enrolled()
  const wanted = site.add('Total body', TUESDAY, '18:00', { taken: 12 })
  await must(
    api.book({
      requestKey: 'b',
      wish: wishFor(wanted),
      when: 'now',
      watchUntil: romeInstant(TUESDAY, '16:00'),
    }),
  )
  await passTo(now() + 30 * MINUTE)
  expect(wanted.bookedAt).toBe(null)
  wanted.taken = 11
  await passTo(now() + 30 * MINUTE)
  expect(wanted.bookedAt).not.toBe(null)
})

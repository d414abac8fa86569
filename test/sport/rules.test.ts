import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  DAY,
  dayOfWeek,
  HOUR,
  MINUTE,
  romeDate,
  romeInstant,
  romeTime,
} from '../../src/platform/time.ts'
import { findBooking, isWanted, likelyActivities, sameBooking } from '../../src/sport/class-match.ts'
import {
  inOpeningBlackout,
  nextStepAt,
  opensAt,
  precheckAt,
  startsAt,
  usefulUntil,
} from '../../src/sport/opening.ts'
import { nextLook, watchEnd } from '../../src/sport/place-watch.ts'
import { awake, bookQuestion, keepQuestion } from '../../src/sport/question-times.ts'
import { decide, ruleOf } from '../../src/sport/reasons.ts'
import type { ClassSlot, SiteReason } from '../../src/sport/site/site-model.ts'
import { isOver, mayGo } from '../../src/sport/states.ts'
import type { ActionStatus, ClassRef } from '../../src/sport/student-types.ts'
import { occurrenceDates, planAt } from '../../src/sport/weekly-rules.ts'

const day = fc.integer({ min: 0, max: 3650 }).map((days) => addDays('2024-01-01', days))
const time = fc
  .tuple(fc.integer({ min: 6, max: 22 }), fc.constantFrom('00', '15', '30', '45'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`)
const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2034, 0, 1) })

describe('openings', () => {
  test('a class opens at a Rome midnight two days before its day, whatever the clocks do', () => {
    fc.assert(
      fc.property(day, (date) => {
        expect(romeTime(opensAt(date))).toBe('00:00')
        expect(romeDate(opensAt(date))).toBe(addDays(date, -2))
      }),
    )
  })

  test('over the change of March two days are 47 hours, over that of October 49', () => {
    expect(romeInstant('2027-03-29', '00:00') - opensAt('2027-03-29')).toBe(47 * HOUR)
    expect(romeInstant('2027-11-01', '00:00') - opensAt('2027-11-01')).toBe(49 * HOUR)
  })

  test('a gym that opens further ahead is a matter of one number', () => {
    expect(romeDate(opensAt('2027-05-10', 7))).toBe('2027-05-03')
  })

  test('the steps before an opening come in order and never in the past', () => {
    fc.assert(
      fc.property(day, instant, (date, now) => {
        const opening = opensAt(date)
        const prepare = nextStepAt(opening, false, now)
        const start = nextStepAt(opening, true, now)
        expect(precheckAt(opening)).toBeLessThan(opening)
        expect(prepare).toBeGreaterThanOrEqual(now)
        expect(start).toBeGreaterThanOrEqual(prepare)
        expect(start).toBeLessThanOrEqual(Math.max(now, opening))
      }),
    )
  })

  test('nothing that can wait begins shortly before an opening', () => {
    const opening = opensAt('2027-05-10')
    expect(inOpeningBlackout([opening], opening - 6 * MINUTE)).toBe(false)
    expect(inOpeningBlackout([opening], opening - 4 * MINUTE)).toBe(true)
    expect(inOpeningBlackout([opening], opening + MINUTE)).toBe(false)
    expect(inOpeningBlackout([], opening)).toBe(false)
  })
})

describe('reasons', () => {
  const given = { before: 0, now: 1_000_000, usefulUntil: 9e12, opensAt: null, random: 0 }
  const every: SiteReason[] = [
    'full',
    'already-booked',
    'not-open-yet',
    'over-limit',
    'no-subscription',
    'certificate-expired',
    'class-gone',
    'booking-not-found',
    'session-expired',
    'bad-credentials',
    'password-expired',
    'otp-refused',
    'sso-down',
    'site-down',
    'rate-limited',
    'browser-busy',
    'markup-changed',
    'answer-lost',
    'refused',
  ]

  test('wrong credentials are never tried again, and block the account', () => {
    for (const reason of ['bad-credentials', 'password-expired'] as const) {
      expect(decide(reason, given)).toEqual({ do: 'ask-user' })
      expect(ruleOf(reason).blocksAccount).toBe(true)
    }
  })

  test('a refused one-time password is tried twice more, with other codes', () => {
    const first = decide('otp-refused', given)
    expect(first.do === 'retry' && first.at - given.now).toBeGreaterThan(30_000)
    expect(decide('otp-refused', { ...given, before: 1 }).do).toBe('retry')
    expect(decide('otp-refused', { ...given, before: 2 })).toEqual({ do: 'ask-user' })
  })

  test('a class that is not open yet is waited for until its opening', () => {
    const opening = given.now + HOUR
    expect(decide('not-open-yet', { ...given, opensAt: opening })).toEqual({
      do: 'wait',
      for: 'opening',
      until: opening,
    })
    expect(decide('not-open-yet', { ...given, opensAt: given.now - 1 }).do).toBe('retry')
  })

  test('no retry is too late to be useful or in the past; nothing without a deadline is retried for ever', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...every),
        instant,
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 2 * HOUR }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (reason, now, before, left, random) => {
          const decision = decide(reason, { before, now, usefulUntil: now + left, opensAt: null, random })
          if (decision.do === 'retry') {
            expect(decision.at).toBeGreaterThanOrEqual(now)
            expect(decision.at).toBeLessThan(now + left)
          }
          const unhurried = decide(reason, { before, now, usefulUntil: Infinity, opensAt: null, random })
          if (before >= 20) expect(unhurried.do).not.toBe('retry')
        },
      ),
    )
  })

  test('a failure of the site is retried as long as it is useful, however often it happened', () => {
    const trouble: SiteReason[] = [
      ...([
        'sso-down',
        'site-down',
        'rate-limited',
        'browser-busy',
        'markup-changed',
        'answer-lost',
      ] as const),
      'session-expired',
    ]
    for (const reason of trouble)
      for (const before of [0, 5, 20, 500]) {
        const decision = decide(reason, { ...given, before, usefulUntil: given.now + DAY })
        expect(decision.do === 'retry' && decision.at - given.now).toBeLessThan(HOUR)
      }
  })

  test('a class that opens late is requested every few seconds, then less often, never too often', () => {
    for (const [late, most] of [
      [1, 2],
      [70, 2],
      [599, 2],
      [1800, 10],
      [7200, 60],
    ] as const) {
      const now = given.now + late * 1000
      const decision = decide('not-open-yet', { ...given, now, usefulUntil: now + DAY, opensAt: given.now })
      const pause = decision.do === 'retry' ? decision.at - now : 0
      expect(pause).toBeGreaterThanOrEqual(2_000)
      expect(pause).toBeLessThanOrEqual(most * 1000 * 1.25)
    }
  })

  test('pauses do not get shorter', () => {
    for (const reason of every) {
      const delays = ruleOf(reason).delays
      expect([...delays].sort((a, b) => a - b)).toEqual([...delays])
    }
  })
})

describe('states of an action', () => {
  test('an ended action stays ended', () => {
    const every: ActionStatus[] = ['pending', 'processing', 'completed', 'failed', 'cancelled']
    for (const from of every) for (const to of every) if (isOver(from)) expect(mayGo(from, to)).toBe(false)
    expect(mayGo('pending', 'completed')).toBe(false)
    expect(mayGo('processing', 'pending')).toBe(true)
    expect(every.filter(isOver)).toEqual(['completed', 'failed', 'cancelled'])
  })
})

describe('matching', () => {
  const wish: ClassRef = {
    type: 'course',
    name: 'YOGA',
    location: 'Giuriati - Corsi Platinum',
    date: '2027-05-10',
    start: '18:00',
  }
  const slot: ClassSlot = {
    ...wish,
    appointmentId: '245765508040862208',
    activityId: '1',
    end: '18:55',
    teacher: null,
    places: 3,
    state: 'open',
  }

  test('a slot is matched by day, start, kind and course, never by the hour alone', () => {
    expect(isWanted(wish, slot)).toBe(true)
    expect(isWanted(wish, { ...slot, name: ' Yoga ' })).toBe(true)
    expect(isWanted(wish, { ...slot, name: 'PILATES' })).toBe(false)
    expect(isWanted(wish, { ...slot, name: 'YOGA DOLCE' })).toBe(false)
    expect(isWanted(wish, { ...slot, start: '19:00' })).toBe(false)
    expect(isWanted(wish, { ...slot, date: '2027-05-11' })).toBe(false)
    expect(isWanted(wish, { ...slot, name: 'POWER YOGA' })).toBe(false)
    expect(isWanted({ ...wish, type: 'fit-center', name: 'Giuriati' }, slot)).toBe(false)
    expect(isWanted(wish, { ...slot, location: 'Bovisa - Corsi' })).toBe(false)
  })

  test('a Fit Center slot is matched by its activity', () => {
    const gym: ClassRef = { ...wish, type: 'fit-center', name: 'Giuriati - Fit Center', location: '' }
    const open: ClassSlot = {
      ...slot,
      type: 'fit-center',
      name: 'Giuriati - Fit Center',
      location: 'Giuriati - Fit Center',
    }
    expect(isWanted(gym, open)).toBe(true)
    expect(isWanted(gym, { ...open, name: 'Bovisa - Fit Center', location: 'Bovisa - Fit Center' })).toBe(
      false,
    )
  })

  test('a booking is known by date, start and course; a Fit Center booking is no course', () => {
    const list = [
      { date: '2027-05-10', start: '18:00', minutes: 90, location: 'Giuriati', course: null },
      { date: '2027-05-10', start: '18:00', minutes: 55, location: 'Giuriati', course: 'Yoga' },
    ]
    expect(findBooking(list, wish)?.course).toBe('Yoga')
    expect(findBooking(list, { ...wish, name: 'BOXE' })).toBeUndefined()
    expect(findBooking(list, { ...wish, type: 'fit-center' })?.minutes).toBe(90)
    const labelled = [
      { date: '2027-05-10', start: '18:00', minutes: 90, location: 'Giuriati', course: 'FIT CENTER' },
    ]
    expect(
      findBooking(labelled, { ...wish, type: 'fit-center', name: 'Giuriati - Fit Center' })?.minutes,
    ).toBe(90)
    expect(findBooking(labelled, wish)).toBeUndefined()
    expect(sameBooking({ date: 'a', start: 'b', course: '' }, { date: 'a', start: 'b', course: null })).toBe(
      true,
    )
  })

  test('activities of the place are read first, the one that bears the name before all', () => {
    const activities = [
      { activityId: '1', name: 'Bovisa - Corsi' },
      { activityId: '2', name: 'Giuriati - Fit Center' },
      { activityId: '3', name: 'Giuriati - Corsi Platinum' },
    ]
    const order = (of: typeof wish) => likelyActivities(activities, of).map(({ activityId }) => activityId)
    expect(order(wish)).toEqual(['3', '1', '2'])
    expect(order({ ...wish, type: 'fit-center', name: 'GIURIATI - Fit Center' })).toEqual(['2'])
    expect(order({ ...wish, type: 'fit-center', name: 'Giuriati' })).toEqual(['3', '1', '2'])
  })
})

describe('weekly bookings', () => {
  test('as many occurrences as weeks, each on its weekday, none past', () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: 1, max: 7 }),
        time,
        fc.integer({ min: 1, max: 8 }),
        (now, weekday, start, weeks) => {
          const dates = occurrenceDates({ dayOfWeek: weekday, start, skipUntil: null }, now, weeks)
          expect(dates).toHaveLength(weeks)
          expect(new Set(dates).size).toBe(weeks)
          for (const date of dates) {
            expect(dayOfWeek(date)).toBe(weekday)
            expect(usefulUntil({ date, start })).toBeGreaterThan(now)
          }
        },
      ),
    )
  })

  test('the class keeps its hour on the wall over both clock changes', () => {
    const rule = { dayOfWeek: 7, start: '10:00', skipUntil: null }
    const march = occurrenceDates(rule, romeInstant('2027-03-20', '12:00'), 3)
    expect(march).toEqual(['2027-03-21', '2027-03-28', '2027-04-04'])
    expect(march.map((date) => romeTime(startsAt({ date, start: rule.start })))).toEqual([
      '10:00',
      '10:00',
      '10:00',
    ])
    const october = occurrenceDates(rule, romeInstant('2027-10-24', '12:00'), 2)
    expect(october).toEqual(['2027-10-31', '2027-11-07'])
  })

  test('work begins a day before the opening, or before the class when asked first', () => {
    const opening = opensAt('2027-05-12')
    expect(planAt('book-then-confirm', '2027-05-12', '18:00')).toBe(opening - DAY)
    expect(planAt('ask-then-book', '2027-05-12', '18:00')).toBe(romeInstant('2027-05-11', '18:00'))
  })
})

describe('questions', () => {
  test('"keep it?" is asked the preferred hours before, by day, and waits until the deadline', () => {
    const starts = romeInstant('2027-05-12', '18:00')
    expect(keepQuestion(starts, { confirmHours: 6, deadlineHours: 2 }, starts - 2 * DAY)).toEqual({
      askAt: romeInstant('2027-05-12', '12:00'),
      deadline: romeInstant('2027-05-12', '16:00'),
    })
  })

  test('nobody is asked at night: the question comes the evening before', () => {
    const starts = romeInstant('2027-05-12', '08:30')
    const times = keepQuestion(starts, { confirmHours: 6, deadlineHours: 2 }, starts - 2 * DAY)
    expect(times?.askAt).toBe(romeInstant('2027-05-11', '21:00'))
    expect(awake(romeInstant('2027-05-11', '23:10'))).toBe(romeInstant('2027-05-11', '21:00'))
    expect(awake(romeInstant('2027-05-11', '08:00'))).toBe(romeInstant('2027-05-11', '08:00'))
  })

  test.each([
    ['2027-05-11', '23:25', '08:00'],
    ['2027-05-12', '01:00', '08:00'],
    ['2027-05-11', '21:30', '07:00'],
    ['2027-05-12', '05:59', '08:30'],
  ])(
    'booked on %s at %s for %s in the morning: nobody is asked at night, the booking is kept',
    (day, booked, start) => {
      const starts = romeInstant('2027-05-12', start)
      expect(keepQuestion(starts, { confirmHours: 6, deadlineHours: 2 }, romeInstant(day, booked))).toBeNull()
    },
  )

  test('whenever it is asked, a person is awake and has half an hour of the day to answer', () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: 0, max: 3 * DAY }),
        fc.integer({ min: 1, max: 36 }),
        fc.double({ min: 0.5, max: 12, noNaN: true }),
        (starts, before, confirmHours, deadlineHours) => {
          const times = keepQuestion(starts, { confirmHours, deadlineHours }, starts - before)
          if (!times) return
          let waking = 0
          for (let at = times.askAt; at < times.deadline; at += MINUTE) {
            const time = romeTime(at)
            if (time >= '08:00' && time < '22:00') waking++
            if (waking >= 30) break
          }
          expect(waking).toBeGreaterThanOrEqual(30)
          expect(romeTime(times.askAt) >= '08:00' && romeTime(times.askAt) <= '21:00').toBe(true)
        },
      ),
    )
  })

  test('a question is asked before its deadline, the deadline lies before the class, both not in the past', () => {
    fc.assert(
      fc.property(
        instant,
        fc.integer({ min: -DAY, max: 3 * DAY }),
        fc.integer({ min: 1, max: 36 }),
        fc.double({ min: 0.5, max: 12, noNaN: true }),
        (starts, before, confirmHours, deadlineHours) => {
          const now = starts - before
          const times = [
            keepQuestion(starts, { confirmHours, deadlineHours }, now),
            bookQuestion(starts, now),
          ]
          for (const question of times) {
            if (!question) continue
            expect(question.askAt).toBeGreaterThanOrEqual(now)
            expect(question.deadline).toBeGreaterThan(question.askAt)
            expect(question.deadline).toBeLessThan(starts)
          }
        },
      ),
    )
  })

  test('asked too late to answer: not asked', () => {
    const starts = romeInstant('2027-05-12', '18:00')
    expect(keepQuestion(starts, { confirmHours: 6, deadlineHours: 2 }, starts - 16 * MINUTE)).toBeNull()
    expect(bookQuestion(starts, starts - 16 * MINUTE)).toBeNull()
    expect(bookQuestion(starts, starts - DAY)).toEqual({
      askAt: starts - HOUR,
      deadline: starts - 15 * MINUTE,
    })
  })
})

describe('watching a full class', () => {
  test('it is looked at more often as it comes nearer, and never after the limit', () => {
    const starts = romeInstant('2027-05-12', '18:00')
    const pause = (left: number) => nextLook(starts - left, starts, 0.5) - (starts - left)
    expect([2 * DAY, 12 * HOUR, 2 * HOUR, 20 * MINUTE].map(pause)).toEqual(
      [5, 2, 1, 0.5].map((m) => m * MINUTE),
    )
    expect(watchEnd(starts, usefulUntil({ date: '2027-05-12', start: '18:00' }))).toBe(starts - 10 * MINUTE)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changes, evaluate, incidents, lagsOf, type NotifiedIncidents } from '../../src/ops/incidents.ts'
import type { Vitals } from '../../src/ops/vitals.ts'
import { MINUTE, SECOND } from '../../src/platform/time.ts'

const now = 1_800_000_000_000
const well: Vitals = {
  goodSessions: 1,
  deadSessions: 0,
  followed: true,
  pausedSince: null,
  lastTickAt: now,
  lastGoodRoundAt: now,
  queued: 0,
  claimed: 0,
  held: 0,
  answerDueSince: null,
  dueSince: null,
  heldDueSince: null,
  lastSentAt: null,
  alertSince: null,
  deadLetters: 0,
  unwritten: 0,
  keyRefused: 0,
  markup: [],
  loginAlarms: 0,
  databaseBytes: 1_000_000,
}
const longAgo = now - 2 * MINUTE - SECOND
const evaluated = (vitals: Partial<Vitals>) => evaluate({ ...well, ...vitals }, now)

test('a service that is well has no incident', () => {
  expect(new Set(Object.values(evaluated({})))).toEqual(new Set([false]))
})

test('without a good session there is an incident while a province has followers; only a good session ends it', () => {
  expect(evaluated({ goodSessions: 0 })['no-session']).toBe(true)
  expect(evaluated({ goodSessions: 0, followed: false })['no-session']).toBeUndefined()
  expect(evaluated({ goodSessions: 1, followed: false })['no-session']).toBe(false)
})

test('a browser whose push service refuses our key is an incident of its own, while its message waits', () => {
  expect(evaluated({ keyRefused: 2 })).toMatchObject({ 'push-key': true, lag: false })
  expect(evaluated({ keyRefused: 0 })['push-key']).toBe(false)
})

test('what waits for over two minutes lags: deliveries only when nothing leaves, all else always', () => {
  const sending = { lastSentAt: now - MINUTE }
  expect(evaluated({ dueSince: longAgo }).lag).toBe(true)
  expect(evaluated({ dueSince: longAgo, lastSentAt: longAgo }).lag).toBe(true)
  expect(evaluated({ dueSince: longAgo, ...sending }).lag).toBe(false)
  expect(evaluated({ dueSince: longAgo, answerDueSince: longAgo, ...sending }).lag).toBe(true)
  expect(evaluated({ alertSince: longAgo, ...sending }).lag).toBe(true)
  expect(evaluated({ heldDueSince: longAgo, ...sending }).lag).toBe(true)
  const justNot = now - 2 * MINUTE
  expect(evaluated({ dueSince: justNot, alertSince: justNot, heldDueSince: justNot }).lag).toBe(false)
})

test('an unparsed page of the booking site is an incident until it has parsed again for half an hour', () => {
  const page = { step: 'list', detail: 'no list', userId: 7 }
  const at = (surprised: number, understood: number | null) =>
    evaluated({
      markup: [
        {
          ...page,
          surprisedAt: now - surprised * MINUTE,
          understoodAt: understood === null ? null : now - understood * MINUTE,
        },
      ],
    })['sport-markup']
  expect(at(600, null)).toBe(true)
  expect(at(5, 10)).toBe(true)
  expect(at(10, 5)).toBeUndefined()
  expect(at(29, 5)).toBeUndefined()
  expect(at(31, 5)).toBe(false)
  expect(at(3 * 24 * 60, null)).toBe(false)
})

test('the database is full over 80% and has room again under 75%', () => {
  const at = (gigabytes: number) => evaluated({ databaseBytes: gigabytes * 1e9 })['database-full']
  expect([7.4, 7.6, 8, 8.1].map(at)).toEqual([false, undefined, undefined, true])
  expect(evaluated({ databaseBytes: null })['database-full']).toBeUndefined()
})

test('lag is monotonic: waiting longer never ends it', () => {
  fc.assert(
    fc.property(fc.nat(600_000), fc.nat(600_000), fc.nat(600_000), (wait, more, sent) => {
      const vitals = { ...well, dueSince: now - wait, answerDueSince: now - wait, lastSentAt: now - sent }
      expect(lagsOf(vitals, now + more)).toEqual(expect.arrayContaining(lagsOf(vitals, now)))
    }),
  )
})

test('each incident is notified once when it begins and once when it ends, in turn', () => {
  const states = fc.record(
    Object.fromEntries(
      incidents.map((name) => [name, fc.constantFrom<(boolean | undefined)[]>(true, false, undefined)]),
    ) as Record<(typeof incidents)[number], fc.Arbitrary<boolean | undefined>>,
  )
  fc.assert(
    fc.property(fc.array(states, { maxLength: 30 }), (minutes) => {
      let notified: NotifiedIncidents = {}
      const said: string[] = []
      minutes.forEach((is, minute) => {
        const change = changes(notified, is, now + minute * MINUTE)
        notified = change.notified
        for (const [what, names] of [
          ['begun', change.begun],
          ['over', change.over],
        ] as const)
          for (const name of names) said.push(`${name} ${notified[name]?.episode} ${what}`)
      })
      expect(new Set(said).size).toBe(said.length)
      for (const name of incidents) {
        const mine = said.filter((line) => line.startsWith(`${name} `)).map((line) => line.split(' ')[2])
        expect(mine).toEqual(mine.map((_, index) => (index % 2 === 0 ? 'begun' : 'over')))
      }
    }),
  )
})

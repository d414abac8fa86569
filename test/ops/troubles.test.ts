import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changes, judge, lags, type ToldTroubles, troubles } from '../../src/ops/troubles.ts'
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
  alertSince: null,
  deadLetters: 0,
  databaseBytes: 1_000_000,
}
const longAgo = now - 2 * MINUTE - SECOND
const judged = (vitals: Partial<Vitals>, sending = false) => judge({ ...well, ...vitals }, sending, now)

test('a service that is well has no trouble', () => {
  expect(Object.values(judged({}))).toEqual([false, false, false, false])
})

test('no good session is a trouble while somebody follows a province, and is over only with a good one', () => {
  expect(judged({ goodSessions: 0 })['no-session']).toBe(true)
  expect(judged({ goodSessions: 0, followed: false })['no-session']).toBeUndefined()
  expect(judged({ goodSessions: 1, followed: false })['no-session']).toBe(false)
})

test('news that waits for over two minutes lags only when nothing leaves; an answer or an alert always', () => {
  expect(judged({ dueSince: longAgo }).lag).toBe(true)
  expect(judged({ dueSince: longAgo }, true).lag).toBe(false)
  expect(judged({ dueSince: longAgo, answerDueSince: longAgo }, true).lag).toBe(true)
  expect(judged({ alertSince: longAgo }, true).lag).toBe(true)
  expect(judged({ dueSince: now - 2 * MINUTE, alertSince: now - 2 * MINUTE }).lag).toBe(false)
})

test('the database is full over 80% and has room again under 75%', () => {
  const at = (gigabytes: number) => judged({ databaseBytes: gigabytes * 1e9 })['database-full']
  expect([7.4, 7.6, 8, 8.1].map(at)).toEqual([false, undefined, undefined, true])
  expect(judged({ databaseBytes: null })['database-full']).toBeUndefined()
})

test('lag is monotonic: waiting longer never ends it', () => {
  fc.assert(
    fc.property(fc.nat(600_000), fc.nat(600_000), fc.boolean(), (wait, more, sending) => {
      const vitals = { ...well, dueSince: now - wait, answerDueSince: now - wait }
      if (lags(vitals, sending, now)) expect(lags(vitals, sending, now + more)).toBe(true)
    }),
  )
})

test('whatever happens, each trouble is told once when it begins and once when it is over, in turn', () => {
  const states = fc.record(
    Object.fromEntries(
      troubles.map((name) => [name, fc.constantFrom<(boolean | undefined)[]>(true, false, undefined)]),
    ) as Record<(typeof troubles)[number], fc.Arbitrary<boolean | undefined>>,
  )
  fc.assert(
    fc.property(fc.array(states, { maxLength: 30 }), (minutes) => {
      let told: ToldTroubles = {}
      const said: string[] = []
      minutes.forEach((is, minute) => {
        const change = changes(told, is, now + minute * MINUTE)
        told = change.told
        for (const [what, names] of [
          ['begun', change.begun],
          ['over', change.over],
        ] as const)
          for (const name of names) said.push(`${name} ${told[name]?.episode} ${what}`)
      })
      expect(new Set(said).size).toBe(said.length)
      for (const name of troubles) {
        const mine = said.filter((line) => line.startsWith(`${name} `)).map((line) => line.split(' ')[2])
        expect(mine).toEqual(mine.map((_, index) => (index % 2 === 0 ? 'begun' : 'over')))
      }
    }),
  )
})

import { expect, test } from 'vitest'
import { connect } from '../../src/db/database.ts'
import { prune } from '../../src/db/prune.ts'
import { readVitals } from '../../src/ops/vitals.ts'
import type { Keyring } from '../../src/platform/crypto.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/platform/time.ts'
import { refundLogin, takeLogin } from '../../src/sport/login-limits.ts'
import { bindings, credentials, must, NOON, no, TestStudent, WEDNESDAY } from './student-kit.worker.ts'

const d1 = connect(bindings.DB)
const KEYS: Keyring = ['a-key-for-tests-only-0123456789abcdef']

const take = (userId: number, username: string, now: number) => takeLogin(d1, KEYS, { userId, username }, now)

/** How many of so many attempts are let through when each follows the last as soon as it may. */
async function passing(attempts: number, every: number, attempt: (at: number) => Promise<boolean>) {
  let passed = 0
  for (let tried = 0; tried < attempts; tried++) if (await attempt(NOON + tried * every)) passed += 1
  return passed
}

test('of twenty attempts at the same time only the free ones pass', async () => {
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => take(1, '10000001', NOON)))
  expect(outcomes.filter(Boolean)).toHaveLength(6)
})

test('a person who tries other people’s credentials is slowed down', async () => {
  let name = 20_000_000
  expect(await passing(24 * 60, MINUTE, (at) => take(2, String(name++), at))).toBeLessThan(13)
})

test('credentials that many people try are slowed down, however they are written', async () => {
  let user = 3_000
  const name = () => (user % 2 ? 'Mario.Rossi' : 'mario.rossi')
  expect(await passing(24 * 60, MINUTE, (at) => take(user++, name(), at))).toBeLessThan(13)
})

test('many people with many names are slowed down together', async () => {
  let one = 40_000
  expect(await passing(600, 2 * SECOND, (at) => take(one++, `name-${one}`, at))).toBeLessThan(75)
})

test('a login that works gives its own attempt back, and no other', async () => {
  for (let times = 0; times < 10; times++) {
    expect(await take(5, '50000000', NOON + times)).toBe(true)
    await refundLogin(d1, KEYS, { userId: 5, username: '50000000' }, NOON + times)
  }
  for (let times = 0; times < 5; times++) expect(await take(5, '50000001', NOON + 20)).toBe(true)
  // An account of one's own between the guesses changes nothing.
  expect(await take(5, '50000000', NOON + 30)).toBe(true)
  await refundLogin(d1, KEYS, { userId: 5, username: '50000000' }, NOON + 30)
  expect(await take(5, '50000001', NOON + 40)).toBe(true)
  expect(await take(5, '50000001', NOON + 50)).toBe(false)
  expect(await take(5, '50000000', NOON + 50)).toBe(false)
})

test('a day later a person starts from zero', async () => {
  await Promise.all(Array.from({ length: 20 }, () => take(6, '60000000', NOON)))
  expect(await take(6, '60000000', NOON + SECOND)).toBe(false)
  expect(await take(6, '60000000', NOON + DAY + HOUR)).toBe(true)
  expect(await take(6, '60000000', NOON + DAY + HOUR)).toBe(true)
})

test('no row tells who tried whom, and rows go after three days', async () => {
  await take(70_000_001, '70000002', NOON)
  const rows = JSON.stringify((await bindings.DB.prepare('SELECT * FROM login_limits').all()).results)
  expect(rows).not.toMatch(/70000001|70000002/)
  await prune(d1, NOON + 2 * DAY)
  expect(await bindings.DB.prepare('SELECT count(*) AS n FROM login_limits').first('n')).toBe(5)
  await prune(d1, NOON + 4 * DAY)
  expect(await bindings.DB.prepare('SELECT count(*) AS n FROM login_limits').first('n')).toBe(0)
})

test('operators are notified of guessing, not of a person who mistypes', async () => {
  for (let tries = 0; tries < 7; tries++) await take(8, '80000000', NOON + tries * HOUR)
  expect((await readVitals(d1, NOON + 6 * HOUR)).loginAlarms).toBe(0)
  await passing(24 * 60, MINUTE, (at) => take(9, '90000000', at))
  const { loginAlarms } = await readVitals(d1, NOON + DAY)
  expect(loginAlarms).toBeGreaterThan(0)
  expect((await readVitals(d1, NOON + 3 * DAY)).loginAlarms).toBe(0)
})

test('browsers opened on request are limited per day; the next day starts again', async () => {
  const ask = (at: number) => takeLogin(d1, KEYS, { userId: 10 }, at)
  expect(await passing(60, MINUTE, ask)).toBe(20)
  expect(await ask(NOON + DAY)).toBe(true)
})

test('wrong credentials reach the site a few times only; a booking logs in all the same', async () => {
  const student = await new TestStudent(NOON).link()
  const logins = () => student.site.count('login')
  const before = logins()
  for (let tries = 0; tries < 15; tries++) {
    student.site.faults.push({ step: 'login', result: no('bad-credentials'), once: true })
    await must(
      student.api.link(student.key(), { ...credentials, username: 'of-another', password: `${tries}` }),
    )
    await student.settle(20)
    student.site.faults.length = 0
  }
  expect(logins() - before).toBeLessThan(10)
  const { actionId } = await must(student.api.link(student.key(), { ...credentials, username: 'of-another' }))
  await student.settle(20)
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'failed',
    reason: 'login-limited',
  })

  await bindings.DB.exec('UPDATE login_limits SET open_at = 9e15')
  student.site.alive.clear()
  const wish = student.site.add('YOGA', WEDNESDAY, '18:00', { opensAt: 0 })
  const booked = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.pass(student.clock.time + DAY)
  expect(await must(student.api.action(booked.actionId))).toMatchObject({ status: 'completed' })
})

import { expect, test } from 'vitest'
import { HOUR, MINUTE } from '../../src/platform/time.ts'
import { nextOtp, parseOtpKey } from '../../src/sport/otp.ts'
import type { SiteReason } from '../../src/sport/site/site-model.ts'
import { credentials, must, NOON, TestStudent, TUESDAY } from './student-kit.worker.ts'

/** A site whose single sign-on takes each code of a key once, like the real one. */
async function strict() {
  const student = new TestStudent(NOON)
  const used = new Set<string>()
  const { login } = student.site
  student.site.login = async (given, options) => {
    const parsed = parseOtpKey(given.otpauth)
    if (!parsed.ok) throw new Error(parsed.problem)
    const { period, waitMs } = nextOtp(parsed.key, student.clock.now(), options?.lastOtpPeriod)
    student.clock.time += waitMs
    await options?.usingOtp?.(period)
    const code = `${parsed.key.totp.secret.base32} ${period}`
    if (used.has(code)) student.site.fail('login', 'otp-refused')
    used.add(code)
    return login(given, options)
  }
  await must(student.api.link('first', credentials))
  await student.settle(1)
  return student
}

const SECRET = 'GEZDGNBVGY3TQOJQ'

/* The account that works survives whatever is tried while it is linked anew. */

test.each<[string, Partial<typeof credentials>]>([
  [
    'the address of the same key with an issuer',
    { otpauth: `otpauth://totp/x?secret=${SECRET}&issuer=PoliMi` },
  ],
  ['the bare secret', { otpauth: SECRET }],
  ['the secret in groups, in lower case', { otpauth: 'gezd gnbv gy3t qojq' }],
  [
    'the same with the defaults spelt out',
    { otpauth: `otpauth://totp/?secret=${SECRET}&digits=6&period=30` },
  ],
  ['the same with another password', { password: 'nuova-password-1' }],
])('linked again at once with %s: no code is used twice', async (_, changed) => {
  const student = await strict()
  await must(student.api.link('again', { ...credentials, ...changed }))
  await student.settle(300)
  const [last] = await must(student.api.lastActions(1))
  expect(last).toMatchObject({ kind: 'link', status: 'completed', attempts: 1 })
})

test('a typo in the key, then the old account at once: the old key’s last code is still known', async () => {
  const student = await strict()
  student.site.fail('login', 'bad-credentials')
  await must(student.api.link('typo', { ...credentials, otpauth: 'GEZDGNBVGY3TQOJA' }))
  await student.settle(1)
  student.site.alive.clear()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(200)
  expect(student.site.made).toHaveLength(1)
  expect(student.site.count('login')).toBe(3)
})

test('keys of different periods do not disturb each other', async () => {
  const student = await strict()
  for (const period of [60, 15, 30]) {
    const before = student.clock.time
    await must(
      student.api.link(`l${period}`, {
        ...credentials,
        otpauth: `otpauth://totp/x?secret=${SECRET}&period=${period}`,
      }),
    )
    await student.settle(300)
    const [last] = await must(student.api.lastActions(1))
    expect(last).toMatchObject({ kind: 'link', status: 'completed' })
    expect((last?.completedAt ?? 0) - before).toBeLessThan(3 * MINUTE)
  }
})

test.each<SiteReason>(['site-down', 'sso-down', 'browser-busy', 'markup-changed'])(
  'three refused codes suspend the account, also with “%s” between them',
  async (reason) => {
    const student = await new TestStudent(NOON).link()
    const { site } = student
    const logins = site.logins
    for (let refused = 0; refused < 3; refused++) {
      site.alive.clear()
      student.clock.time += HOUR
      site.fail('login', 'otp-refused')
      site.fail('login', reason)
      // One look each: the retries after a failure would add to the count.
      const { actionId } = await must(student.api.check(student.key()))
      await student.alarm()
      student.clock.time += 40_000
      await student.alarm()
      await student.api.withdraw(student.key(), actionId)
      site.faults.length = 0
    }
    expect(site.logins).toBe(logins)
    expect(await must(student.api.account())).toMatchObject({ state: 'refused', problem: 'otp-refused' })
  },
)

test('a login that works in between starts the count from zero', async () => {
  const student = await new TestStudent(NOON).link()
  const { site } = student
  for (let day = 0; day < 4; day++) {
    site.alive.clear()
    student.clock.time += HOUR
    site.fail('login', 'otp-refused')
    site.fail('login', 'otp-refused')
    await must(student.api.check(student.key()))
    await student.settle(200)
  }
  expect(await must(student.api.account())).toMatchObject({ state: 'linked', problem: null })
})

test.each<SiteReason>(['sso-down', 'browser-busy', 'login-elsewhere', 'markup-changed'])(
  'new credentials that cannot be tried (%s) leave the old account booking',
  async (reason) => {
    const student = await new TestStudent(NOON).link()
    student.site.fail('login', reason, { always: true })
    await must(student.api.link('l', { ...credentials, username: '10711111' }))
    await student.settle(20)
    const wish = student.site.add('YOGA', TUESDAY, '18:00')
    await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
    await student.settle(60)
    expect(student.site.made).toHaveLength(1)
  },
)

test('a pasted session that is dead leaves the old account and its session alone', async () => {
  const student = await new TestStudent(NOON).link()
  await must(student.api.linkSession('s', { id: 'dead' }))
  await student.settle(60)
  expect((await must(student.api.lastActions(1)))[0]).toMatchObject({
    status: 'failed',
    reason: 'session-expired',
  })
  expect(await must(student.api.account())).toMatchObject({ state: 'linked', means: 'credentials' })
  const { logins } = student.site
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(60)
  expect(student.site.made).toHaveLength(1)
  expect(student.site.logins).toBe(logins)
})

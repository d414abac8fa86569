import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextOtp, type OtpKey, otpCode, otpPeriodAt, parseOtpKey, shownCode } from '../../src/sport/otp.ts'

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

function key(text: string): OtpKey {
  const parsed = parseOtpKey(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.key
}

const codeAt = (text: string, seconds: number) => {
  const parsed = key(text)
  return otpCode(parsed, otpPeriodAt(parsed, seconds * 1_000))
}

describe('one-time codes', () => {
  test.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
  ])('follow RFC 6238 at second %i', (seconds, code) => {
    expect(codeAt(`otpauth://totp/x?secret=${SECRET}&digits=8`, seconds)).toBe(code)
  })

  test('keep their leading zeros', () => {
    expect(codeAt(SECRET, 900)).toBe('026920')
  })

  test.each([
    ['SHA256', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA', '46119246'],
    ['SHA-512', `${'GEZDGNBVGY3TQOJQ'.repeat(6)}GEZDGNA`, '90693936'],
  ])('honour the algorithm %s', (algorithm, secret, code) => {
    expect(codeAt(`otpauth://totp/x?secret=${secret}&digits=8&algorithm=${algorithm}`, 59)).toBe(code)
  })

  test('honour the period', () => {
    const slow = key(`otpauth://totp/x?secret=${SECRET}&period=60`)
    expect(otpPeriodAt(slow, 119_999)).toBe(1)
    expect(otpCode(slow, 1)).toBe(codeAt(SECRET, 30))
  })
})

describe('a key', () => {
  test.each([
    ['gezd gnbv gy3t qojq gezd gnbv gy3t qojq'],
    ['GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ'],
    [`  ${SECRET}======\n`],
    [`otpauth://totp/Polimi:10812345?secret=${SECRET.toLowerCase()}&issuer=Polimi`],
    [`otpauth://totp/x?secret=${SECRET}&amp;digits=6&amp;period=30`],
    [`"otpauth://totp/x?secret=${SECRET}&issuer=Polimi"`],
    [`otpauth://totp/x?Secret=${SECRET}&DIGITS=6&algorithm=Algorithm.sha1`],
    [`otpauth://totp/x?secret=${SECRET}&algorithm=HmacSHA1&image=https%3A%2F%2Fx.it%2Fa.png#x`],
    [`secret=${SECRET}`],
    [`secret=${SECRET}&digits=6`],
    [`?issuer=Polimi&secret=${SECRET}`],
    [`OTPAUTH://TOTP/x?secret=${SECRET}%3D%3D&digits=6&period=30&algorithm=sha1`],
  ])('is read as people copy it: %j', (text) => {
    expect(codeAt(text, 900)).toBe('026920')
  })

  test.each([
    ['', 'empty'],
    ['otpauth://hotp/x?secret=ABCD&counter=1', 'counter-based'],
    ['otpauth-migration://offline?data=abc', 'export-code'],
    ['not a secret 189!', 'bad-secret'],
    ['otpauth://totp/x?issuer=Polimi', 'bad-secret'],
    ['otpauth://totp/x?issuer=Polimi&amp;digits=8', 'bad-secret'],
    [`otpauth://steam/x?secret=${SECRET}`, 'bad-setting'],
    [`otpauth://yaotp/x?secret=${SECRET}`, 'bad-setting'],
    [`otpauth://totp/Steam:x?secret=${SECRET}&issuer=Steam`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&encoder=steam`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&t0=30`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&interval=60`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&digits=6&digits=8`, 'bad-setting'],
    [`https://x.it/?secret=${SECRET}&algorithm=sha1`, 'bad-secret'],
    [`otpauth://totp/x?secret=${SECRET}&digits=0`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&digits=5`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&digits=9`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&digits=10`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&algorithm=MD5`, 'bad-setting'],
  ])('that is none says why: %j', (text, problem) => {
    expect(parseOtpKey(text)).toEqual({ ok: false, problem })
  })
})

test('digits and period of an address out of a page’s source are not lost', () => {
  const source = `otpauth://totp/x?secret=${SECRET}&amp;digits=8&amp;period=60`
  expect(codeAt(source, 118)).toBe('94287082')
  expect(shownCode(source, 118_000)).toBe('94287082')
  expect(shownCode('otpauth://steam/x', 0)).toBeNull()
})

test('a code is fresh when it is typed and is never one that was used', () => {
  const anyKey = key(SECRET)
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000_000_000_000 }),
      fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
      (now, used) => {
        const lastUsed = used === undefined ? undefined : otpPeriodAt(anyKey, now) + used
        const { period, waitMs } = nextOtp(anyKey, now, lastUsed)
        const typedAt = now + waitMs
        expect(otpPeriodAt(anyKey, typedAt)).toBe(period)
        expect((period + 1) * 30_000 - typedAt).toBeGreaterThanOrEqual(5_000)
        if (lastUsed !== undefined) expect(period).toBeGreaterThan(lastUsed)
      },
    ),
  )
})

test('a code that a clock far ahead used does not block the key until then', () => {
  const anyKey = key(SECRET)
  const now = 1_800_000_000_000
  for (const ahead of [4 * 30_000, 24 * 3_600_000, 365 * 24 * 3_600_000]) {
    const { waitMs } = nextOtp(anyKey, now, otpPeriodAt(anyKey, now + ahead))
    expect(waitMs).toBeLessThan(30_000)
  }
})

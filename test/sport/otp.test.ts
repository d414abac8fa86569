import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextOtp, type OtpKey, otpCode, otpPeriodAt, parseOtpKey } from '../../src/sport/otp.ts'

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
    [`otpauth://totp/x?secret=${SECRET}&digits=0`, 'bad-setting'],
    [`otpauth://totp/x?secret=${SECRET}&algorithm=MD5`, 'bad-setting'],
  ])('that is none says why: %j', (text, problem) => {
    expect(parseOtpKey(text)).toEqual({ ok: false, problem })
  })
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

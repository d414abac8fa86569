import { Secret, TOTP } from 'otpauth'

/** What is needed to compute a student's one-time codes (RFC 6238). Never logged. */
export interface OtpKey {
  totp: TOTP
}

/** Why a text is not a usable key: what to tell the student. */
export type OtpKeyProblem = 'empty' | 'counter-based' | 'export-code' | 'bad-secret' | 'bad-setting'

export type OtpKeyResult = { ok: true; key: OtpKey } | { ok: false; problem: OtpKeyProblem }

/** With less than this left of its period a code may arrive too late: the next one is waited for. */
const ENOUGH_MS = 5_000

const ALGORITHMS = ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']

const bad = (problem: OtpKeyProblem): OtpKeyResult => ({ ok: false, problem })

function wholeNumber(text: string | null, fallback: number, min: number, max: number): number | null {
  if (text === null || text === '') return fallback
  const value = Number(text)
  return Number.isInteger(value) && value >= min && value <= max ? value : null
}

/**
 * Reads an `otpauth://totp/…` address (secret, algorithm, digits, period) or a bare base32 secret, as people copy
 * them: lower case, with spaces or dashes, without padding. Defaults: SHA1, 6 digits, 30 s.
 */
export function parseOtpKey(text: string): OtpKeyResult {
  const trimmed = text.trim()
  if (trimmed === '') return bad('empty')
  if (/^otpauth-migration:/i.test(trimmed)) return bad('export-code')
  if (/^otpauth:\/\/hotp/i.test(trimmed)) return bad('counter-based')

  let settings = new URLSearchParams()
  let secretText = trimmed
  if (/^otpauth:/i.test(trimmed)) {
    settings = new URLSearchParams(trimmed.slice(trimmed.indexOf('?') + 1))
    secretText = settings.get('secret') ?? ''
  }
  const base32 = secretText.toUpperCase().replace(/[\s=_-]+/g, '')
  if (!/^[A-Z2-7]{2,}$/.test(base32)) return bad('bad-secret')

  const algorithm = (settings.get('algorithm') || 'SHA1').toUpperCase().replace(/[^A-Z0-9]/g, '')
  const digits = wholeNumber(settings.get('digits'), 6, 4, 10)
  const period = wholeNumber(settings.get('period'), 30, 5, 3_600)
  if (!ALGORITHMS.includes(algorithm) || digits === null || period === null) return bad('bad-setting')
  return {
    ok: true,
    key: { totp: new TOTP({ secret: Secret.fromBase32(base32), algorithm, digits, period }) },
  }
}

/** The number of the period that an instant (epoch ms) falls in. */
export const otpPeriodAt = ({ totp }: OtpKey, at: number): number => Math.floor(at / 1_000 / totp.period)

/** The code of a period, as text: leading zeros count. */
export const otpCode = ({ totp }: OtpKey, period: number): string =>
  totp.generate({ timestamp: period * totp.period * 1_000 })

/**
 * Which period's code to use, and how long to wait for it (ms). Never one that was used before, as each code is
 * accepted once, and never one with under 5 s left.
 */
export function nextOtp(key: OtpKey, now: number, lastUsed?: number): { period: number; waitMs: number } {
  const lengthMs = key.totp.period * 1_000
  const current = otpPeriodAt(key, now)
  const leftMs = (current + 1) * lengthMs - now
  const fresh = leftMs < ENOUGH_MS ? current + 1 : current
  const period = lastUsed === undefined ? fresh : Math.max(fresh, lastUsed + 1)
  return { period, waitMs: Math.max(0, period * lengthMs - now) }
}

import { Secret, TOTP } from 'otpauth'
import { trimEndOf } from '../platform/trim-end.ts'

/** What is needed to compute a student's one-time codes (RFC 6238). Never logged. */
export interface OtpKey {
  totp: TOTP
}

/** Why a text is not a usable key. */
export type OtpKeyProblem = 'empty' | 'counter-based' | 'export-code' | 'bad-secret' | 'bad-setting'

export type OtpKeyResult = { ok: true; key: OtpKey } | { ok: false; problem: OtpKeyProblem }

/** With less than this left of its period a code may arrive too late: wait for the next one. */
const ENOUGH_MS = 5_000

/** So many periods may a clock be corrected backwards between two logins; a later last use was by a clock far off. */
const SKEW = 3

/** Parameters of other kinds of codes: unsupported, and ignoring them gives wrong codes. */
const CODE_CHANGING = [
  'encoder',
  'counter',
  't0',
  'epoch',
  'offset',
  'start',
  'step',
  'timestep',
  'interval',
  'hash',
  'pin',
]

const bad = (problem: OtpKeyProblem): OtpKeyResult => ({ ok: false, problem })

function wholeNumber(text: string | undefined, fallback: number, min: number, max: number): number | null {
  if (text === undefined || text === '') return fallback
  const value = Number(text.trim())
  return Number.isInteger(value) && value >= min && value <= max ? value : null
}

/** The parameters by lower-case name; null when one is given twice with different values. */
function parametersOf(query: string): Map<string, string> | null {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    const key = name.trim().toLowerCase()
    if ((parameters.get(key) ?? value) !== value) return null
    parameters.set(key, value)
  }
  return parameters
}

/** `SHA1` out of `sha-1`, `HmacSHA1`, `Algorithm.sha1`; null for what the codes cannot be computed with. */
function readAlgorithm(text: string | undefined): string | null {
  const plain = (text || 'SHA1').toUpperCase().replace(/[^A-Z0-9]/g, '')
  return /^(?:ALGORITHM)?(?:HMAC)?(SHA(?:1|224|256|384|512))$/.exec(plain)?.[1] ?? null
}

/**
 * Reads an `otpauth://totp/…` address (secret, algorithm, digits, period), its parameters alone (`secret=…`), or a bare
 * base32 secret, as people copy them: lower case, with spaces or dashes, without padding, out of a page's source
 * (`&amp;`). Defaults: SHA1, 6 digits, 30 s. Codes have 6 to 8 digits (RFC 4226, 5.3). Rejects other kinds of codes (HOTP, Steam) and unknown parameters that may
 * change the code.
 */
export function parseOtpKey(text: string): OtpKeyResult {
  const trimmed = trimEndOf(text.trim().replace(/^["'`<]+/, ''), '"\'`>').replace(/&amp;/gi, '&')
  if (trimmed === '') return bad('empty')
  const scheme = /^([a-z-]+):/i.exec(trimmed)?.[1]?.toLowerCase()
  if (scheme === 'otpauth-migration') return bad('export-code')
  let query = /^\??(?:[\w-]+=[^&]*&)*secret=/i.test(trimmed) ? trimmed.replace(/^\?/, '') : null
  if (scheme !== undefined) {
    const type = /^otpauth:\/{0,2}([\w-]+)/i.exec(trimmed)?.[1]?.toLowerCase()
    if (type === 'hotp') return bad('counter-based')
    if (scheme !== 'otpauth') return bad('bad-secret')
    if (type !== 'totp') return bad('bad-setting')
    query = trimmed.split('#')[0]?.split('?').slice(1).join('?') ?? ''
  }
  const parameters = parametersOf(query ?? '')
  if (parameters === null || CODE_CHANGING.some((name) => parameters.has(name))) return bad('bad-setting')
  if (/^steam$/i.test(parameters.get('issuer') ?? '')) return bad('bad-setting')

  const secretText = query === null ? trimmed : (parameters.get('secret') ?? '')
  const base32 = trimEndOf(secretText.toUpperCase().replace(/[\s_-]+/g, ''), '=')
  if (!/^[A-Z2-7]{2,}$/.test(base32)) return bad('bad-secret')

  const algorithm = readAlgorithm(parameters.get('algorithm'))
  const digits = wholeNumber(parameters.get('digits'), 6, 6, 8)
  const period = wholeNumber(parameters.get('period'), 30, 5, 3_600)
  if (algorithm === null || digits === null || period === null) return bad('bad-setting')
  return {
    ok: true,
    key: { totp: new TOTP({ secret: Secret.fromBase32(base32), algorithm, digits, period }) },
  }
}

/** The code that an authenticator app shows now (epoch ms) for a key that was accepted; null for none. */
export function shownCode(otpauth: string, now: number): string | null {
  const parsed = parseOtpKey(otpauth)
  return parsed.ok ? otpCode(parsed.key, otpPeriodAt(parsed.key, now)) : null
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
  const period = lastUsed === undefined || lastUsed > fresh + SKEW ? fresh : Math.max(fresh, lastUsed + 1)
  return { period, waitMs: Math.max(0, period * lengthMs - now) }
}

import { trimEndOf } from '../platform/trim-end.ts'
import { type OtpKeyProblem, parseOtpKey } from './otp.ts'

/** Longest user code or password. */
const MAX_FIELD = 200
/** RFC 4226 asks for 128 bits; some issuers use 80. */
const SHORTEST_SECRET = 16

/** True for a possible user code at the Politecnico. */
export const isUsername = (text: string): boolean =>
  text !== '' && text.length <= MAX_FIELD && !/\s/.test(text)

/** True for a possible password: any text, spaces at its ends included. */
export const isPassword = (text: string): boolean => text !== '' && text.length <= MAX_FIELD

/** What is wrong with a one-time-password key as typed: an otpauth:// address, or its secret; null: nothing. */
export function otpKeyProblem(text: string): OtpKeyProblem | null {
  // "Non lo so" is base32 too: no real key is that short.
  if (text !== '' && !/[:=]/.test(trimEndOf(text, '=')) && text.length < SHORTEST_SECRET) return 'bad-secret'
  const parsed = parseOtpKey(text)
  return parsed.ok ? null : parsed.problem
}

import { type OtpKeyProblem, parseOtpKey } from './otp.ts'

/** Nobody's code or password is longer. */
const MAX_FIELD = 200
/** RFC 4226 asks for 128 bits; some give 80. */
const SHORTEST_SECRET = 16

/** True for what can be a person's code at the Politecnico. */
export const isUsername = (text: string): boolean =>
  text !== '' && text.length <= MAX_FIELD && !/\s/.test(text)

/** True for what can be a password: any text, blanks at its ends included. */
export const isPassword = (text: string): boolean => text !== '' && text.length <= MAX_FIELD

/** What is wrong with a one-time-password key as typed: an otpauth:// address, or its secret; null: nothing. */
export function otpKeyProblem(text: string): OtpKeyProblem | null {
  // "Non lo so" is base32 too: no real key is that short.
  if (text !== '' && !/[:=]/.test(text.replace(/=+$/, '')) && text.length < SHORTEST_SECRET)
    return 'bad-secret'
  const parsed = parseOtpKey(text)
  return parsed.ok ? null : parsed.problem
}

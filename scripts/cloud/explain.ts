import { describeError } from '../../src/platform/log.ts'
import { ADVICE } from '../doctor/finding.ts'
import { CloudflareError } from './api.ts'

/** What a command that failed says to the person at the terminal. */
export function explain(error: unknown): string {
  const said = describeError(error).replace(/^\w*Error: /, '')
  const login = error instanceof CloudflareError && error.status !== undefined && error.status < 404
  return login ? `${said}. ${ADVICE['cloudflare-login']}` : said
}

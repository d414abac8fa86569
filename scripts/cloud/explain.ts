import { ADVICE } from '../doctor/finding.ts'
import { CloudflareError } from './api.ts'

/** The message of something thrown, whole, without a bot token that travelled in an address. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/bot\d+:[\w-]+/g, 'bot<token>')
}

/** What a command that failed says to the person at the terminal. */
export function explain(error: unknown): string {
  const said = describeFailure(error)
  const login = error instanceof CloudflareError && (error.status === 401 || error.status === 403)
  return login ? `${said}. ${ADVICE['cloudflare-login']}` : said
}

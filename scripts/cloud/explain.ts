import { ADVICE } from '../doctor/finding.ts'
import { CloudflareError } from './api.ts'

/** The whole message of a thrown value, without a bot token that was part of an address. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/bot\d+:[\w-]+/g, 'bot<token>')
}

/** The message of a failed command for the person at the terminal. */
export function explain(error: unknown): string {
  const said = describeFailure(error)
  const login = error instanceof CloudflareError && (error.status === 401 || error.status === 403)
  return login ? `${said}. ${ADVICE['cloudflare-login']}` : said
}

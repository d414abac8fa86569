import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { binOf } from '../bin.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/**
 * wrangler failed. The message tells the person at the terminal what was tried and what wrangler and Cloudflare
 * answered.
 */
export class WranglerError extends Error {
  override name = 'WranglerError'
  /** True when nobody is logged in. */
  readonly loggedOut: boolean

  constructor(message: string, loggedOut: boolean) {
    super(message)
    this.loggedOut = loggedOut
  }
}

/** Runs wrangler in the project and gives what it printed. */
export type Wrangler = (args: string[]) => Promise<string>

const LOGGED_OUT = /not logged in|not authenticated|necessary to set a CLOUDFLARE_API_TOKEN/i

const HINTS: [pattern: RegExp, hint: string][] = [
  [LOGGED_OUT, 'Log in first: npx wrangler login (or set CLOUDFLARE_API_TOKEN).'],
  [
    /Authentication error|\[code: 10000\]/i,
    'Log in again, or give CLOUDFLARE_API_TOKEN the rights to edit Workers, D1 and Queues.',
  ],
  [/More than one account/i, 'Set CLOUDFLARE_ACCOUNT_ID to the account to use.'],
  [
    /workers\.dev subdomain|\[code: 10063\]/i,
    'Choose a workers.dev subdomain once, in the Cloudflare dashboard under Workers.',
  ],
]

/** Lines that wrangler adds to every error and that do not help here. */
const CHATTER =
  /^(?:If you think this is a bug|Note that there is a newer version|🪵|To continue without logging in)/

/**
 * Everything that wrangler and Cloudflare report about a failure, on one line. @param said wrangler's output and
 * errors, without colours
 */
export function readWranglerError(said: string): string {
  const lines = said.split(/\r?\n/).map((line) => line.trim())
  const parts: string[] = []
  let inError = false
  for (const line of lines) {
    const [, title] = /\[ERROR\]\s*(.*)/.exec(line) ?? []
    if (title !== undefined) {
      inError = true
      if (title) parts.push(title)
    } else if (/\[(?:WARNING|INFO)\]/.test(line) || CHATTER.test(line)) inError = false
    else if (inError && line) parts.push(line.replace(/^- /, 'because: '))
  }
  if (parts.length === 0) {
    // Node prints a crash with its stack and version last.
    const crash = lines.find((line) => /^\w*(?:Error|Exception)\b.{0,200}:/.test(line))
    return crash ?? lines.filter(Boolean).at(-1) ?? 'it said nothing'
  }
  return parts.join(' ')
}

/**
 * Runs the project's wrangler with the environment's credentials.
 * @param env the environment (CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_BASE_URL …)
 */
export function createWrangler(env: NodeJS.ProcessEnv = process.env): Wrangler {
  return (args) =>
    new Promise((fulfil, reject) => {
      const child = spawn(process.execPath, [binOf('wrangler'), ...args], {
        cwd: ROOT,
        env: { ...env, WRANGLER_LOG: 'log', WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let out = ''
      let err = ''
      child.stdout.on('data', (chunk) => {
        out += chunk
      })
      child.stderr.on('data', (chunk) => {
        err += chunk
      })
      child.on('error', reject)
      child.on('close', (code, signal) => {
        if (code === 0) return fulfil(stripVTControlCharacters(out))
        const said = readWranglerError(stripVTControlCharacters(`${out}\n${err}`))
        const reason = signal ? `it was ended by ${signal}; last it said: ${said}` : said
        const hint = HINTS.find(([pattern]) => pattern.test(reason))?.[1] ?? ''
        const what = `wrangler ${args.slice(0, 3).join(' ')}`
        reject(new WranglerError(`${what}: ${reason} ${hint}`.trim(), LOGGED_OUT.test(reason)))
      })
    })
}

import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const ROOT = resolve(import.meta.dirname, '../..')

/** wrangler said no. The message is for the person at the terminal: what was tried, what wrangler answered. */
export class WranglerError extends Error {
  override name = 'WranglerError'
}

/** Runs wrangler in the project and gives what it printed. */
export type Wrangler = (args: string[]) => Promise<string>

const HINTS: [pattern: RegExp, hint: string][] = [
  [
    /not authenticated|CLOUDFLARE_API_TOKEN|Authentication error/i,
    'Log in first: npx wrangler login (or set CLOUDFLARE_API_TOKEN).',
  ],
  [/More than one account/i, 'Set CLOUDFLARE_ACCOUNT_ID to the account to use.'],
  [
    /workers\.dev subdomain/i,
    'Choose a workers.dev subdomain once, in the Cloudflare dashboard under Workers.',
  ],
]

/**
 * Runs the project's wrangler with the environment's credentials.
 * @param env the environment (CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_BASE_URL …)
 */
export function createWrangler(env: NodeJS.ProcessEnv = process.env): Wrangler {
  return (args) =>
    new Promise((fulfil, reject) => {
      const child = spawn('wrangler', args, {
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
      child.on('close', (code) => {
        if (code === 0) return fulfil(stripVTControlCharacters(out))
        const said = stripVTControlCharacters(`${err}\n${out}`)
        const reason = /ERROR\W+(.+)/.exec(said)?.[1] ?? said.trim().split('\n').at(-1) ?? 'no answer'
        const hint = HINTS.find(([pattern]) => pattern.test(said))?.[1] ?? ''
        reject(new WranglerError(`wrangler ${args.slice(0, 3).join(' ')}: ${reason} ${hint}`.trim()))
      })
    })
}

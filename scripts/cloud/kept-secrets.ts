import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { SecretName, Secrets } from './cloudflare.ts'

/** Where setup keeps what it set, beside the clone: Cloudflare shows a secret to nobody. Never committed, mode 600. */
export const KEPT_FILE = '.sportello.secrets'

const ROOT = resolve(import.meta.dirname, '../..')
const NAMES: readonly SecretName[] = ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_WEBHOOK_SECRET', 'ENCRYPTION_KEY']

const keysOf = (list: string) => list.split(',').map((key) => key.trim())

/**
 * The secrets that are known here: the environment's, else those that an earlier setup kept.
 * @throws Error when the environment's ENCRYPTION_KEY leaves the kept one out, as nothing sealed could be read then
 */
export function readKnownSecrets(env: NodeJS.ProcessEnv, root = ROOT): Secrets {
  const file = join(root, KEPT_FILE)
  const kept = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  const { ENCRYPTION_KEY: given } = env
  const [newest = ''] = keysOf(kept.ENCRYPTION_KEY ?? '')
  if (given && newest && !keysOf(given).includes(newest)) {
    throw new Error(
      `ENCRYPTION_KEY lacks the key in ${KEPT_FILE}, without which nothing sealed can be read: give NEW,OLD (see docs/keys.md).`,
    )
  }
  const entries = NAMES.map((name) => [name, env[name] || kept[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value))
}

/** The key list with a new key in front, for a rotation: it encrypts, all of them decrypt. */
export const withNewKey = (list: string, made: string): string => [made, ...keysOf(list)].join(',')

/** The key list without the old ones, once everything is sealed with the newest. */
export const newestKey = (list: string): string => keysOf(list)[0] ?? ''

/** Keeps the secrets for the next setup, the doctor, and a rotation, which needs the key before. */
export function keepSecrets(secrets: Secrets, root = ROOT): void {
  const lines = NAMES.flatMap((name) => (secrets[name] ? [`${name}=${secrets[name]}`] : []))
  const head = '# The secrets of this installation. Keep a copy in a safe place: nobody can read them back.\n'
  writeFileSync(join(root, KEPT_FILE), `${head}${lines.join('\n')}\n`, { mode: 0o600 })
}

import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { takeFromOthers } from '../owner-only.ts'
import { readText } from '../text.ts'
import { SECRET_NAMES, type Secrets } from '../worker-secrets.ts'

/** Where setup keeps the secrets that it set, beside the clone: Cloudflare shows them to nobody. Never committed. */
export const KEPT_FILE = '.sportello.secrets'

const ROOT = resolve(import.meta.dirname, '../..')

/** Values that stand as they are after `NAME=`; all others are written as a JSON string. */
const PLAIN = /^[\w:,.+/=@-]+$/

const keysOf = (list: string) => list.split(',').map((key) => key.trim())

/** The secrets as text, a line each: `NAME=value`, or `NAME="value"` as JSON when it holds anything unusual. */
export function writeSecrets(secrets: Secrets): string {
  const lines = SECRET_NAMES.flatMap((name) => {
    const value = secrets[name]
    if (!value) return []
    return [`${name}=${PLAIN.test(value) ? value : JSON.stringify(value)}`]
  })
  const head = '# The secrets of this installation. Keep a copy in a safe place: nobody can read them back.'
  return `${[head, ...lines].join('\n')}\n`
}

/** A value as it is written after `NAME=`: a JSON string, or everything up to the end of the line. */
function readValue(written: string): string {
  const text = written.trim()
  if (!text.startsWith('"')) return text
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'string') return value
  } catch {
    // Typed by hand, or written by an earlier version: the quotation mark is part of the value.
  }
  return text
}

/** Reads what `writeSecrets` wrote, and lines typed by hand. A value may contain `#`: no comment can follow it. */
export function readSecrets(text: string): Secrets {
  const secrets: Secrets = {}
  for (const line of text.split('\n')) {
    const [, name, written = ''] = /^\s*(?:export\s+)?(\w+)\s*=(.*)$/s.exec(line) ?? []
    const known = SECRET_NAMES.find((each) => each === name)
    const value = readValue(written)
    if (known && value) secrets[known] = value
  }
  return secrets
}

/**
 * The secrets that are known here: the environment's, else those that an earlier setup kept. If other users of the machine
 * can read the file, it is restricted to its owner.
 * @throws Error when the environment's ENCRYPTION_KEY leaves the kept one out, as nothing sealed could be read then
 */
export function readKnownSecrets(
  env: NodeJS.ProcessEnv,
  root = ROOT,
  warn: (line: string) => void = console.warn,
): Secrets {
  const file = join(root, KEPT_FILE)
  takeFromOthers(file, warn)
  const kept = existsSync(file) ? readSecrets(readText(file)) : {}
  const { ENCRYPTION_KEY: given } = env
  const [newest = ''] = keysOf(kept.ENCRYPTION_KEY ?? '')
  if (given && newest && !keysOf(given).includes(newest)) {
    throw new Error(
      `ENCRYPTION_KEY lacks the key in ${KEPT_FILE}, without which nothing sealed can be read: give NEW,OLD (see docs/keys.md).`,
    )
  }
  const entries = SECRET_NAMES.map((name) => [name, env[name] || kept[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value))
}

/** The key list with a new key in front, for a rotation: it encrypts, all of them decrypt. */
export const withNewKey = (list: string, made: string): string => [made, ...keysOf(list)].join(',')

/** The key list without the old ones, once everything is sealed with the newest. */
export const newestKey = (list: string): string => keysOf(list)[0] ?? ''

/** Keeps the secrets for the next setup, the doctor, and a rotation, which needs the key before. Only the owner may read them. */
export function keepSecrets(secrets: Secrets, root = ROOT): void {
  const file = join(root, KEPT_FILE)
  writeFileSync(file, writeSecrets(secrets), { mode: 0o600 })
  // The mode above counts for a new file only.
  if (process.platform !== 'win32') chmodSync(file, 0o600)
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { takeFromOthers } from '../owner-only.ts'
import { readText } from '../text.ts'
import { makeSecret, SECRET_NAMES, type SecretName } from '../worker-secrets.ts'
import type { Variables } from './runtime.ts'

/** Variables of the Workers that the person who starts them may set; see docs and wrangler.toml. */
const HONOURED = [
  ...SECRET_NAMES,
  'TELEGRAM_API_ROOT',
  'PORTAL_ORIGIN',
  'PORTAL_RELAY',
  'SPORTRICK_BASE',
  'POLL_INTERVAL_SECONDS',
  'ADAPTIVE_POLLING',
  'SECOND_READING_PERCENT',
  'SEND_RATE_PER_SECOND',
  'SENDERS',
  'PUSH_HOSTS',
  'ADMIN_IDS',
  'SPORT_USER_IDS',
  'PUBLIC_URL',
] as const

/** What a local run was asked to do. */
export interface LocalSettings {
  /** Only what was set; the rest is decided by the runner. */
  variables: Variables
  /** Port that the edge Worker should listen on; 0 takes a free one. */
  port: number
  /** The port was asked for: when it is taken, no other one is. */
  portIsSet: boolean
  stateDir: string
}

/** A setting is wrong. The message says which and what it should be. */
export class LocalSettingError extends Error {
  override name = 'LocalSettingError'
}

function portOf(text: string | undefined): number {
  const port = Number(text || 8787)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LocalSettingError(`PORT should be a whole number from 0 to 65535, not "${text}".`)
  }
  return port
}

/**
 * Reads the environment of a local run. Empty variables count as not set. Takes the file of secrets away from other users of
 * the machine when they could read it.
 * @param secretsFile `.dev.vars`, when its secrets should be used too (the environment wins)
 * @throws LocalSettingError
 */
export function readLocalSettings(
  env: NodeJS.ProcessEnv,
  secretsFile?: string,
  warn?: (line: string) => void,
): LocalSettings {
  if (secretsFile) takeFromOthers(secretsFile, warn)
  const stored = secretsFile && existsSync(secretsFile) ? parseEnv(readText(secretsFile)) : {}
  const variables: Variables = {}
  for (const name of HONOURED) {
    const value = env[name] || stored[name]
    if (value) variables[name] = value
  }
  return {
    variables,
    port: portOf(env.PORT),
    portIsSet: Boolean(env.PORT),
    stateDir: resolve(env.STATE_DIR || '.wrangler/state'),
  }
}

/** The files of the kept secrets. */
const FILES: Partial<Record<SecretName, string>> = {
  TELEGRAM_WEBHOOK_SECRET: 'webhook',
  ENCRYPTION_KEY: 'encryption',
  VAPID_KEYS: 'web-push',
}

/**
 * A secret of this state folder: made on first use and kept beside the state that it encrypts (mode 600), so that
 * a restart reads what the last run wrote.
 */
export function keptSecret(stateDir: string, secret: SecretName): string {
  const file = join(stateDir, `${FILES[secret]}.secret`)
  if (!existsSync(file)) {
    mkdirSync(stateDir, { recursive: true })
    writeFileSync(file, makeSecret(secret), { mode: 0o600 })
  }
  return readFileSync(file, 'utf8').trim()
}

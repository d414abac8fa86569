import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { WorkerName } from './local/bundle.ts'

const secrets = {
  edge: ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_WEBHOOK_SECRET', 'ENCRYPTION_KEY'],
  dispatcher: ['TELEGRAM_BOT_TOKEN'],
  booking: ['ENCRYPTION_KEY'],
} as const satisfies Record<WorkerName, readonly string[]>

const optional = {
  edge: ['VAPID_KEYS'],
  dispatcher: ['VAPID_KEYS'],
  booking: [],
} as const satisfies Record<WorkerName, readonly string[]>

export type SecretName = (typeof secrets)[WorkerName][number] | (typeof optional)[WorkerName][number]
/** Which secrets each Worker needs; a test compares them with the wrangler files. */
export const SECRETS: Record<WorkerName, readonly SecretName[]> = secrets
/** The secrets that a Worker works without, with a feature switched off: setup makes them all the same. */
export const OPTIONAL_SECRETS: Record<WorkerName, readonly SecretName[]> = optional
/** All secrets that setup gives a Worker. */
export const secretsFor = (worker: WorkerName): readonly SecretName[] => [
  ...SECRETS[worker],
  ...OPTIONAL_SECRETS[worker],
]
export type Secrets = Partial<Record<SecretName, string>>

/** Every secret, in the order in which files name them. */
export const SECRET_NAMES: readonly SecretName[] = [
  ...new Set([...Object.values(SECRETS), ...Object.values(OPTIONAL_SECRETS)].flat()),
]

/** A key pair for Web Push as the Workers read it: `public.private`, the curve's point and its number in base64url. */
function makeKeyPair(): string {
  const {
    x = '',
    y = '',
    d = '',
  } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  })
  const point = Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return `${point.toString('base64url')}.${d}`
}

/** Makes the value of a secret that nobody has to choose. */
export const makeSecret = (name: SecretName): string =>
  name === 'VAPID_KEYS' ? makeKeyPair() : randomBytes(32).toString('base64url')

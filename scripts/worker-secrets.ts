import type { WorkerName } from './local/bundle.ts'

const secrets = {
  edge: ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_WEBHOOK_SECRET', 'ENCRYPTION_KEY'],
  dispatcher: ['TELEGRAM_BOT_TOKEN'],
  booking: ['ENCRYPTION_KEY'],
} as const satisfies Record<WorkerName, readonly string[]>

export type SecretName = (typeof secrets)[WorkerName][number]
/** Which secrets each Worker needs; a test compares them with the wrangler files. */
export const SECRETS: Record<WorkerName, readonly SecretName[]> = secrets
export type Secrets = Partial<Record<SecretName, string>>

/** Every secret, in the order in which files name them. */
export const SECRET_NAMES: readonly SecretName[] = [...new Set(Object.values(SECRETS).flat())]

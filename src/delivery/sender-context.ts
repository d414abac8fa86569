import type { Database } from '../db/database.ts'
import type { InvocationBudget } from '../platform/budget.ts'
import type { Clock } from '../platform/time.ts'
import type { Renderers } from './renderer.ts'
import type { TelegramSender } from './telegram-sender.ts'

/** What the sender works with. */
export interface SenderContext {
  db: Database
  /** Who calls Telegram: at least one. The first is the running invocation. */
  senders: readonly TelegramSender[]
  clock: Clock
  /** What this invocation may use; its database counts the queries. */
  budget: InvocationBudget
  renderers: Renderers
  /** Messages a second to start from, while nothing is learned. */
  configuredRate: number
  /** Nudges a sender again after `delaySeconds`. */
  nudge(delaySeconds: number): Promise<void>
  /** Uniform in [0, 1). */
  random(): number
}

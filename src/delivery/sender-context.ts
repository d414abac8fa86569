import type { Database } from '../db/database.ts'
import type { InvocationBudget } from '../platform/budget.ts'
import type { Clock } from '../platform/time.ts'
import type { Channel } from './channels/channel.ts'
import type { Renderers } from './renderer.ts'

/** What the sender works with. */
export interface SenderContext {
  db: Database
  /** At least one. Each sends at its own pace. */
  channels: readonly Channel[]
  clock: Clock
  /** What this invocation may use; its database counts the queries. */
  budget: InvocationBudget
  renderers: Renderers
  /** Nudges a sender again after `delaySeconds`. */
  nudge(delaySeconds: number): Promise<void>
  /** Uniform in [0, 1). */
  random(): number
}

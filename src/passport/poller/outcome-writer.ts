import { transact } from '../../db/database.ts'
import { describeError, log } from '../../platform/log.ts'
import { SECOND } from '../../platform/time.ts'
import { type Claim, LEASE } from './claims.ts'
import { type CommitResult, commitOutcomes, isQuiet, type Outcome, settleReadings } from './commit.ts'
import { nudgeAlerts, nudgeSender, type PollerContext } from './poller-context.ts'
import { leaseRenewal } from './readings.ts'
import { commitPace } from './tick-budget.ts'

/** How often the leases of what is still being read are renewed, ms. */
const RENEW_EVERY = 15 * SECOND
/** An outcome without changes waits about this long for the round's others, ms. */
const QUIET_PATIENCE = 10 * SECOND

interface Waiting {
  outcome: Outcome
  resolve: (held: boolean) => void
  reject: (error: unknown) => void
}

/**
 * Writes the outcomes of rounds. Changes are written at once, together with all other outcomes that are ready; outcomes
 * without changes are collected and written as one row. One writer serves all rounds of an invocation.
 */
export class OutcomeWriter {
  readonly #ctx: PollerContext
  readonly #pace = commitPace()
  /** The provinces that this invocation is reading. */
  readonly #held = new Set<Claim>()
  #waiting: Waiting[] = []
  #isCommitting = false
  #quiet: Outcome[] = []
  #quietSince = 0
  #renewedAt: number
  /** When the first province released since the last look is due again, epoch ms. */
  nextDueAt = Number.POSITIVE_INFINITY

  constructor(ctx: PollerContext) {
    this.#ctx = ctx
    this.#renewedAt = ctx.clock.now()
  }

  /** Renews a claim's lease until its outcome is written. */
  hold(claim: Claim): void {
    this.#held.add(claim)
  }

  /**
   * Writes an outcome, or keeps it for the next `flush` when it changes nothing.
   * @returns false when the lease was lost, so that nothing was written
   * @throws what the database throws when it is out of reach
   */
  async write(outcome: Outcome): Promise<boolean> {
    this.nextDueAt = Math.min(this.nextDueAt, outcome.verdict?.dueAt ?? Number.POSITIVE_INFINITY)
    if (!isQuiet(outcome)) return this.#commit(outcome)
    if (this.#quiet.length === 0) this.#quietSince = this.#ctx.clock.now()
    this.#quiet.push(outcome)
    return true
  }

  /** Renews leases and writes kept outcomes when due: call it after each request. */
  async keepUp(): Promise<void> {
    const now = this.#ctx.clock.now()
    const waited = this.#quiet.length > 0 && now - this.#quietSince >= QUIET_PATIENCE
    if (waited || now - this.#renewedAt >= RENEW_EVERY) await this.flush()
  }

  /**
   * Writes all kept outcomes, and renews the leases of provinces still being read. After a failure the next call
   * repeats it.
   */
  async flush(): Promise<void> {
    const { db, clock } = this.#ctx
    const now = clock.now()
    const outcomes = this.#quiet.splice(0)
    for (const { claim } of outcomes) this.#held.delete(claim)
    const renew = this.#held.size > 0 && now - this.#renewedAt >= RENEW_EVERY
    if (renew) this.#renewedAt = now
    try {
      await transact(db, [
        ...(outcomes.length > 0 ? [settleReadings(outcomes, now)] : []),
        ...(renew ? [leaseRenewal([...this.#held], now + LEASE, now)] : []),
      ])
    } catch (error) {
      log('warn', 'readings-not-saved', { provinces: outcomes.length, error: describeError(error) })
      this.#quiet.push(...outcomes)
    }
  }

  #commit(outcome: Outcome): Promise<boolean> {
    const result = new Promise<boolean>((resolve, reject) => {
      this.#waiting.push({ outcome, resolve, reject })
    })
    if (!this.#isCommitting) void this.#commitAll()
    return result
  }

  /** Commits one after the other, each with everything that is ready when it begins. */
  async #commitAll(): Promise<void> {
    const { clock } = this.#ctx
    this.#isCommitting = true
    while (this.#waiting.length > 0) {
      const delay = this.#pace.delay(clock.now())
      if (delay > 0) await clock.sleep(delay)
      const group = this.#waiting.splice(0)
      const failed = await this.#commitGroup(group, group.length > 1)
      for (const one of failed) await this.#commitGroup([one], false)
    }
    // In the same step as the last look at what waits: an outcome that came in between would wait for ever.
    this.#isCommitting = false
  }

  /** @returns the outcomes to retry one by one, so that one province's failure does not affect the others */
  async #commitGroup(group: readonly Waiting[], again: boolean): Promise<readonly Waiting[]> {
    const { db, clock } = this.#ctx
    const outcomes = group.map(({ outcome }) => outcome)
    try {
      const result = await commitOutcomes(db, outcomes, clock.now())
      this.#pace.add(result.statements, clock.now())
      for (const { claim } of outcomes) this.#held.delete(claim)
      void this.#nudge(outcomes, result).then(() => {
        for (const { outcome, resolve } of group) resolve(result.held.has(outcome.claim.code))
      })
      return []
    } catch (error) {
      if (again) return group
      for (const { reject } of group) reject(error)
      return []
    }
  }

  /** Never rejects: the nudges log their failures. */
  async #nudge(outcomes: readonly Outcome[], { alerts }: CommitResult): Promise<void> {
    await nudgeAlerts(this.#ctx, alerts)
    const warned = outcomes.find(({ warnings }) => warnings.length > 0)
    if (warned) await nudgeSender(this.#ctx, warned.claim.token)
  }
}

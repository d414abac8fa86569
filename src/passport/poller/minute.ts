import { transact } from '../../db/client.ts'
import { describeError, log } from '../../platform/log.ts'
import { MINUTE, SECOND } from '../../platform/time.ts'
import { watchBlindness } from './blindness.ts'
import { enrolFollowed, nextDueAt } from './claims.ts'
import type { PollerContext } from './context.ts'
import { markTick } from './heartbeat.ts'
import { runRound } from './round.ts'

/** A tick outlasts its minute a little, since the next one may start late. Leases keep the two apart. */
const TICK = MINUTE + 5 * SECOND
/** The shortest pause between two looks at what is due, ms. */
const SHORTEST_PAUSE = 100

/** Runs a step of the tick; a failure (the store is down) is logged and the tick goes on. */
async function survive<Value>(step: string, work: () => Promise<Value>): Promise<Value | null> {
  try {
    return await work()
  } catch (error) {
    log('error', 'poller-step-failed', { step, error: describeError(error) })
    return null
  }
}

/** When to look again, epoch ms: when the next province is due, and at least once an interval, for new followers. */
async function nextLook(ctx: PollerContext): Promise<number> {
  const due = await survive('next-due', () => nextDueAt(ctx.db))
  const now = ctx.clock.now()
  return Math.max(Math.min(due ?? Number.POSITIVE_INFINITY, now + ctx.interval), now + SHORTEST_PAUSE)
}

/**
 * One tick of the cron: rounds whenever something is due, for about a minute. A round is not waited for, since a slow
 * province must not delay the others' next reading; what it holds it holds alone. Ticks may overlap too. Never throws.
 */
export async function pollMinute(ctx: PollerContext): Promise<void> {
  const { db, clock } = ctx
  const startedAt = clock.now()
  const end = startedAt + TICK
  const running = new Set<Promise<void>>()
  const begin = (after?: () => Promise<unknown>) => {
    const round = survive('round', () => runRound(ctx)).then(async () => {
      await after?.()
      running.delete(round)
    })
    running.add(round)
  }
  await survive('tick', () => transact(db, [markTick(startedAt), enrolFollowed(startedAt)]))
  begin(() => survive('blindness', () => watchBlindness(ctx)))
  for (;;) {
    const next = Math.min(await nextLook(ctx), end)
    if (next === end && running.size === 0) return
    // A round that ends changes what is due next.
    await Promise.race([clock.sleep(next - clock.now()), ...running])
    if (clock.now() >= end) break
    if (clock.now() >= next) begin()
  }
  await Promise.all(running)
}

/**
 * Reads a province at once because its first follower came, which made it due. Does nothing when nobody follows it, when
 * it is not due, or while a round is reading it. Never throws.
 * @param province two-letter code
 */
export async function pollNow(ctx: PollerContext, province: string): Promise<void> {
  await survive('tick', () => transact(ctx.db, [enrolFollowed(ctx.clock.now())]))
  await survive('round', () => runRound(ctx, province))
}

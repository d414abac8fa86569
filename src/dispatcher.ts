import { Api } from 'grammy'
import { connect } from './db/client.ts'
import { saveTally } from './db/metrics.ts'
import { tally } from './db/tally.ts'
import { consume } from './delivery/consume.ts'
import { sendDue } from './delivery/sender.ts'
import { sweep } from './delivery/sweep.ts'
import { watch } from './ops/watch.ts'
import { mergeHeld } from './passport/digest.ts'
import { fanOut } from './passport/fanout.ts'
import { passportRenderers } from './passport/renderers.ts'
import type { DispatcherEnv } from './platform/bindings.d.ts'
import { readConfig } from './platform/config.ts'
import { SECOND, shiftedClock } from './platform/time.ts'

/** How long a fan-out lets others go first after each of its pages. */
const YIELD_MS = 5

/** What both handlers work with, from the Worker's environment. */
function wire(env: DispatcherEnv) {
  const config = readConfig(env, [
    'TELEGRAM_API_ROOT',
    'TELEGRAM_BOT_TOKEN',
    'PORTAL_ORIGIN',
    'SEND_RATE_PER_SECOND',
    'ADMIN_IDS',
    'CLOCK_SHIFT_SECONDS',
  ])
  const db = connect(env.DB)
  const clock = shiftedClock(config.CLOCK_SHIFT_SECONDS * SECOND)
  const nudge = (trace: string, delaySeconds = 0) =>
    env.OUTBOUND.send({ version: 1, trace }, { delaySeconds }).then(() => undefined)
  /** The sender gets its turn before more is owed: a long fan-out would keep a busy runtime from calling it. */
  const nudgeAndYield = async (trace: string) => {
    await nudge(trace)
    await clock.sleep(YIELD_MS)
  }
  return {
    db,
    clock,
    adminIds: config.ADMIN_IDS,
    nudge,
    send: () =>
      sendDue({
        db,
        clock,
        api: new Api(config.TELEGRAM_BOT_TOKEN, { apiRoot: config.TELEGRAM_API_ROOT, timeoutSeconds: 10 }),
        renderers: passportRenderers(db, config.PORTAL_ORIGIN),
        configuredRate: config.SEND_RATE_PER_SECOND,
        nudge: (delaySeconds) => nudge('sender', delaySeconds),
        random: Math.random,
      }),
    handOn: (alertId: string) => fanOut({ db, now: () => clock.now(), nudge: nudgeAndYield }, alertId),
  }
}

export default {
  async queue(batch, env) {
    const { db, clock, send, handOn } = wire(env)
    await consume(batch, { db, now: () => clock.now(), send, handOn })
    tally.add('batch', 1, batch.messages.length)
    await saveTally(db, clock.now())
  },
  async scheduled(_controller, env) {
    const { db, clock, adminIds, nudge } = wire(env)
    const now = clock.now()
    await sweep({
      db,
      now,
      mergeHeld,
      nudge,
      nudgeAlerts: (nudges) =>
        env.AVAILABILITY.sendBatch(nudges.map((body) => ({ body }))).then(() => undefined),
    })
    await watch({ db, adminIds, now, nudge })
    tally.add('cron', 1, clock.now() - now)
    await saveTally(db, clock.now())
  },
} satisfies ExportedHandler<DispatcherEnv>

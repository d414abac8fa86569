import { Api } from 'grammy'
import type { DispatcherEnv } from './bindings.d.ts'
import { connect, type Database } from './db/database.ts'
import { saveTally } from './db/metrics.ts'
import { tally } from './db/tally.ts'
import type { Channel, Sender } from './delivery/channels/channel.ts'
import {
  type NewFieldsMemory,
  newFieldsFallback,
  storedMemory,
} from './delivery/channels/telegram/new-fields.ts'
import { CALL_TIMEOUT_S, senderObjects } from './delivery/channels/telegram/sender-object.ts'
import { telegramChannel } from './delivery/channels/telegram/telegram-channel.ts'
import { telegramSender } from './delivery/channels/telegram/telegram-sender.ts'
import { webPushChannel } from './delivery/channels/web-push/web-push-channel.ts'
import { consume } from './delivery/consume.ts'
import type { AvailabilityNudge, OutboundNudge } from './delivery/outbox.ts'
import { sendDue } from './delivery/sender.ts'
import { sweep } from './delivery/sweep.ts'
import { watch } from './ops/watch.ts'
import { passportRenderers } from './passport/alerts/alert-renderers.ts'
import { mergeHeld } from './passport/alerts/digest.ts'
import { fanOut } from './passport/alerts/fanout.ts'
import { tellAlternatives } from './passport/follow/dry-provinces.ts'
import { notifyExpiredFilters } from './passport/follow/expired-filters.ts'
import { remindOwners } from './passport/sessions/session-ends.ts'
import { runSteps } from './platform/attempt.ts'
import { InvocationBudget, PAID_PLAN } from './platform/budget.ts'
import { readConfig, type Settings } from './platform/config.ts'
import { traceId } from './platform/id.ts'
import { describeError, log } from './platform/log.ts'
import { telegramClient } from './platform/telegram-client.ts'
import { SECOND, shiftedClock } from './platform/time.ts'

/** The senders of a run: this invocation and, when there are more, an object for each of the others. */
function sendersOf(
  { SENDER }: Partial<DispatcherEnv>,
  {
    TELEGRAM_BOT_TOKEN,
    TELEGRAM_API_ROOT,
    SENDERS,
  }: Pick<Settings, 'TELEGRAM_BOT_TOKEN' | 'TELEGRAM_API_ROOT' | 'SENDERS'>,
  memory: NewFieldsMemory,
): Sender[] {
  const api = new Api(TELEGRAM_BOT_TOKEN, telegramClient(TELEGRAM_API_ROOT, CALL_TIMEOUT_S))
  api.config.use(newFieldsFallback(memory))
  if (SENDERS === 1) return [telegramSender(api)]
  if (!SENDER) {
    // Deployed from a wrangler file without the objects.
    log('warn', 'senders-missing', { senders: SENDERS })
    return [telegramSender(api, true)]
  }
  return [telegramSender(api, true), ...senderObjects(SENDER, SENDERS)]
}

/** Web Push, when the operator made its key. */
function pushChannels(
  db: Database,
  {
    VAPID_KEYS: keys,
    PUSH_HOSTS: hosts,
    PUBLIC_URL,
  }: Pick<Settings, 'VAPID_KEYS' | 'PUSH_HOSTS' | 'PUBLIC_URL'>,
  now: () => number,
): Channel[] {
  const subject = PUBLIC_URL ?? 'https://sportello.invalid'
  return keys ? [webPushChannel({ db, keys, hosts, subject, now })] : []
}

/** How long a fan-out lets the sender go first after each of its pages, ms. */
const YIELD_MS = 5

/** What both handlers work with, from the Worker's environment. */
function wire(env: DispatcherEnv) {
  const config = readConfig(env, [
    'TELEGRAM_API_ROOT',
    'TELEGRAM_BOT_TOKEN',
    'PORTAL_ORIGIN',
    'PUBLIC_URL',
    'SEND_RATE_PER_SECOND',
    'SENDERS',
    'PUSH_HOSTS',
    'VAPID_KEYS',
    'PUBLIC_URL',
    'ADMIN_IDS',
    'CLOCK_SHIFT_SECONDS',
  ])
  const clock = shiftedClock(config.CLOCK_SHIFT_SECONDS * SECOND)
  const budget = new InvocationBudget(PAID_PLAN, clock.now())
  const db = connect(budget.count(env.DB))
  const nudge = async (trace: string, delaySeconds = 0) => {
    budget.use({ subrequests: 1 })
    await env.OUTBOUND.send({ version: 1, trace } satisfies OutboundNudge, { delaySeconds })
  }
  const nudgeAlerts = async (nudges: readonly AvailabilityNudge[]) => {
    budget.use({ subrequests: 1 })
    await env.AVAILABILITY.sendBatch(nudges.map((body) => ({ body })))
  }
  /** Lets the sender start before the fan-out goes on: a busy runtime would not call it otherwise. */
  const nudgeAndYield = async (trace: string) => {
    await nudge(trace)
    await clock.sleep(YIELD_MS)
  }
  return {
    db,
    clock,
    adminIds: config.ADMIN_IDS,
    nudge,
    nudgeAlerts,
    send: () =>
      sendDue({
        db,
        clock,
        budget,
        // What has few calls goes first: the other one leaves it no connection.
        channels: [
          ...pushChannels(db, config, () => clock.now()),
          telegramChannel(
            sendersOf(
              env,
              config,
              storedMemory(db, () => clock.now()),
            ),
            config.SEND_RATE_PER_SECOND,
          ),
        ],
        renderers: passportRenderers(db, config.PORTAL_ORIGIN, config.PUBLIC_URL),
        nudge: (delaySeconds) => nudge('sender', delaySeconds),
        random: Math.random,
      }),
    fanOut: (alertId: string) =>
      fanOut({ db, budget, now: () => clock.now(), nudge: nudgeAndYield }, alertId),
  }
}

export { Sender } from './delivery/channels/telegram/sender-object.ts'

export default {
  async queue(batch, env) {
    const { db, clock, send, fanOut, nudgeAlerts } = wire(env)
    await consume(batch, { db, now: () => clock.now(), send, fanOut, nudgeAlerts })
    tally.add('batch', 1, batch.messages.length)
    await saveTally(db, clock.now())
  },
  async scheduled(_controller, env) {
    const { db, clock, adminIds, nudge, nudgeAlerts, send } = wire(env)
    const now = clock.now()
    let queueDown = false
    const nudgeOrNote = async (trace: string) => {
      await nudge(trace).catch((error: unknown) => {
        queueDown = true
        log('warn', 'nudge-failed', { trace, error: describeError(error) })
      })
    }
    try {
      await runSteps({
        // Before the sweep, which nudges the sender.
        filters: () => notifyExpiredFilters(db, traceId(), now),
        alternatives: () => tellAlternatives(db, traceId(), now),
        sessions: () => remindOwners(db, traceId(), now),
        ...sweep({ db, now, mergeHeld, nudge: nudgeOrNote, nudgeAlerts }),
        watch: () => watch({ db, adminIds, now, nudge: nudgeOrNote }),
        // Without the queue nobody would call the sender.
        send: async () => queueDown && (await send()),
      })
    } finally {
      tally.add('cron', 1, clock.now() - now)
      await saveTally(db, clock.now())
    }
  },
} satisfies ExportedHandler<DispatcherEnv>

import { handInDemoSession } from '../../scripts/local/demo.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { addDays, MINUTE, romeDate } from '../../src/platform/time.ts'
import { Random } from '../../test/simulators/portal/random.ts'
import { PUBLISHED_LIMITS } from '../../test/simulators/telegram/index.ts'
import { type Bench, quantile, rounded, wholeOption } from '../bench.ts'
import { seedFollowers } from '../followers.ts'
import { withSystem } from '../local.ts'

const SUBSCRIPTIONS = 1_000
/** How long a slot stays free, ms: an installation sees most of them taken within minutes. */
const LIFETIME = 3 * MINUTE
/** The longest time between two readings of a province, ms. */
const LONGEST_INTERVAL = MINUTE

/**
 * Between two slots on average, ms. Telegram takes 28 messages a second: what one round finds should be sent before the
 * next one, or the bench would measure Telegram's limit (`bench -- fanout` does).
 */
const EVERY = 8_000

/** Followers by Zipf's law: the second province has half as many as the first, the third a third. */
function followersByProvince(): { chatId: number; province: string }[] {
  const harmonic = provinces.reduce((sum, _, i) => sum + 1 / (i + 1), 0)
  let chatId = 10_000
  return provinces.flatMap(({ code }, i) =>
    Array.from({ length: Math.max(1, Math.round(SUBSCRIPTIONS / harmonic / (i + 1))) }, () => ({
      chatId: chatId++,
      province: code,
    })),
  )
}

interface Conditions {
  /** The operator's interval, seconds. */
  interval: number
  /** How long slots are freed, seconds. */
  seconds: number
  seed: number
  adaptive: 'on' | 'off'
}

/** Frees slots and measures from there to the message in each follower's chat. */
function measure({ interval, seconds, seed, adaptive }: Conditions) {
  const random = new Random(seed)
  const pairs = followersByProvince()
  const followers = new Map<string, number>()
  for (const { province } of pairs) followers.set(province, (followers.get(province) ?? 0) + 1)
  return withSystem(
    {
      variables: {
        POLL_INTERVAL_SECONDS: String(interval),
        SEND_RATE_PER_SECOND: '28',
        ADAPTIVE_POLLING: adaptive,
      },
      telegram: { keepMessages: false, anyoneExists: true, latencyMs: 60, limits: PUBLISHED_LIMITS },
      portal: { officesEach: 3, delayMs: 50 },
    },
    async (system) => {
      const { telegram, portal, runtime } = system
      if (!telegram || !portal) throw new Error('this bench needs the simulators')
      await seedFollowers(runtime, pairs)
      await handInDemoSession(system, portal, 900)
      // The first reading of every province must be over before anything is measured.
      await new Promise((resolve) => setTimeout(resolve, (interval + 10) * 1_000))

      const freed: { at: number; province: string; date: string; time: string; code: string }[] = []
      const until = Date.now() + seconds * 1_000
      while (Date.now() < until) {
        // A province is picked as often as it has followers: otherwise one slot of the largest would decide the mean.
        const { province } = random.pick(pairs)
        const offices = portal.offices(province)
        const office = offices[random.below(offices.length)]
        if (!office) continue
        const id = String(office.id)
        portal.setHour(id, '')
        const date = addDays(romeDate(Date.now()), 2 + random.below(50))
        const time = `${String(8 + random.below(9)).padStart(2, '0')}:${random.next() < 0.5 ? '00' : '30'}`
        if (portal.slots(id).some((slot) => slot.date === date && slot.time === time)) continue
        portal.freeSlot(id, date, time, 1)
        setTimeout(() => portal.takeSlot(id, date, time), LIFETIME)
        freed.push({ at: Date.now(), province, date, time, code: office.code })
        await new Promise((resolve) => setTimeout(resolve, -Math.log(1 - random.next()) * EVERY))
      }
      await new Promise((resolve) => setTimeout(resolve, LONGEST_INTERVAL + LIFETIME))

      const latencies: number[] = []
      const firsts: number[] = []
      let missing = 0
      for (const slot of freed) {
        const shown = `${slot.date.split('-').reverse().join('/')} ore ${slot.time}`
        const told = telegram.ledger.sent.filter(
          ({ at, text }) => at >= slot.at && text.includes(slot.code) && text.includes(shown),
        )
        latencies.push(...told.map(({ at }) => at - slot.at))
        if (told.length > 0) firsts.push(Math.min(...told.map(({ at }) => at - slot.at)))
        missing += Math.max(0, (followers.get(slot.province) ?? 0) - told.length)
      }
      const minutes = Object.values(portal.requestsPerMinute()).slice(1, -1)
      return {
        slotsFreed: freed.length,
        messages: latencies.length,
        missing,
        followers: waits(latencies),
        firstFollowers: waits(firsts),
        portalRequestsPerMinute: rounded(
          minutes.reduce((sum, count) => sum + count, 0) / Math.max(1, minutes.length),
        ),
      }
    },
  )
}

const waits = (ms: readonly number[]) => ({
  meanMs: rounded(ms.reduce((sum, each) => sum + each, 0) / Math.max(1, ms.length)),
  p50Ms: quantile(ms, 0.5),
  p95Ms: quantile(ms, 0.95),
  maxMs: ms.length > 0 ? Math.max(...ms) : Number.NaN,
})

/** From a slot freed on the portal to the message in each follower's chat. */
export const bench: Bench = {
  title:
    'Alert: from a slot freed on the portal to the message in the chat, with adaptive polling and on the fixed grid',
  options: {
    interval: 'the operator’s interval, seconds (default 20)',
    seconds: 'how long slots are freed, in real time, for each of two pairs (default 420)',
    seed: 'of the slots (default 1)',
  },
  async run(options) {
    const conditions = {
      interval: wholeOption(options, 'interval', 20),
      seconds: wholeOption(options, 'seconds', 420),
      seed: wholeOption(options, 'seed', 1),
    }
    // Side by side, so that what else the machine does meets both alike.
    const [adaptive, grid] = await Promise.all([
      measure({ ...conditions, adaptive: 'on' }),
      measure({ ...conditions, adaptive: 'off' }),
    ])
    const share = grid.portalRequestsPerMinute / adaptive.portalRequestsPerMinute
    const equalInterval = Math.max(1, Math.round(conditions.interval * share))
    const [adaptiveAgain, equalGrid] = await Promise.all([
      measure({ ...conditions, adaptive: 'on' }),
      measure({ ...conditions, interval: equalInterval, adaptive: 'off' }),
    ])
    const arms = {
      adaptive,
      'fixed grid': grid,
      'adaptive again': adaptiveAgain,
      [`grid of ${equalInterval} s, about the requests of adaptive`]: equalGrid,
    }
    const rows = Object.entries(arms).flatMap(([name, found]) =>
      (['followers', 'firstFollowers'] as const).map((who) => ({
        '': `${name}, ${who === 'followers' ? 'every follower' : 'the first follower of each slot'}`,
        'mean ms': found[who].meanMs,
        'p50 ms': found[who].p50Ms,
        'p95 ms': found[who].p95Ms,
        'max ms': found[who].maxMs,
        messages: found.messages,
        missing: found.missing,
        'portal requests a minute': found.portalRequestsPerMinute,
      })),
    )
    return {
      table: rows,
      figures: { ...conditions, adaptive, grid, adaptiveAgain, equalInterval, equalGrid },
    }
  },
}

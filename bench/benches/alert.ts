import { handInDemoSession } from '../../scripts/local/demo.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { Random } from '../../test/simulators/portal/random.ts'
import { PUBLISHED_LIMITS } from '../../test/simulators/telegram/index.ts'
import { type Bench, quantile, rounded, wholeOption } from '../bench.ts'
import { seedFollowers } from '../followers.ts'
import { withSystem } from '../local.ts'

const SUBSCRIPTIONS = 10_000
/** In provinces with more followers than this, Telegram's rate determines the delay. */
const SMALL = 50

/**
 * Between two slots on average, ms. Telegram takes 28 messages a second: what one round finds should be sent before the
 * next one, or the bench would measure Telegram's limit (`bench -- fanout` does).
 */
const EVERY = 12_000

/** Half of the provinces have 20 to 50 followers, the rest share what is left. */
function followersByProvince(random: Random): { chatId: number; province: string }[] {
  const small = provinces.filter((_, i) => i % 2 === 0)
  const large = provinces.filter((_, i) => i % 2 === 1)
  let chatId = 10_000
  const pairs = small.flatMap(({ code }) =>
    Array.from({ length: 20 + random.below(SMALL - 20) }, () => ({
      chatId: chatId++,
      province: code,
    })),
  )
  for (let i = 0; pairs.length < SUBSCRIPTIONS; i++) {
    pairs.push({ chatId: chatId++, province: large[i % large.length]?.code ?? 'TO' })
  }
  return pairs
}

/** From a slot freed on the portal to the message in each follower's chat. */
export const bench: Bench = {
  title:
    'Alert: from a slot freed on the portal to the message in the chat, beside the floor that the interval sets',
  async run(options) {
    const interval = wholeOption(options, 'interval', 20)
    const seconds = wholeOption(options, 'seconds', 420)
    const random = new Random(wholeOption(options, 'seed', 1))
    const pairs = followersByProvince(random)
    const followers = new Map<string, number>()
    for (const { province } of pairs) followers.set(province, (followers.get(province) ?? 0) + 1)

    return withSystem(
      {
        variables: { POLL_INTERVAL_SECONDS: String(interval), SEND_RATE_PER_SECOND: '28' },
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
        const small = provinces.filter(({ code }) => (followers.get(code) ?? 0) <= SMALL)
        while (Date.now() < until) {
          const province = random.pick(small).code
          const offices = portal.offices(province)
          const office = offices[random.below(offices.length)]
          if (!office) continue
          portal.setHour(String(office.id), '')
          const date = addDays(romeDate(Date.now()), 2 + random.below(50))
          const time = `${String(8 + random.below(9)).padStart(2, '0')}:${random.next() < 0.5 ? '00' : '30'}`
          if (portal.slots(String(office.id)).some((slot) => slot.date === date && slot.time === time))
            continue
          portal.freeSlot(String(office.id), date, time, 1)
          freed.push({ at: Date.now(), province, date, time, code: office.code })
          await new Promise((resolve) => setTimeout(resolve, -Math.log(1 - random.next()) * EVERY))
        }
        await new Promise((resolve) => setTimeout(resolve, (interval + 5) * 1_000))

        const sent = telegram.ledger.sent
        const latencies: number[] = []
        const firsts: number[] = []
        let missing = 0
        for (const slot of freed) {
          const shown = `${slot.date.split('-').reverse().join('/')} ore ${slot.time}`
          const told = sent.filter(
            (entry) => entry.at >= slot.at && entry.text.includes(slot.code) && entry.text.includes(shown),
          )
          latencies.push(...told.map((entry) => entry.at - slot.at))
          if (told.length > 0) firsts.push(Math.min(...told.map((entry) => entry.at - slot.at)))
          missing += Math.max(0, (followers.get(slot.province) ?? 0) - told.length)
        }
        const minutes = Object.values(portal.requestsPerMinute()).slice(1, -1)
        const figures = {
          intervalSeconds: interval,
          slotsFreed: freed.length,
          messages: latencies.length,
          missing,
          p50Ms: quantile(latencies, 0.5),
          p95Ms: quantile(latencies, 0.95),
          maxMs: Math.max(...latencies),
          firstFollower: {
            p50Ms: quantile(firsts, 0.5),
            p95Ms: quantile(firsts, 0.95),
            maxMs: Math.max(...firsts),
          },
          floorP50Ms: interval * 500,
          floorP95Ms: interval * 950,
          portalRequestsPerMinute: rounded(
            minutes.reduce((sum, count) => sum + count, 0) / Math.max(1, minutes.length),
          ),
        }
        return {
          table: [
            {
              '': 'every follower',
              'p50 ms': figures.p50Ms,
              'p95 ms': figures.p95Ms,
              'max ms': figures.maxMs,
            },
            {
              '': 'the first follower of each slot',
              'p50 ms': figures.firstFollower.p50Ms,
              'p95 ms': figures.firstFollower.p95Ms,
              'max ms': figures.firstFollower.maxMs,
            },
            {
              '': `floor of a ${interval} s interval`,
              'p50 ms': figures.floorP50Ms,
              'p95 ms': figures.floorP95Ms,
              'max ms': interval * 1_000,
            },
            {
              '': `${figures.messages} messages, ${missing} missing`,
              'p50 ms': '',
              'p95 ms': '',
              'max ms': '',
            },
            {
              '': `portal requests a minute: ${figures.portalRequestsPerMinute}`,
              'p50 ms': '',
              'p95 ms': '',
              'max ms': '',
            },
          ],
          figures,
        }
      },
    )
  },
}

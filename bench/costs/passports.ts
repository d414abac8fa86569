import { handInDemoSession } from '../../scripts/local/demo.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { PUBLISHED_LIMITS } from '../../test/simulators/telegram/index.ts'
import { seedFollowers } from '../followers.ts'
import { withSystem } from '../local.ts'
import { meter, type Used } from './measure.ts'
import { less, shared, type Unit, type Units, unitOf } from './units.ts'

const FOLLOWERS = 500
/** Offices with a free slot when nothing changes: each costs a request for its agenda. */
const OFFICES_WITH_SLOTS = 30
const TICK = '* * * * *'

const reads = ({ counts }: Used) => counts.read?.[0] ?? 0
const queries = ({ counts }: Used) => counts.query?.[0] ?? 0

/** Readings, alerts and edits in a system of its own. */
export function measurePassports(interval: number) {
  return withSystem(
    {
      crons: false,
      variables: { POLL_INTERVAL_SECONDS: String(interval), SEND_RATE_PER_SECOND: '28', ADMIN_IDS: '900' },
      telegram: { keepMessages: false, anyoneExists: true, latencyMs: 60, limits: PUBLISHED_LIMITS },
      portal: { officesEach: 3, delayMs: 50 },
    },
    async (
      system,
    ): Promise<Omit<Units, 'update' | 'page' | 'login' | 'booking' | 'look' | 'cancellation'>> => {
      const { telegram, portal, runtime } = system
      if (!telegram || !portal) throw new Error('this bench needs the simulators')
      const database = await runtime.database()
      const { idle, measure, skip } = await meter(system)
      const tick = () => runtime.tick('edge', TICK)
      /** One tick, until Telegram accepted a call for every follower. */
      const told = async () => {
        const until = telegram.ledger.accepted.length + FOLLOWERS
        await tick()
        while (telegram.ledger.accepted.length < until)
          await new Promise((resolve) => setTimeout(resolve, 500))
      }

      await handInDemoSession(system, portal, 900)
      const followers = Array.from({ length: FOLLOWERS }, (_, i) => ({ chatId: 10_000 + i, province: 'TO' }))
      await seedFollowers(runtime, followers)
      await tick()
      await skip()
      const one = await measure('readings of one province', tick)

      const [office] = portal.offices('TO')
      if (!office) throw new Error('Torino has no office')
      portal.setHour(String(office.id), '')
      const date = addDays(romeDate(Date.now()), 10)
      portal.freeSlot(String(office.id), date, '10:00', 1)
      const alerted = await measure('alerts', told)
      portal.takeSlot(String(office.id), date, '10:00', 1)
      const edited = await measure('edits', told)

      const { meta } = await database.prepare("DELETE FROM deliveries WHERE status = 'sent'").run()
      const deleted = { 'rows-read': [meta.rows_read, 0], 'rows-written': [meta.rows_written, 0] } as const
      const pruned = unitOf({ counts: deleted, cpuMs: null, databaseBytes: 0 }, meta.changes)

      await seedFollowers(
        runtime,
        provinces.map(({ code }, i) => ({ chatId: 20_000 + i, province: code })),
      )
      for (const { code } of provinces.slice(0, OFFICES_WITH_SLOTS)) {
        const first = portal.offices(code)[0]
        if (first) portal.freeSlot(String(first.id), date, '11:00', 1)
      }
      await tick()
      await tick()
      await skip()
      const all = await measure('readings of all provinces', tick)

      const readings = reads(all) - reads(one)
      const perReading = shared(less(unitOf(all), unitOf(one)), readings)
      const queriesEach = (queries(all) - queries(one)) / readings
      const alert = (used: Used): Unit => shared(less(unitOf(used), unitOf(one)), FOLLOWERS)
      return {
        idle: unitOf(idle),
        tick: less(unitOf(one), perReading, reads(one)),
        reading: perReading,
        alert: alert(alerted),
        edit: alert(edited),
        pruned,
        portalRequests: (all.counts.read?.[1] ?? 0) / Math.max(1, reads(all)),
        queries: queriesEach,
        tickQueries: Math.max(0, queries(one) - queriesEach * reads(one)),
        bytesAMessage: alerted.databaseBytes / FOLLOWERS,
      }
    },
  )
}

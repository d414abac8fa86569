import { addDays, romeDate } from '../../src/platform/time.ts'
import { chatsFrom } from '../fanout/broadcast-setup.ts'
import { seedFollowers } from '../followers.ts'
import { count, ENOUGH_MESSAGES, FOLLOWERS, onSystem, type ScenarioSetup, until } from './scenario-system.ts'
import type { ScenarioOptions } from './scenario-types.ts'

/** Places of one day that a family needs, and one follower in how many is one. */
const PLACES = 3
const ONE_IN = 10
const FIRST_CHAT = 100_000
/** Alerts of the slot's day before it closes, each sent to one family in `ONE_IN`. */
const EARLIER_ALERTS = 40

/** Alerts of one day that added places to a slot, as if they had been sent to some families. */
async function seedEarlierAlerts({ system }: ScenarioSetup, office: string, day: string, at: number) {
  const db = await system.runtime.database()
  await db.batch([
    db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
         INSERT INTO alerts (id, kind, province, office_id, slots, places, created_at, trace, pivot, fanned_out_at)
         SELECT 'open:' || ?2 || ':earlier-' || i, 'open', 'TO', ?2, '[]',
           json_array(json_array(?3, '10:00', ?4 - 1, ?4)), ?5, 'bench', 0, ?5 FROM n`,
      )
      .bind(EARLIER_ALERTS, office, day, PLACES, at),
    db
      .prepare(
        `INSERT INTO deliveries (event, chat_id, lane, content, status, message_id, event_at, created_at, done_at, trace)
         SELECT a.id, c.id, 1, json_object('type', 'render', 'by', 'alert', 'ref', a.id), 'sent', 1, ?1, ?1, ?1, 'bench'
         FROM alerts a, chats c
         WHERE a.trace = 'bench' AND c.min_day_places > 1 AND (c.id / ?2 + a.rowid) % ?2 = 0`,
      )
      .bind(at, ONE_IN),
  ])
}

/**
 * A slot gets places until families have enough; then a new slot of its day is news to everyone; then the first is taken,
 * after many alerts of its day, and every message that showed it is edited. One follower in ten is a family.
 */
export const families = (options: ScenarioOptions) =>
  onSystem(options, { speed: 10, interval: 20 }, async (setup) => {
    const { system, telegram, portal, tick } = setup
    const followers = options.quick ? 2_000 : FOLLOWERS
    const familyCount = followers / ONE_IN
    const chats = chatsFrom(FIRST_CHAT, followers)
    const follow = (ids: number[]) =>
      seedFollowers(
        system.runtime,
        ids.map((chatId) => ({ chatId, province: 'TO' })),
      )
    const isFamily = (chatId: number) => chatId % ONE_IN === 0
    const edits = () => telegram.ledger.accepted.length - telegram.ledger.sent.length

    // The slot opens before the others follow, so that only families are to hear of it.
    await follow(chats.filter(isFamily))
    const db = await system.runtime.database()
    await db.prepare('UPDATE chats SET min_day_places = ? WHERE id >= ?').bind(PLACES, FIRST_CHAT).run()
    await tick('edge')
    const [office] = portal.offices('TO')
    if (!office) throw new Error('Torino has no office')
    const id = String(office.id)
    const day = addDays(romeDate(portal.now()), 10)
    portal.setHour(id, '')
    portal.freeSlot(id, day, '10:00', 1)
    await tick('edge')
    await follow(chats.filter((chatId) => !isFamily(chatId)))

    portal.freeSlot(id, day, '10:00', PLACES - 1)
    await tick('edge')
    await until(async () => telegram.ledger.sent.length, familyCount)
    const told = telegram.ledger.sent.length

    portal.freeSlot(id, day, '11:00', 1)
    await tick('edge')
    await until(() => count(setup, "deliveries WHERE event LIKE 'open:%'"), familyCount + followers)
    await until(async () => telegram.ledger.sent.length, told + Math.min(followers, ENOUGH_MESSAGES))

    // Edits wait for alerts: leave out those that are not sent yet.
    await db.prepare("DELETE FROM deliveries WHERE status = 'queued'").run()
    await seedEarlierAlerts(setup, id, day, Date.now())
    const earlier = await count(setup, "deliveries WHERE trace = 'bench'")
    portal.takeSlot(id, day, '10:00')
    await tick('edge')
    await until(() => count(setup, "deliveries WHERE event LIKE 'strike:open:%:earlier-%'"), earlier)
    await until(async () => edits(), familyCount)
    return setup.found({ families: familyCount, told, edits: edits() })
  })

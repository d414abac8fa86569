import type { BrowsedSite } from './browser-kit.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Fills what the public pages show: Torino with open slots and a history, Milano read, Roma not read for a day. */
export async function seedPages(site: BrowsedSite): Promise<void> {
  const now = Date.now()
  const me = JSON.stringify({ key: 1, me: { id: 1, username: 'sportello_bot' } })
  await site.sql("INSERT INTO state (name, value, at) VALUES ('bot-info', ?, ?)", me, now)
  for (const [code, lastReadAt] of [
    ['TO', now],
    ['MI', now],
    ['RM', now - DAY],
  ] as const) {
    await site.sql('INSERT INTO provinces (code, watched_since) VALUES (?, 1) ON CONFLICT DO NOTHING', code)
    await site.sql(
      "INSERT INTO state (name, value, at) VALUES ('province-readings', json_object(?, json(?)), 0) ON CONFLICT (name) DO UPDATE SET value = json_patch(value, excluded.value)",
      code,
      JSON.stringify({ lastReadAt }),
    )
    await site.sql(
      'INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (1, ?, 1, 1)',
      code,
    )
  }
  await site.sql(
    `INSERT INTO offices (id, province, code, name, address, city, bookable_from, first_seen_at)
     VALUES ('1', 'TO', 'TOPQ60', 'TOPQ60 - Questura di Torino', 'Piazza Cesare Augusto, 5', 'TORINO', '09:00', 1)`,
  )
  await site.sql(
    `INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
     VALUES ('1', '2030-12-19', '17:00', 1, 1, 1), ('1', '2030-12-20', '09:00', 2, 1, 1)`,
  )
  const events = Array.from({ length: 60 }, (_, i) => {
    const at = now - 40 * DAY + i * 14 * 60 * MINUTE
    const time = `${String(i % 24).padStart(2, '0')}:${String(i).padStart(2, '0')}`
    return [
      { time, kind: 'seen', at },
      { time, kind: 'gone', at: at + (i + 1) * 20_000 },
    ]
  })
  await site.sql(
    `INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
     SELECT '1', '2030-12-21', value ->> 'time', value ->> 'kind', 1, value ->> 'at', 't' FROM json_each(?)`,
    JSON.stringify(events.flat()),
  )
}

/** A month of an ordinary service, for the dashboard. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Sql = (query: string, ...values: unknown[]) => Promise<unknown>

/** Writes counts of the last 31 days, sessions, followed provinces and what waits, as of `now`. */
export async function seedDashboard(sql: Sql, now: number): Promise<void> {
  const start = now - (now % (10 * MINUTE))
  const rows = Array.from({ length: (31 * DAY) / (10 * MINUTE) }, (_, i) => {
    const at = start - i * 10 * MINUTE
    const hour = (at % DAY) / HOUR
    const busy = hour > 6 && hour < 18 ? 1 + Math.sin(((hour - 6) / 12) * Math.PI) * 8 : 0.3
    const sent = Math.round(busy * 25 * (1 + ((i * 7919) % 13) / 13))
    const faulty = i % 97 === 3
    const counts: Record<string, [number, number]> = {
      request: [Math.round(busy * 40), 0],
      cron: [21, 21 * 61_000],
      batch: [Math.round(busy * 6), Math.round(busy * 8)],
      'rows-read': [Math.round(4_000 + busy * 900), 0],
      'rows-written': [Math.round(400 + busy * 300), 0],
      round: [30, 30 * (faulty ? 9_000 : 2_400)],
      read: [faulty ? 250 : 360, 1_200],
      unread: [faulty ? 110 : 0, 0],
      sent: [sent, sent * (faulty ? 9_000 : 700)],
      expired: [i % 11 === 0 ? 4 : 0, 0],
      dead: [i % 17 === 0 ? 2 : 0, 0],
      'dead-letter': [i === 40 ? 3 : 0, 0],
      object: [12, 12 * 900],
    }
    if (hour >= 22 && hour < 22.5) {
      counts['action:book:completed'] = [9, 0]
      counts['action:book:failed:full'] = [3, 0]
      counts['action:book:failed:bad-credentials'] = [1, 0]
      counts['action:cancel:completed'] = [2, 0]
      counts['action:check:cancelled:withdrawn'] = [1, 0]
      counts.browser = [11, 11 * 14_000]
    }
    return { at, counts: JSON.stringify(counts) }
  })
  await sql(
    "INSERT INTO metrics (at, counts) SELECT value ->> 'at', value ->> 'counts' FROM json_each(?)",
    JSON.stringify(rows),
  )
  await sql(
    `INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at, died_at)
     VALUES (900, 'x', 'good', ?, ?, NULL), (900, 'x', 'dead', ?, ?, ?)`,
    now - 5 * HOUR,
    now - 12_000,
    now - 4 * DAY,
    now - 3 * DAY,
    now - 3 * DAY,
  )
  await sql(
    `INSERT INTO paired_browsers (owner_id, code_until, token_hash, browser, created_at, last_used_at)
     VALUES (900, 0, 'x', 'edge', ?, ?)`,
    now - 9 * DAY,
    now - 2 * MINUTE,
  )
  for (const [code, ago, failure] of [
    ['TO', 9_000, null],
    ['MI', 14_000, null],
    ['RM', 8 * MINUTE, 'timeout'],
    ['FC', 11_000, null],
  ] as const) {
    await sql('INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (900, ?, 1, 1)', code)
    await sql('INSERT INTO provinces (code, watched_since) VALUES (?, 1)', code)
    const readings = {
      lastReadAt: now - ago,
      lastAttemptAt: now - 9_000,
      ...(failure && { failures: 4, lastFailure: failure }),
    }
    await sql(
      "INSERT INTO state (name, value, at) VALUES ('province-readings', json_object(?, json(?)), 0) ON CONFLICT (name) DO UPDATE SET value = json_patch(value, excluded.value)",
      code,
      JSON.stringify(readings),
    )
  }
  await sql(
    "INSERT INTO chats (id, kind, created_at, last_seen_at) VALUES (900, 'private', 1, 1), (901, 'private', 1, 1)",
  )
  const delivery =
    "INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, trace) VALUES (?, 901, 1, '{}', ?, ?, ?, 't')"
  await sql(delivery, 'seed:1', 'held', now, now)
  const beat = JSON.stringify({ tickAt: now - 20_000 })
  await sql("INSERT INTO state (name, value, at) VALUES ('poller-heartbeat', ?, ?)", beat, now)
}

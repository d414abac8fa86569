import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import type { EdgeEnv } from '../../src/bindings.d.ts'
import { connect, transact } from '../../src/db/database.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { web } from '../../src/web/web.tsx'

/** A Saturday noon in Rome. */
export const NOON = Date.parse('2026-11-21T11:00:00Z')

export const ORIGIN = 'https://sportello.test'

/** The pages on the pool's own D1, at a time that the test sets; nothing is remembered between two `fresh()`. */
export function kit() {
  const time = { now: NOON }
  const polled: string[] = []
  const bindings = { ...(env as unknown as EdgeEnv), PORTAL_ORIGIN: 'https://portal.test' }
  const db = connect(bindings.DB)
  const fresh = () =>
    web({
      clock: { now: () => time.now, sleep: async () => undefined },
      pollNow: async (_env, province) => {
        polled.push(province)
      },
    })
  let app = fresh()
  /** Resolves when what the answer left to do in the background is done too. */
  const sendTo = async (origin: string, path: string, init: RequestInit): Promise<Response> => {
    const context = createExecutionContext()
    const request = new Request(`${origin}${path}`, { redirect: 'manual', ...init })
    const response = await app.fetch(request, bindings, context)
    await waitOnExecutionContext(context)
    return response
  }
  const send = sendTo.bind(null, ORIGIN)
  return {
    time,
    polled,
    db,
    bindings,
    /** Forgets what the pages remember from one visit to the next. */
    forget() {
      app = fresh()
    },
    get: (path: string, headers: Record<string, string> = {}): Promise<Response> => send(path, { headers }),
    send,
    /** As `npm start` serves them. */
    local: sendTo.bind(null, 'http://127.0.0.1:8787'),
    /** A followed province in the state after its last reading. */
    async followed(code: string, lastReadAt: number | null, watchedSince = 1): Promise<void> {
      await transact(db, [
        sql`INSERT INTO provinces (code, watched_since) VALUES (${code}, ${watchedSince})
            ON CONFLICT (code) DO UPDATE SET watched_since = ${watchedSince}`,
        setReadings(code, { lastReadAt }),
        sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (1, ${code}, 1, 1)
            ON CONFLICT DO NOTHING`,
      ])
    },
    async office(
      office: { id: string; province: string; name: string; address?: string },
      slots: [date: string, time: string, places: number][] = [],
    ): Promise<void> {
      await transact(db, [
        sql`INSERT INTO offices (id, province, code, name, address, city, bookable_from, first_seen_at)
            VALUES (${office.id}, ${office.province}, ${office.id}, ${office.name}, ${office.address ?? 'Via Roma, 1'},
                    'CITTÀ', '09:00', 1)`,
        ...slots.map(
          ([
            date,
            at,
            places,
          ]) => sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
            VALUES (${office.id}, ${date}, ${at}, ${places}, 1, 1)`,
        ),
      ])
    },
    /** What happened to one slot. */
    async steps(
      officeId: string,
      date: string,
      time: string,
      steps: [kind: string, at: number][],
    ): Promise<void> {
      await transact(
        db,
        steps.map(
          ([kind, at]) => sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
            VALUES (${officeId}, ${date}, ${time}, ${kind}, 1, ${at}, 'test')`,
        ),
      )
    },
  }
}

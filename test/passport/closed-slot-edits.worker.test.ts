import { sql } from 'drizzle-orm'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { fanOut } from '../../src/passport/alerts/fanout.ts'
import { clean, db, freshBudget, rows } from '../delivery/kit.worker.ts'

const CHAT = 31

/** A slot freed at 100, taken at 200, freed again at 300 and taken again at 400; chat 31 was told of both openings. */
beforeEach(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  await clean()
  const alert = (id: string, kind: string, at: number) =>
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES (${id}, ${kind}, 'TO', '7', '[["2030-01-10","10:15"]]', ${at}, 'trace', 0)`
  const sent = (event: string, messageId: number) =>
    sql`INSERT INTO deliveries (event, chat_id, lane, content, status, not_before, event_at, created_at, trace, message_id)
        VALUES (${event}, ${CHAT}, 2, '{}', 'sent', 0, 1, 1, 'trace', ${messageId})`
  await transact(db, [
    sql`INSERT INTO offices (id, province, code, name, address, city, first_seen_at)
        VALUES ('7', 'TO', 'TO7', 'Questura', 'Corso Vinzaglio 10', 'TORINO', 1)`,
    sql`INSERT INTO slots (office_id, date, time, places, first_seen_at, opened_at)
        VALUES ('7', '2030-01-10', '10:15', 1, 100, 300)`,
    sql`INSERT INTO chats (id, kind, created_at, last_seen_at) VALUES (${CHAT}, 'private', 1, 1)`,
    alert('first', 'open', 100),
    alert('gone-first', 'gone', 200),
    alert('second', 'open', 300),
    alert('gone-second', 'gone', 400),
    sent('first', 1),
    sent('second', 2),
  ])
})

const handOn = (alertId: string) =>
  fanOut({ db, budget: freshBudget(), now: () => 1_000, nudge: async () => undefined }, alertId)

const struck = async () =>
  (await rows(sql`SELECT event FROM deliveries WHERE event LIKE 'strike:%' ORDER BY id`)).map(
    (row) => row.event,
  )

test('a closing edits the message of the opening that it ends, even when the slot is open again by then', async () => {
  await handOn('gone-first')
  expect(await struck()).toEqual(['strike:first:gone-first'])
})

test('a later closing edits the message of its own opening only', async () => {
  await handOn('gone-second')
  expect(await struck()).toEqual(['strike:second:gone-second'])
})

import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { consume } from '../../src/delivery/consume.ts'
import { listDeadLetters } from '../../src/delivery/dead-letters.ts'
import { passportRenderers } from '../../src/passport/alerts/alert-renderers.ts'
import { rotateCookies } from '../../src/passport/portal/portal-session.ts'
import { rotate } from '../../src/sport/site/site-http.ts'
import { sportHarness } from '../bot/sport-kit.worker.ts'
import { addChat, clean, db, delivery, enqueueAll, plain, senderKit } from '../delivery/kit.worker.ts'

/* What the fuzz room found, each under the name of what it broke. */

const bot = sportHarness()
beforeEach(clean)
afterEach(() => {
  vi.restoreAllMocks()
})

test.each(['sp-days:constructor', 'sp-day:toString:2026-11-24', 'sp-weekly-go:constructor:0:1'])(
  'a sport button with the name of an object’s own method in place of a letter (%s) is answered like any other',
  async (data) => {
    const person = bot.someone()
    await person.types('/start')
    await person.pressesData(`1:${data}`)
    expect(person.shown.text).not.toMatch(/andato storto/)
  },
)

test('a queue message whose body is null becomes a dead letter, and is not retried for ever', async () => {
  const settled: string[] = []
  const message = {
    id: 'null',
    body: null,
    ack: () => settled.push('ack'),
    retry: () => settled.push('retry'),
  }
  await consume(
    { queue: 'sportello-outbound', messages: [message] },
    {
      db,
      now: () => 1,
      send: async () => undefined,
      fanOut: async () => true,
      nudgeAlerts: async () => undefined,
    },
  )
  expect(settled).toEqual(['ack'])
  expect(await listDeadLetters(db, 5)).toMatchObject([{ messageId: 'null', body: null }])
})

test.each([
  ['is not JSON', '{"type":'],
  ['is of a type that is not known', '{"type":"sticker","file":"x"}'],
  ['has no text', '{"type":"message","message":{}}'],
  ['names a renderer like an object’s own method', '{"type":"render","by":"constructor","ref":"x"}'],
])(
  'a delivery whose content %s waits, in case a newer version can read it, and holds up nobody',
  async (_, content) => {
    await transact(db, [
      addChat(1),
      addChat(2),
      sql`INSERT INTO deliveries (event, chat_id, lane, content, event_at, created_at, trace)
        VALUES ('odd', 1, 0, ${content}, 1, ${Date.now()}, 't')`,
    ])
    await enqueueAll([plain('after', 2)])
    const { telegram, send } = senderKit({ renderers: passportRenderers(db, 'https://portal.example') })
    await send()
    expect(telegram.textsTo(2)).toEqual(['after a 2'])
    expect(telegram.textsTo(1)).toEqual([])
    expect(await delivery('odd', 1)).toMatchObject({ status: 'queued', attempts: 1 })
  },
)

test('a summary of a province that does not exist is not sent', async () => {
  await transact(db, [addChat(1)])
  await enqueueAll([plain('summary', 1, { content: { type: 'render', by: 'summary', ref: 'null' } })])
  const { telegram, send } = senderKit({ renderers: passportRenderers(db, 'https://portal.example') })
  await send()
  expect(telegram.calls).toEqual([])
  expect(await delivery('summary', 1)).toMatchObject({ status: 'expired', reason: 'province-unknown' })
})

test('a cookie with an expiry that is no date is kept, and no library writes it to the log', () => {
  const log = vi.spyOn(console, 'error')
  const cookie = ['JSESSIONID=0A1B; Expires=ieri; Max-Age=x; SameSite=Boh', ';', '=x']
  expect(rotateCookies({}, cookie, 1).JSESSIONID).toBe('0A1B')
  expect(rotate({ cookies: {}, obtainedAt: 1 }, cookie, 1)?.cookies.JSESSIONID).toBe('0A1B')
  expect(log).not.toHaveBeenCalled()
})

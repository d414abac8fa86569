import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { readStatus } from '../../src/web/info/service-status.ts'
import { kit, NOON } from './kit.worker.ts'

const site = kit()
const MINUTE = 60_000

const state = (name: string, value: object) =>
  sql`INSERT INTO state (name, value, at) VALUES (${name}, ${JSON.stringify(value)}, ${NOON})
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`

const alert = (event: string, delay: number) =>
  sql`INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, done_at, trace)
      VALUES (${event}, 1, 1, '{}', 'sent', ${NOON - MINUTE}, ${NOON - MINUTE}, ${NOON - MINUTE + delay}, 't')`

describe('the status page', () => {
  it('says that there are no followers, then that all is well, then what is wrong', async () => {
    const shown = async () => {
      site.forget()
      return (await site.get('/stato?lang=en')).text()
    }
    expect(await shown()).toContain('there is nothing to check')
    await site.followed('TO', NOON - 8_000)
    expect(await shown()).toContain('I cannot check the portal right now.')
    await transact(site.db, [state('poller-heartbeat', { tickAt: NOON - 30_000 })])
    const good = await shown()
    expect(good).toContain('All is well.')
    expect(good).toContain('8 seconds ago')
    await site.followed('MI', NOON - 11 * MINUTE)
    expect(await shown()).toContain('I have not been able to check some provinces')
    await transact(site.db, [state('polling-paused', { since: NOON - MINUTE })])
    expect(await shown()).toContain('I have not been able to check the portal since 21 Nov, 11:59')
  })

  it('tells how long the newest alerts took', async () => {
    await transact(site.db, [
      ...Array.from({ length: 19 }, (_, i) => alert(`a${i}`, (i + 1) * 1_000)),
      alert('slow', 50_000),
      sql`INSERT INTO deliveries (event, chat_id, lane, content, event_at, created_at, trace)
          VALUES ('waiting', 1, 1, '{}', ${NOON}, ${NOON}, 't')`,
    ])
    const status = await readStatus(site.db, NOON)
    expect(status.delays).toEqual({ median: 10_000, slowest: 19_000 })
    expect(status.waiting).toBe(1)
  })
})

describe('the pages of words', () => {
  it.each([
    ['/come-funziona', 'Come funziona', 'How it works'],
    ['/privacy', 'Privacy', 'Privacy'],
  ])('%s speaks both languages', async (path, italian, english) => {
    expect(await (await site.get(path, { 'Accept-Language': 'it' })).text()).toContain(`<h1>${italian}</h1>`)
    const page = await (await site.get(path, { 'Accept-Language': 'en' })).text()
    expect(page).toContain(`<h1>${english}</h1>`)
    expect(page).toContain('<html lang="en">')
  })
})

import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { readHistory } from '../../src/web/province/province-data.ts'
import { visitor } from './app-kit.worker.ts'
import { kit, NOON } from './kit.worker.ts'

const site = kit()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const watchedSince = NOON - 30 * DAY

beforeAll(async () => {
  await site.followed('TO', NOON, watchedSince)
  await site.office({ id: 'o', province: 'TO', name: 'Torino' })
  await site.steps('o', '2026-12-20', '09:00', [
    ['seen', NOON - 5 * HOUR],
    ['places', NOON - 5 * HOUR + MINUTE],
    ['gone', NOON - 5 * HOUR + 5 * MINUTE],
    ['seen', NOON - 2 * HOUR],
  ])
  // Free already when watching began: when it was freed is not known.
  await site.steps('o', '2026-12-20', '10:00', [
    ['seen', watchedSince + MINUTE],
    ['gone', watchedSince + HOUR],
  ])
  // Nobody watched it to its end; found again when watching began again.
  await site.steps('o', '2026-12-20', '11:00', [
    ['seen', NOON - 10 * DAY],
    ['unwatched', NOON - 9 * DAY],
    ['seen', NOON - 8 * DAY],
  ])
  // Its day came.
  await site.steps('o', '2026-11-20', '08:00', [
    ['seen', NOON - 30 * HOUR],
    ['gone', NOON - 26 * HOUR],
  ])
  // Before the window.
  await site.steps('o', '2026-07-20', '08:00', [['seen', NOON - 100 * DAY]])
})

describe('the history of a province', () => {
  it('counts the slots that were freed while we watched, by hour', async () => {
    const { freed } = await readHistory(site.db, 'TO', NOON)
    expect(freed.reduce((sum, one) => sum + one.count, 0)).toBe(4)
    expect(freed).toContainEqual({ hour: NOON - 2 * HOUR, count: 1 })
    expect(freed.every(({ hour }) => hour % HOUR === 0)).toBe(true)
  })

  it('takes a slot for gone only when it was seen to go before its day', async () => {
    const { lifetimes } = await readHistory(site.db, 'TO', NOON)
    expect(lifetimes).toEqual([
      { ms: 5 * MINUTE, ended: true, count: 1 },
      { ms: 2 * HOUR, ended: false, count: 1 },
      { ms: 4 * HOUR, ended: false, count: 1 },
      { ms: DAY, ended: false, count: 1 },
    ])
  })

  it('begins when the province got its first follower', async () => {
    expect((await readHistory(site.db, 'TO', NOON)).since).toBe(watchedSince)
    expect((await readHistory(site.db, 'TO', NOON + 100 * DAY)).since).toBe(NOON + 16 * DAY)
  })

  it('is shown only when there is enough of it', async () => {
    expect(await (await site.get('/p/TO?lang=en')).text()).toContain('not seen enough yet')
    for (let i = 0; i < 30; i++) {
      await site.steps('o', '2026-12-21', `${String(10 + (i % 10))}:${String(i).padStart(2, '0')}`, [
        ['seen', NOON - 3 * DAY + i * MINUTE],
        ['gone', NOON - 3 * DAY + i * MINUTE + 3 * MINUTE],
      ])
    }
    site.forget()
    const html = await (await site.get('/p/TO?lang=en')).text()
    expect(html).toContain('When to look: on Wednesdays, between noon and 13:00')
    expect(html).toContain('Half of the places are gone within 3 minutes')
    expect(html.match(/<svg class="plot"/g)).toHaveLength(3)
    expect(html.match(/<details class="numbers"/g)).toHaveLength(3)
  })
})

describe('the forecast of a province', () => {
  const page = async () => (await site.get('/p/PC?lang=en')).text()

  it('is on its page, and says when the history is too short', async () => {
    await site.followed('PC', NOON, NOON - 5 * DAY)
    await site.office({ id: 'pc', province: 'PC', name: 'Piacenza' })
    expect(await page()).toContain(
      'I have been checking this province for only 5 days: too short for a forecast.',
    )
    await site.followed('PC', NOON, NOON - 40 * DAY)
    site.forget()
    expect(await page()).toContain('In the last 5 weeks no place was freed')
    for (let day = 1; day < 40; day++) {
      await site.steps('pc', '2026-12-20', `09:${10 + day}`, [
        ['seen', NOON - day * DAY],
        ['gone', NOON - day * DAY + 2 * MINUTE],
      ])
    }
    site.forget()
    expect(await page()).toMatch(/Usually: about 7 places a week; half are gone within 2 minutes\./)
    expect(await page()).toMatch(/Chance of at least one: \d\d% within 7 days, .* It is an estimate/)
  })

  it('is on the Mini App’s page of a followed province, with the chat’s filters', async () => {
    const anna = await visitor(site, 691)
    await anna.post('/app/province/PC', { do: 'follow' })
    expect(await anna.page('/app/province/PC')).toContain('Di solito: circa 7 posti a settimana')
    await transact(site.db, [sql`UPDATE chats SET only_from = '15:00' WHERE id = 691`])
    expect(await anna.page('/app/province/PC')).toContain(
      'Nelle ultime 5 settimane nessun posto è passato dai tuoi filtri',
    )
  })
})

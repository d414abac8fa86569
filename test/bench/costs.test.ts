import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { followed, forecast, freeProvinces, freeRoom, habits } from '../../bench/costs/model.ts'
import { names } from '../../bench/costs/tables.ts'
import { less, shared, type Unit, type Units, unitOf } from '../../bench/costs/units.ts'
import { meters, prices } from '../../src/platform/prices.ts'

const unit = (value: number): Unit => ({
  rowsRead: value,
  rowsWritten: value,
  requests: value,
  cpuMs: value,
  messages: value,
  objectRequests: value,
  objectMs: value,
  browserMs: value,
})
const nothing = unit(0)
const free: Units = {
  tick: nothing,
  idle: nothing,
  reading: nothing,
  alert: nothing,
  edit: nothing,
  pruned: nothing,
  update: nothing,
  page: nothing,
  login: nothing,
  booking: nothing,
  look: nothing,
  cancellation: nothing,
  portalRequests: 0,
  queries: 0,
  tickQueries: 0,
  bytesAMessage: 0,
}

describe('the forecast', () => {
  test('of a service that uses nothing is the base of the paid plan', () => {
    const { bill, beyondFree, subrequestsATick } = forecast(10_000, free)
    expect(bill.total).toBe(5)
    expect(beyondFree).toEqual([])
    expect(subrequestsATick).toBe(0)
  })

  test('counts an alert and its edit for each of the alerts that people get in a month', () => {
    const units = { ...free, alert: { ...nothing, rowsWritten: 3 }, edit: { ...nothing, rowsWritten: 2 } }
    const { bill } = forecast(1_000, units, { ...habits, provincesEach: 2, alertsADay: 5 })
    expect(bill.lines.find((line) => line.meter === 'rowsWritten')?.used).toBe(1_000 * 2 * 5 * 30 * (3 + 2))
  })

  test('reads each followed province at each interval', () => {
    const units = { ...free, reading: { ...nothing, rowsRead: 1 }, portalRequests: 1.5, queries: 0.5 }
    const { provinces, bill, subrequestsATick } = forecast(10_000, units, { ...habits, interval: 30 })
    expect(provinces).toBe(107)
    expect(bill.lines.find((line) => line.meter === 'rowsRead')?.used).toBe(107 * 2_880 * 30)
    expect(subrequestsATick).toBe(107 * 2 * 2)
  })

  test('never grows cheaper with more people', () => {
    const users = fc.integer({ min: 1, max: 100_000 })
    fc.assert(
      fc.property(users, users, fc.double({ min: 0, max: 100, noNaN: true }), (a, b, each) => {
        const units = { ...free, alert: unit(each), update: unit(each), booking: unit(each) }
        const [few, many] = [Math.min(a, b), Math.max(a, b)].map((count) => forecast(count, units).bill.total)
        expect(many).toBeGreaterThanOrEqual(few ?? 0)
        expect(followed(Math.max(a, b), habits)).toBeLessThanOrEqual(107)
      }),
    )
  })
})

test('a day of the free plan bears what its tightest limit leaves room for', () => {
  const message = { ...nothing, rowsWritten: 8, rowsRead: 20 }
  expect(freeRoom([message, { ...nothing, rowsWritten: 2 }])).toEqual({ aDay: 10_000, limit: 'rowsWritten' })
  expect(freeRoom([{ ...nothing, browserMs: 12_000, requests: 3 }])).toEqual({
    aDay: 50,
    limit: 'browserHours',
  })
  const units = { ...free, tickQueries: 10, portalRequests: 1.5, queries: 0.5 }
  expect(freeProvinces(units, 60)).toBe(20)
  expect(freeProvinces(units, 20)).toBe(6)
})

test('the page names the prices that are reckoned with', () => {
  const page = readFileSync('docs/costs.md', 'utf8')
  for (const meter of meters) {
    const { included, dollars } = prices[meter]
    const row = page.split('\n').find((line) => line.startsWith(`| ${names[meter]} `))
    expect(row).toContain(included.toLocaleString('en'))
    expect(row).toContain(`$${dollars < 0.01 ? dollars : dollars.toFixed(2)} `)
  }
})

test('a stretch of work is shared out, another one taken off, and nothing falls below zero', () => {
  const counts = {
    'rows-read': [100, 0],
    request: [4, 0],
    cron: [1, 65_000],
    batch: [5, 30],
    object: [10, 2_000],
    browser: [2, 9_000],
  } as const
  const each = unitOf({ counts, cpuMs: 50, databaseBytes: 0 }, 10)
  expect(each).toEqual({
    rowsRead: 10,
    rowsWritten: 0,
    requests: 1,
    cpuMs: 5,
    messages: 3,
    objectRequests: 1,
    objectMs: 200,
    browserMs: 900,
  })
  expect(less(each, unit(4), 2)).toMatchObject({ rowsRead: 2, requests: 0, browserMs: 892 })
  expect(shared(each, 2).objectMs).toBe(100)
})

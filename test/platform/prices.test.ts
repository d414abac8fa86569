import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BASE, beyondFree, billOf, meters, prices, type Usage } from '../../src/platform/prices.ts'

const nothing = Object.fromEntries(meters.map((meter) => [meter, 0])) as unknown as Usage
const dollarsOf = (usage: Partial<Usage>) => billOf({ ...nothing, ...usage }).total - BASE

describe('the bill', () => {
  test('is the base alone up to what is included', () => {
    expect(billOf(nothing).total).toBe(5)
    const allIncluded = Object.fromEntries(meters.map((meter) => [meter, prices[meter].included]))
    expect(billOf(allIncluded as unknown as Usage).total).toBe(5)
  })

  test('charges what goes beyond by the public list', () => {
    expect(dollarsOf({ requests: 30e6 })).toBeCloseTo(6)
    expect(dollarsOf({ cpuMs: 130e6 })).toBeCloseTo(2)
    expect(dollarsOf({ rowsRead: 26e9 })).toBeCloseTo(1)
    expect(dollarsOf({ rowsWritten: 60e6 })).toBeCloseTo(10)
    expect(dollarsOf({ queueOperations: 3.5e6 })).toBeCloseTo(1)
    expect(dollarsOf({ objectRequests: 3e6 })).toBeCloseTo(0.3)
    expect(dollarsOf({ objectGbSeconds: 1.4e6 })).toBeCloseTo(12.5)
    expect(dollarsOf({ browserHours: 110 })).toBeCloseTo(9)
  })

  test('never falls when more is used, and its lines add up', () => {
    const usage = fc.record(
      Object.fromEntries(meters.map((meter) => [meter, fc.double({ min: 0, max: 1e12, noNaN: true })])),
    ) as unknown as fc.Arbitrary<Usage>
    fc.assert(
      fc.property(
        usage,
        fc.constantFrom(...meters),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (used, meter, more) => {
          const bill = billOf(used)
          expect(billOf({ ...used, [meter]: used[meter] + more }).total).toBeGreaterThanOrEqual(bill.total)
          expect(bill.lines.reduce((sum, line) => sum + line.dollars, bill.base)).toBeCloseTo(bill.total)
        },
      ),
    )
  })
})

test('a day is within the free plan until one of its limits is passed', () => {
  expect(beyondFree({ ...nothing, requests: 100_000, rowsWritten: 100_000 })).toEqual([])
  expect(beyondFree({ ...nothing, requests: 100_001, queueOperations: 10_001 })).toEqual([
    'requests',
    'queueOperations',
  ])
})

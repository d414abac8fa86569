/**
 * What Cloudflare asks for what the Workers use, in US dollars, without taxes
 * (https://developers.cloudflare.com: workers, d1, queues, durable-objects, browser-rendering, each under "Pricing").
 */

/** What is used in a month, in the units of the price list. */
export interface Usage {
  /** Invocations: HTTP requests, crons, batches of a queue. */
  requests: number
  /** CPU time, not waiting, ms. */
  cpuMs: number
  /** Of D1. */
  rowsRead: number
  rowsWritten: number
  /** Of D1, GB of 10⁹ bytes. */
  storedGb: number
  /** Writes, reads and deletes: three a message. */
  queueOperations: number
  /** Calls and alarms of Durable Objects. */
  objectRequests: number
  /** How long objects were at work, times their memory. */
  objectGbSeconds: number
  browserHours: number
}

export type Meter = keyof Usage

interface Price {
  /** In a month, on the paid plan. */
  included: number
  /** Dollars for `per` units beyond. */
  dollars: number
  per: number
  /** What the free plan gives in a day; null: a limit of another kind, see docs/costs.md. */
  freeADay: number | null
}

const MILLION = 1e6

/** Dollars a month of the paid plan, whatever is used. */
export const BASE = 5

export const prices: Record<Meter, Price> = {
  requests: { included: 10 * MILLION, dollars: 0.3, per: MILLION, freeADay: 100_000 },
  cpuMs: { included: 30 * MILLION, dollars: 0.02, per: MILLION, freeADay: null },
  rowsRead: { included: 25_000 * MILLION, dollars: 0.001, per: MILLION, freeADay: 5 * MILLION },
  rowsWritten: { included: 50 * MILLION, dollars: 1, per: MILLION, freeADay: 100_000 },
  storedGb: { included: 5, dollars: 0.75, per: 1, freeADay: null },
  queueOperations: { included: MILLION, dollars: 0.4, per: MILLION, freeADay: 10_000 },
  objectRequests: { included: MILLION, dollars: 0.15, per: MILLION, freeADay: 100_000 },
  objectGbSeconds: { included: 400_000, dollars: 12.5, per: MILLION, freeADay: 13_000 },
  browserHours: { included: 10, dollars: 0.09, per: 1, freeADay: 1 / 6 },
}

export const meters = Object.keys(prices) as Meter[]

/** One line of the bill. */
export interface Line {
  meter: Meter
  used: number
  included: number
  /** Beyond what is included. */
  over: number
  dollars: number
}

export interface Bill {
  lines: Line[]
  base: number
  /** `base` and all lines. */
  total: number
}

/** The bill of one month's use on the paid plan. Parts of a unit are charged in part. */
export function billOf(usage: Usage): Bill {
  const lines = meters.map((meter): Line => {
    const { included, dollars, per } = prices[meter]
    const used = usage[meter]
    const over = Math.max(0, used - included)
    return { meter, used, included, over, dollars: (over / per) * dollars }
  })
  return { lines, base: BASE, total: lines.reduce((sum, line) => sum + line.dollars, BASE) }
}

/** The meters of which a day's use is more than the free plan gives. */
export const beyondFree = (day: Usage): Meter[] =>
  meters.filter((meter) => {
    const { freeADay } = prices[meter]
    return freeADay !== null && day[meter] > freeADay
  })

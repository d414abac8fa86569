import { wrapD1 } from '../wrapped-d1.worker.ts'

/** A moment at which the database goes away: before or after it did what it was asked. */
export interface Outage {
  /** Counted from 0. */
  query: number
  moment: 'before' | 'after'
}

const LOST = 'D1_ERROR: Network connection lost.'

/** D1 that goes away once, and counts its queries. */
export function failingD1(d1: D1Database, outage?: Outage): { d1: D1Database; queries: () => number } {
  let queries = 0
  const ask = async (run: () => Promise<unknown>): Promise<unknown> => {
    const query = queries++
    const fails = (moment: Outage['moment']) => outage?.query === query && outage.moment === moment
    if (fails('before')) throw new Error(LOST)
    const answer = await run()
    if (fails('after')) throw new Error(LOST)
    return answer
  }
  return { d1: wrapD1(d1, { statement: ask, batch: ask }), queries: () => queries }
}

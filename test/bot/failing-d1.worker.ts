/** A moment at which the database goes away: before or after it did what it was asked. */
export interface Outage {
  /** Counted from 0. */
  query: number
  moment: 'before' | 'after'
}

const LOST = 'D1_ERROR: Network connection lost.'
const RUNS = new Set(['all', 'first', 'run', 'raw'])

/** D1 that goes away once, and counts its queries. */
export function failingD1(d1: D1Database, outage?: Outage): { d1: D1Database; queries: () => number } {
  let queries = 0
  const ask = async (work: () => Promise<unknown>): Promise<unknown> => {
    const query = queries++
    const fails = (moment: Outage['moment']) => outage?.query === query && outage.moment === moment
    if (fails('before')) throw new Error(LOST)
    const answer = await work()
    if (fails('after')) throw new Error(LOST)
    return answer
  }
  const real = new WeakMap<object, D1PreparedStatement>()
  const statement = (given: D1PreparedStatement): D1PreparedStatement => {
    const stand = new Proxy(given, {
      get(target, name) {
        const member = Reflect.get(target, name) as (...args: unknown[]) => unknown
        if (name === 'bind') return (...args: unknown[]) => statement(target.bind(...args))
        if (!RUNS.has(String(name))) return typeof member === 'function' ? member.bind(target) : member
        return (...args: unknown[]) => ask(() => Reflect.apply(member, target, args) as Promise<unknown>)
      },
    })
    real.set(stand, given)
    return stand
  }
  const batch = (statements: D1PreparedStatement[]) =>
    ask(() => d1.batch(statements.map((one) => real.get(one) ?? one)))
  const stand = new Proxy(d1, {
    get(target, name) {
      if (name === 'batch') return batch
      if (name === 'prepare') return (text: string) => statement(target.prepare(text))
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { d1: stand, queries: () => queries }
}

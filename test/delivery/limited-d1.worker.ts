import type { EventClock } from './event-clock.ts'
import { db } from './kit.worker.ts'

/**
 * D1 as Cloudflare limits it: an invocation's queries past the limit are rejected, each statement of a batch counts.
 * Without a limit of its own the clock's time only stands still while it works.
 */
export function limitedD1(clock: EventClock, limit = Number.POSITIVE_INFINITY) {
  const used = { queries: 0 }
  const use = (queries: number) => {
    used.queries += queries
    if (used.queries > limit) throw new Error('D1_ERROR: too many queries in this invocation')
  }
  const statement = (real: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(real, {
      get: (target, name) => {
        if (name === 'real') return target
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values))
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) =>
          clock.during(async () => {
            use(1)
            return value.apply(target, args)
          })
      },
    })
  const d1 = new Proxy(db.$client, {
    get: (target, name) => {
      if (name === 'prepare') return (query: string) => statement(target.prepare(query))
      if (name === 'batch')
        return (statements: (D1PreparedStatement & { real: D1PreparedStatement })[]) =>
          clock.during(async () => {
            use(statements.length)
            return target.batch(statements.map(({ real }) => real))
          })
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { d1, used }
}

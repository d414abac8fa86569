import type { D1Database } from '@cloudflare/workers-types'

/**
 * The database with its statements counted: Cloudflare allows an invocation 1,000 of them, and counts each statement of a
 * batch. A statement counts when it is prepared, which happens once for each run.
 */
export function countQueries(d1: D1Database, usage: { queries: number }): D1Database {
  return new Proxy(d1, {
    get(target, name) {
      if (name === 'prepare') {
        return (query: string) => {
          usage.queries += 1
          return target.prepare(query)
        }
      }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

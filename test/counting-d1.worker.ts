/** D1 that counts what is asked of it. */
export function countStatements(real: D1Database) {
  const counted = { transactions: 0, statements: 0, rowsWritten: 0 }
  const note = (results: readonly D1Result<unknown>[]) => {
    counted.transactions += 1
    counted.statements += results.length
    for (const { meta } of results) counted.rowsWritten += meta.rows_written
  }
  const RUNS = new Set(['all', 'first', 'run', 'raw'])
  const originals = new WeakMap<object, D1PreparedStatement>()
  const statement = (given: D1PreparedStatement): D1PreparedStatement => {
    const stand = new Proxy(given, {
      get(target, name) {
        const member = Reflect.get(target, name) as (...args: unknown[]) => unknown
        if (name === 'bind') return (...args: unknown[]) => statement(target.bind(...args))
        if (!RUNS.has(String(name))) return typeof member === 'function' ? member.bind(target) : member
        return async (...args: unknown[]) => {
          counted.transactions += 1
          counted.statements += 1
          return Reflect.apply(member, target, args)
        }
      },
    })
    originals.set(stand, given)
    return stand
  }
  const d1 = new Proxy(real, {
    get(target, name) {
      if (name === 'prepare') return (text: string) => statement(target.prepare(text))
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements.map((one) => originals.get(one) ?? one))
          note(results)
          return results
        }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { d1, used: counted }
}

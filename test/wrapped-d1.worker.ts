const RUNS = new Set(['all', 'first', 'run', 'raw'])

/** How a wrapped database runs one statement, or a batch of them. */
export interface D1Calls {
  statement: (run: () => Promise<unknown>) => Promise<unknown>
  batch: (run: () => Promise<D1Result<unknown>[]>) => Promise<unknown>
}

/** D1 whose statements and batches go through the given functions. */
export function wrapD1(real: D1Database, calls: D1Calls): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const wrapped = (given: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(given, {
      get(target, name) {
        const member = Reflect.get(target, name) as (...args: unknown[]) => unknown
        if (name === 'bind') return (...args: unknown[]) => wrapped(target.bind(...args))
        if (!RUNS.has(String(name))) return typeof member === 'function' ? member.bind(target) : member
        return (...args: unknown[]) =>
          calls.statement(() => Reflect.apply(member, target, args) as Promise<unknown>)
      },
    })
    originals.set(proxy, given)
    return proxy
  }
  return new Proxy(real, {
    get(target, name) {
      if (name === 'prepare') return (text: string) => wrapped(target.prepare(text))
      if (name === 'batch')
        return (statements: D1PreparedStatement[]) =>
          calls.batch(() => target.batch(statements.map((one) => originals.get(one) ?? one)))
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

import type { SportrickOptions, SportrickSimulator } from './model.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a POST of `SportrickOptions` starts a simulator. */
    sportrickFactory: string
  }
}

type Methods = Omit<SportrickSimulator, 'base' | 'ssoUrl' | 'control' | 'demo' | 'close'>

/** A simulator in another process: the same methods, answered over HTTP. */
export type RemoteSportrick = Pick<SportrickSimulator, 'base' | 'ssoUrl' | 'control' | 'demo'> & {
  [Name in keyof Methods]: (...args: Parameters<Methods[Name]>) => Promise<ReturnType<Methods[Name]>>
}

type Addresses = Pick<SportrickSimulator, 'base' | 'ssoUrl' | 'control' | 'demo'>

/** The methods of a running simulator, called over its control address. */
export function remoteSportrick(addresses: Addresses): RemoteSportrick {
  const call =
    (method: string) =>
    async (...args: unknown[]) => {
      const response = await fetch(addresses.control, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ method, args }),
      })
      const answer = (await response.json()) as { value?: unknown; error?: string }
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error}`)
      return answer.value
    }
  return new Proxy(addresses as RemoteSportrick, {
    get: (target, name) =>
      // A proxy that answered `then` would look like a promise.
      name in target || typeof name !== 'string' || name === 'then' ? Reflect.get(target, name) : call(name),
  })
}

/** Starts a simulator of the test's own. @param factory what vitest provides as `sportrickFactory` */
export async function startRemoteSimulator(factory: string, options: SportrickOptions = {}) {
  const response = await fetch(factory, { method: 'POST', body: JSON.stringify(options) })
  return remoteSportrick((await response.json()) as Addresses)
}

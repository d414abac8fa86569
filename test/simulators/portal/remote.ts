import type { PortalControls, PortalOptions } from './model.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a POST of `PortalOptions` starts a simulator. */
    portalFactory: string
  }
}

/** A simulator in another process: the same controls, answered over HTTP. */
export type RemotePortal = { origin: string } & {
  [Name in keyof PortalControls]: (
    ...args: Parameters<PortalControls[Name]>
  ) => Promise<ReturnType<PortalControls[Name]>>
}

/** Starts a simulator of the test's own. @param factory what vitest provides as `portalFactory` */
export async function startRemotePortal(factory: string, options: PortalOptions = {}): Promise<RemotePortal> {
  const started = await fetch(factory, { method: 'POST', body: JSON.stringify(options) })
  const { origin, control } = (await started.json()) as { origin: string; control: string }
  const call =
    (method: string) =>
    async (...args: unknown[]) => {
      const response = await fetch(control, { method: 'POST', body: JSON.stringify({ method, args }) })
      const answer = (await response.json()) as { value?: unknown; error?: string }
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error}`)
      return answer.value
    }
  return new Proxy({ origin } as RemotePortal, {
    get: (target, name) =>
      // A proxy that answered `then` would look like a promise.
      name in target || typeof name !== 'string' || name === 'then' ? Reflect.get(target, name) : call(name),
  })
}

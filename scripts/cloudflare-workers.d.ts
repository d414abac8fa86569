// Types for programs outside the Workers: the Workers' own module, and the globals of it that src/ names.
// Node's globals and the rest of the Workers' exclude each other.

type DurableObjectState = import('@cloudflare/workers-types').DurableObjectState
type DurableObjectStub<T extends import('@cloudflare/workers-types').Rpc.DurableObjectBranded> =
  import('@cloudflare/workers-types').DurableObjectStub<T>
type DurableObjectNamespace<T extends import('@cloudflare/workers-types').Rpc.DurableObjectBranded> =
  import('@cloudflare/workers-types').DurableObjectNamespace<T>
type Queue = import('@cloudflare/workers-types').Queue

declare module 'cloudflare:workers' {
  import { CloudflareWorkersModule } from '@cloudflare/workers-types'
  export abstract class DurableObject<Env> extends CloudflareWorkersModule.DurableObject<Env> {}
}

/** Enforces Cloudflare's limits on a Worker by wrapping the Worker's own code. */
import type { Plan } from '../../../src/platform/limits.ts'
import { limitBindings, limitContext, limitGlobalFetch, limitStorage } from './bindings.worker.ts'
import { Invocation, runInvocation, state } from './invocation.worker.ts'
import { PEAK_MARK, PEAKS_URL } from './peaks.ts'

limitGlobalFetch()

export interface WrapOptions {
  /** Name of the Worker in reports. */
  worker: string
  plan: Plan
}

type Handlers = ExportedHandler<object, unknown>
// biome-ignore lint/suspicious/noExplicitAny: a mixin's constructor takes `any[]`, says TypeScript
type ObjectClass = new (...args: any[]) => object

/** A Worker's handlers, each call an invocation under limits. */
function limitHandlers(handlers: Handlers, worker: string): Handlers {
  const { fetch, scheduled, queue } = handlers
  const limited: Handlers = {
    fetch(request, env, context) {
      if (request.url === PEAKS_URL) return Response.json([...state().peaks.values()])
      if (!fetch) return new Response(null, { status: 404 })
      limitBindings(env)
      limitContext(context)
      const invocation = new Invocation(`${worker} fetch`)
      return runInvocation(invocation, async () => {
        const response = await fetch.call(handlers, request, env, context)
        invocation.answered()
        return response
      })
    },
  }
  if (scheduled)
    limited.scheduled = (controller, env, context) => {
      limitBindings(env)
      limitContext(context)
      return runInvocation(new Invocation(`${worker} cron ${controller.cron}`, { wall: 'wallMs' }), () =>
        scheduled.call(handlers, controller, env, context),
      )
    }
  if (queue)
    limited.queue = (batch, env, context) => {
      limitBindings(env)
      limitContext(context)
      return runInvocation(new Invocation(`${worker} queue ${batch.queue}`, { wall: 'wallMs' }), () =>
        queue.call(handlers, batch, env, context),
      )
    }
  return limited
}

/** Invocations of an object that are under way: a method that calls another one is still the same call. */
const inside = new WeakMap<Invocation, object>()

/** Defines the methods of an object's class anew, each call from outside an invocation under limits. */
function limitMethods(target: object, methods: object, worker: string): void {
  for (const name of Object.getOwnPropertyNames(methods)) {
    const method: unknown = Object.getOwnPropertyDescriptor(methods, name)?.value
    if (name === 'constructor' || typeof method !== 'function') continue
    Object.defineProperty(target, name, {
      configurable: true,
      writable: true,
      value(this: object, ...args: unknown[]) {
        const outer = state().invocations.getStore()
        if (outer && inside.get(outer) === this) return Reflect.apply(method, this, args)
        const invocation =
          name === 'alarm'
            ? new Invocation(`${worker} alarm`, { wall: 'wallMs' })
            : new Invocation(`${worker} object ${name}`)
        inside.set(invocation, this)
        return runInvocation(invocation, () => Reflect.apply(method, this, args))
      },
    })
  }
}

/** An object's class under limits. */
function limitObject(Base: ObjectClass, worker: string): ObjectClass {
  const Limited = class extends Base {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    constructor(...args: any[]) {
      const [ctx, env] = args as [DurableObjectState, object]
      limitBindings(env)
      limitContext(ctx)
      limitStorage(ctx.storage)
      super(ctx, env)
    }
  }
  limitMethods(Limited.prototype, Base.prototype, worker)
  Object.defineProperty(Limited, 'name', { value: Base.name })
  return Limited
}

/** Everything that a Worker exports, under limits. */
export function wrap(
  exports: Record<string, unknown>,
  { worker, plan }: WrapOptions,
): Record<string, unknown> {
  state().plan = plan
  state().report = (peak) => console.log(PEAK_MARK + JSON.stringify(peak))
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => {
      if (name === 'default') return [name, limitHandlers(value as Handlers, worker)]
      return [name, typeof value === 'function' ? limitObject(value as ObjectClass, worker) : value]
    }),
  )
}

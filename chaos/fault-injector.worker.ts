/**
 * Wraps a built Worker to inject faults: delivers batches incorrectly and makes its database slow or unavailable,
 * as ordered. It runs inside the Worker, before the Worker's own code; an order ends with the isolate.
 */

/** A fault of the next batches of a queue. */
export type BatchFault =
  /** Delivered, handled and delivered again, as if the acknowledgement were lost. */
  | { kind: 'again' }
  /** Out of order. */
  | { kind: 'reversed' }
  /** After this many calls the database refuses the rest of the handler's calls; the handler throws. */
  | { kind: 'middle'; calls: number }
  /** The handler throws each time it receives one of these messages, until their retries are used up. */
  | { kind: 'poisoned' }

/**
 * An order to inject a fault: into batches of the queues whose names end like this, or into the database for a
 * time.
 */
export type Order =
  | { about: 'batches'; queue: string; fault: BatchFault; times: number }
  | { about: 'store'; fault: 'slow' | 'refused'; forMs: number; share: number; waitMs: number }

/** Orders are posted to this address of a Worker. */
export const ORDERS = 'http://orders.invalid/'

/** The log event for each injected fault. */
export const HIT = 'fault-hit'

type Statement = Record<string, (...args: unknown[]) => unknown>
interface Store {
  prepare(sql: string): Statement
  batch(statements: unknown[]): Promise<unknown>
}
type Env = { DB: Store }
interface Message {
  id: string
}
interface Batch {
  queue: string
  messages: readonly Message[]
}
interface Handlers {
  fetch?(request: Request, env: Env, context: unknown): Promise<Response> | Response
  scheduled?(controller: unknown, env: Env, context: unknown): Promise<void>
  queue?(batch: Batch, env: Env, context: unknown): Promise<void>
}

/** Draws in [0, 1), the same for the same seed (mulberry32). */
function drawsOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

let random = drawsOf(0)
const batchOrders: Extract<Order, { about: 'batches' }>[] = []
let storeFault: { fault: 'slow' | 'refused'; until: number; share: number; waitMs: number } | undefined
const poisoned = new Set<string>()

/** Logs that a fault was injected, so that it is counted. */
const logInjected = (what: string) => console.log(JSON.stringify({ event: HIT, what }))

const refusal = () => new Error('D1_ERROR: the database refused on purpose')

/** Runs before each database call. */
type Gate = () => Promise<void>

async function storeGate(): Promise<void> {
  if (!storeFault || Date.now() > storeFault.until || random() > storeFault.share) return
  const { fault, waitMs } = storeFault
  logInjected(fault)
  await new Promise((resolve) => setTimeout(resolve, waitMs))
  if (fault === 'refused') throw refusal()
}

/** Refuses every call after the first few. */
function refusingAfter(calls: number): Gate {
  let made = 0
  return async () => {
    if (++made > calls) throw refusal()
  }
}

const RUNS = new Set(['run', 'all', 'first', 'raw'])
/** The original statement of each wrapped one: a D1 batch accepts only originals. */
const behind = new WeakMap<object, Statement>()

function guarded(statement: Statement, gates: readonly Gate[]): Statement {
  const proxy = new Proxy(statement, {
    get(target, name: string) {
      const method = target[name]
      if (typeof method !== 'function') return method
      if (name === 'bind')
        return (...values: unknown[]) => guarded(target.bind?.(...values) as Statement, gates)
      if (!RUNS.has(name)) return method.bind(target)
      return async (...args: unknown[]) => {
        for (const gate of gates) await gate()
        return method.apply(target, args)
      }
    },
  })
  behind.set(proxy, statement)
  return proxy
}

function withGates(env: Env, gates: readonly Gate[]): Env {
  const store = env.DB
  const DB: Store = {
    prepare: (sql) => guarded(store.prepare(sql), gates),
    async batch(statements) {
      for (const gate of gates) await gate()
      return store.batch(statements.map((each) => behind.get(each as object) ?? each))
    },
  }
  return { ...env, DB }
}

function take(queue: string): BatchFault | undefined {
  const order = batchOrders.find((each) => queue.endsWith(each.queue) && each.times > 0)
  if (!order) return undefined
  order.times--
  return order.fault
}

async function deliver(worker: Handlers, batch: Batch, env: Env, context: unknown): Promise<void> {
  const fault = take(batch.queue)
  const handle = (gates: readonly Gate[], messages = batch.messages) =>
    // A batch's methods need the original as `this`; only its messages are replaced.
    worker.queue?.({ queue: batch.queue, messages }, withGates(env, gates), context)
  if (fault) logInjected(fault.kind)
  if (fault?.kind === 'poisoned') for (const { id } of batch.messages) poisoned.add(id)
  const isDead = batch.queue.endsWith('-dead')
  if (!isDead && batch.messages.some(({ id }) => poisoned.has(id))) throw new Error('thrown on purpose')
  if (fault?.kind === 'middle') {
    await handle([storeGate, refusingAfter(fault.calls)])
    throw new Error('thrown on purpose in the middle')
  }
  await handle([storeGate], fault?.kind === 'reversed' ? [...batch.messages].reverse() : batch.messages)
  if (fault?.kind === 'again') throw new Error('thrown on purpose at the end')
}

async function takeCommand(request: Request): Promise<Response> {
  const order = (await request.json()) as Order
  if (order.about === 'batches') batchOrders.push(order)
  else storeFault = { ...order, until: Date.now() + order.forMs }
  return new Response('done')
}

/** A Worker's handlers with faults injected before and after them. */
function withFaults(worker: Handlers): Handlers {
  return {
    fetch: async (request, env, context) => {
      if (request.url.startsWith(ORDERS)) return takeCommand(request)
      return (
        (await worker.fetch?.(request, withGates(env, [storeGate]), context)) ??
        new Response(null, { status: 404 })
      )
    },
    scheduled: async (controller, env, context) =>
      worker.scheduled?.(controller, withGates(env, [storeGate]), context),
    queue: (batch, env, context) => deliver(worker, batch, env, context),
  }
}

/** @param seed of every draw, e.g. which calls to the database are refused */
export function wrap(exports: Record<string, unknown>, { seed }: { seed: number }): Record<string, unknown> {
  random = drawsOf(seed)
  return { ...exports, default: withFaults(exports.default as Handlers) }
}

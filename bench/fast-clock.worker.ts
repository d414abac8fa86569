/** Speeds a Worker up: its clock, its timers and the delays of its queue messages. */

type Handlers = ExportedHandler<Record<string, unknown>>
interface SendOptions {
  delaySeconds?: number
}

/** Patches the queues of an environment; all bindings of an isolate share their prototype. */
function hurryQueues(env: Record<string, unknown>, speed: number): void {
  const isQueue = (binding: unknown) =>
    Object.getPrototypeOf(Object(binding))?.constructor?.name === 'WorkerQueue'
  const queue = Object.values(env).find(isQueue)
  if (!queue) return
  const prototype = Object.getPrototypeOf(queue)
  const { send } = prototype
  prototype.send = function (body: unknown, options?: SendOptions) {
    const delay = options?.delaySeconds
    return send.call(this, body, delay ? { ...options, delaySeconds: Math.ceil(delay / speed) } : options)
  }
}

export function wrap(
  exports: Record<string, unknown>,
  { speed, startedAt }: { speed: number; startedAt: number },
) {
  const { now } = Date
  const { setTimeout } = globalThis
  Date.now = () => Math.floor(startedAt + (now() - startedAt) * speed)
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    setTimeout(run, ms / speed, ...args)) as typeof globalThis.setTimeout

  const handlers = exports.default as Handlers
  let hurried = false
  const hurry = (env: Record<string, unknown>) => {
    if (!hurried) hurryQueues(env, speed)
    hurried = true
  }
  const { fetch, scheduled, queue } = handlers
  const fast: Handlers = {}
  if (fetch)
    fast.fetch = (request, env, context) => {
      hurry(env)
      return fetch.call(handlers, request, env, context)
    }
  if (scheduled)
    fast.scheduled = (controller, env, context) => {
      hurry(env)
      return scheduled.call(handlers, controller, env, context)
    }
  if (queue)
    fast.queue = (batch, env, context) => {
      hurry(env)
      return queue.call(handlers, batch, env, context)
    }
  return { ...exports, default: fast }
}

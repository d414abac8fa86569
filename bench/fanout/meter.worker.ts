/** Adds up what D1 says that a Worker read and wrote, and what it put on queues; logs it twice a second. */
import { SPENT_MARK, type Spent } from './spent.ts'

type Handlers = ExportedHandler<Record<string, unknown>>
type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>

const LOG_EVERY_MS = 500

export function wrap(exports: Record<string, unknown>) {
  const spent: Spent = { statements: 0, rowsRead: 0, rowsWritten: 0, queued: 0, batches: 0 }
  let loggedAt = 0
  const tell = () => {
    loggedAt = Date.now()
    console.log(SPENT_MARK + JSON.stringify(spent))
  }
  const add = (result: unknown) => {
    const { meta } = result as { meta?: { rows_read?: number; rows_written?: number } }
    spent.statements++
    spent.rowsRead += meta?.rows_read ?? 0
    spent.rowsWritten += meta?.rows_written ?? 0
    if (Date.now() - loggedAt > LOG_EVERY_MS) tell()
  }
  const around = (object: object, name: string, note: (answer: unknown, args: unknown[]) => void) => {
    const real = Reflect.get(object, name) as Method
    Reflect.set(object, name, async function (this: unknown, ...args: unknown[]) {
      const answer = await real.apply(this, args)
      note(answer, args)
      return answer
    })
  }
  let patched = false
  const meter = (env: Record<string, unknown>) => {
    if (patched) return
    patched = true
    const d1 = env.DB as D1Database
    around(Object.getPrototypeOf(d1), 'batch', (results) => (results as unknown[]).forEach(add))
    const statement = Object.getPrototypeOf(d1.prepare('SELECT 1'))
    around(statement, 'all', add)
    around(statement, 'run', add)
    const queue = Object.getPrototypeOf(env.OUTBOUND)
    around(queue, 'send', () => spent.queued++)
    around(queue, 'sendBatch', (_, [messages]) => {
      spent.queued += (messages as unknown[]).length
    })
  }
  const handlers = exports.default as Handlers
  const { scheduled, queue } = handlers
  const metered: Handlers = {}
  if (scheduled)
    metered.scheduled = (controller, env, context) => {
      meter(env)
      return scheduled.call(handlers, controller, env, context)
    }
  if (queue)
    metered.queue = async (batch, env, context) => {
      meter(env)
      spent.batches++
      await queue.call(handlers, batch, env, context)
      tell()
    }
  return { ...exports, default: metered }
}

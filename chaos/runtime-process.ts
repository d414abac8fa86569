/**
 * The Workers in a process of their own, so that they can be killed with no warning while the simulators go on. Started
 * by `process.ts` with the options as JSON in its last argument; obeys the messages of `Order`.
 */
import { readFileSync } from 'node:fs'
import type { BuiltWorker, WorkerName } from '../scripts/local/bundle.ts'
import { startRuntime, type Variables } from '../scripts/local/runtime.ts'
import { connect } from '../src/db/client.ts'
import { keepDeadLetter, listDeadLetters, replayDeadLetter } from '../src/delivery/dead-letters.ts'

/** What the process is started with. */
export interface ProcessOptions {
  stateDir: string
  port: number
  variables: Variables
  /** File with the built Workers as JSON. */
  workersFile: string
}

/** What the process can be told to do. */
export type Order =
  | { order: 'tick'; worker: WorkerName }
  | { order: 'enqueue'; binding: 'AVAILABILITY' | 'OUTBOUND'; bodies: unknown[] }
  /** Keeps these bodies as dead letters of a queue, then sends every dead letter again. */
  | { order: 'replay-dead-letters'; bodies: unknown[] }
  | { order: 'stop' }

/** What the process says. */
export type Report =
  | { report: 'ready' }
  | { report: 'log'; line: string }
  | { report: 'failed'; what: string }

const AVAILABILITY = 'sportello-availability'
const say = (report: Report) => process.send?.(report)
const options = JSON.parse(process.argv[2] ?? '') as ProcessOptions

const runtime = await startRuntime({
  stateDir: options.stateDir,
  port: options.port,
  variables: options.variables,
  workers: JSON.parse(readFileSync(options.workersFile, 'utf8')) as BuiltWorker[],
  onLog: (line) => say({ report: 'log', line }),
})

async function replayDeadLetters(bodies: readonly unknown[]): Promise<void> {
  const db = connect((await runtime.database()) as never)
  const now = Date.now()
  for (const [i, body] of bodies.entries()) {
    await keepDeadLetter(db, { queue: AVAILABILITY, messageId: `chaos-${now}-${i}`, body }, now)
  }
  for (const { id } of await listDeadLetters(db, 100)) {
    await replayDeadLetter(db, id, async (queue, body) => {
      await runtime.enqueue('edge', queue === AVAILABILITY ? 'AVAILABILITY' : 'OUTBOUND', [body])
      return true
    })
  }
}

async function obey(order: Order): Promise<void> {
  switch (order.order) {
    case 'tick':
      return runtime.tick(order.worker, '* * * * *')
    case 'enqueue':
      return runtime.enqueue('edge', order.binding, order.bodies)
    case 'replay-dead-letters':
      return replayDeadLetters(order.bodies)
    case 'stop':
      await runtime.stop()
      process.exit(0)
  }
}

process.on('message', (order: Order) => {
  obey(order).catch((error) =>
    say({ report: 'failed', what: `${order.order}: ${error instanceof Error ? error.message : error}` }),
  )
})
// The parent died: nobody is left to stop the Workers.
process.on('disconnect', () => void runtime.stop().finally(() => process.exit(1)))
say({ report: 'ready' })

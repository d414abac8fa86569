/**
 * Starts and restarts the Workers in a process of their own, so that what miniflare does meanwhile holds no simulator
 * up. Started by `host.ts` with the file of the built Workers; answers each `Order` with a `Reply`.
 */
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { BuiltWorker } from '../scripts/local/bundle.ts'
import { type Runtime, startRuntime } from '../scripts/local/runtime.ts'
import { connect } from '../src/db/client.ts'
import { listDeadLetters, replayDeadLetter } from '../src/delivery/dead-letters.ts'
import type { Calls, Order, Reply, StartOptions } from './host.ts'
import { ORDERS } from './interposer.worker.ts'

const built = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BuiltWorker[]
const AVAILABILITY = 'sportello-availability'
let current: Runtime | undefined
/** What orders of several steps do. Miniflare must not be disposed of between two of them: it would wait for ever. */
let steps: Promise<unknown> = Promise.resolve()

const say = (reply: Reply) => process.send?.(reply)

const interposer = stripTypeScriptTypes(
  readFileSync(join(import.meta.dirname, 'interposer.worker.ts'), 'utf8'),
)
/** A run lives faster than the world, its retries too; few of them, so that some are used up. */
const HASTY = { maxRetries: 3, retryDelay: 1 }

/** A Worker behind the interposer, its queues in haste. The booking Worker has neither queues nor a D1 that it depends on. */
function behindInterposer(built: BuiltWorker): BuiltWorker {
  if (built.worker === 'booking') return built
  const [main] = built.modules
  if (!main) throw new Error(`${built.worker} has no code`)
  const entry = `import worker from './${main.path}'
import { interposed } from './interposer.js'
export default interposed(worker)`
  const consumers = (built.options.queueConsumers ?? {}) as Record<string, object>
  return {
    ...built,
    options: {
      ...built.options,
      queueConsumers: Object.fromEntries(
        Object.entries(consumers).map(([queue, consumer]) => [queue, { ...consumer, ...HASTY }]),
      ),
    },
    modules: [
      { type: 'ESModule', path: 'entry.js', contents: entry },
      { type: 'ESModule', path: 'interposer.js', contents: interposer },
      ...built.modules,
    ],
  }
}

/** The code of a deployment: each one differs from the one before. */
const codeOf = (deployment: number): BuiltWorker[] =>
  built.map(behindInterposer).map((worker) => ({
    ...worker,
    modules: worker.modules.map((module) =>
      module.type === 'ESModule'
        ? { ...module, contents: `${module.contents}\n// deployment ${deployment}` }
        : module,
    ),
  }))

function running(): Runtime {
  if (!current) throw new Error('nothing runs')
  return current
}

function inSteps(work: Promise<void>): Promise<void> {
  steps = Promise.allSettled([steps, work])
  return work
}

/** Sends every dead letter again, until it is done or the Workers end. */
async function replay(runtime: Runtime): Promise<void> {
  const db = connect((await runtime.database()) as never)
  for (const { id } of await listDeadLetters(db, 100)) {
    if (current !== runtime) return
    await replayDeadLetter(db, id, async (queue, body) => {
      await runtime.enqueue('edge', queue === AVAILABILITY ? 'AVAILABILITY' : 'OUTBOUND', [body])
      return true
    })
  }
}

const calls: Calls = {
  async start({ stateDir, port, variables, deployment }: StartOptions) {
    current = await startRuntime({
      stateDir,
      port,
      variables,
      workers: codeOf(deployment),
      onLog: (line) => say({ log: line }),
    })
  },
  async kill() {
    // Miniflare stops workerd with SIGKILL, asking nobody.
    const ended = current
    current = undefined
    await steps
    await ended?.stop()
  },
  tick: (worker, cron) => running().tick(worker, cron),
  enqueue: (binding, bodies) => running().enqueue('edge', binding, bodies),
  order(worker, fault) {
    return inSteps(
      running()
        .post(worker, ORDERS, fault)
        .then((status) => {
          if (status !== 200) throw new Error(`the order was answered ${status}`)
        }),
    )
  },
  replayDeadLetters() {
    return inSteps(replay(running()))
  },
  async student(userId, method, args) {
    const student = (await running().student(userId)) as unknown as Record<
      string,
      (...args: unknown[]) => Promise<unknown>
    >
    return student[method]?.(...args)
  },
}

process.on('message', ({ id, method, args }: Order) => {
  const act = calls[method] as (...args: unknown[]) => Promise<unknown>
  act(...args).then(
    (value) => say({ id, value }),
    (error) => say({ id, error: error instanceof Error ? error.message : String(error) }),
  )
})
// A call that was under way when the Workers were killed may fail when nobody waits for it any more.
process.on('unhandledRejection', (error) => console.error(`left behind: ${error}`))
process.on('disconnect', () => void calls.kill().finally(() => process.exit(0)))

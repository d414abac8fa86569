/**
 * Starts and restarts the Workers in a process of their own, so that miniflare's work does not delay the
 * simulators. `host.ts` starts it with the file of the built Workers; it answers each `Order` with a `Reply`.
 */
import { readFileSync } from 'node:fs'
import type { BuiltWorker } from '../scripts/local/bundle.ts'
import { type Runtime, startRuntime } from '../scripts/local/runtime.ts'
import { wrapWorker } from '../scripts/local/wrap.ts'
import { connect } from '../src/db/database.ts'
import { listDeadLetters, replayDeadLetter } from '../src/delivery/dead-letters.ts'
import { ORDERS } from './fault-injector.worker.ts'
import type { Calls, Order, Reply, StartOptions } from './host.ts'

const built = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BuiltWorker[]
/** More than a run has: the draws of each deployment differ. */
const DEPLOYMENTS = 1_000
const AVAILABILITY = 'sportello-availability'
let current: Runtime | undefined
/** State folders that an earlier start migrated. */
const migrated = new Set<string>()
/**
 * The work of orders with several steps. Miniflare must not be disposed of between two steps, or it would wait
 * forever.
 */
let steps: Promise<unknown> = Promise.resolve()

const say = (reply: Reply) => process.send?.(reply)

/** Time in a run passes faster, so retries come sooner; there are few of them, so that some are used up. */
const HASTY = { maxRetries: 3, retryDelay: 1 }

/** A Worker whose queues retry quickly. */
function withHastyQueues(built: BuiltWorker): BuiltWorker {
  const consumers = (built.options.queueConsumers ?? {}) as Record<string, object>
  return {
    ...built,
    options: {
      ...built.options,
      queueConsumers: Object.fromEntries(
        Object.entries(consumers).map(([queue, consumer]) => [queue, { ...consumer, ...HASTY }]),
      ),
    },
  }
}

/**
 * A Worker wrapped in the planted bugs and the fault injector. The booking Worker has no queues and gets no D1
 * faults.
 */
async function faulty(built: BuiltWorker, { seed, deployment, planted }: StartOptions): Promise<BuiltWorker> {
  const buggy =
    planted.length > 0
      ? await wrapWorker(built, {
          name: 'planted-bugs',
          file: 'chaos/planted-bugs.worker.ts',
          options: { bugs: planted, worker: built.worker },
        })
      : built
  if (built.worker === 'booking') return buggy
  return wrapWorker(withHastyQueues(buggy), {
    name: 'fault-injector',
    file: 'chaos/fault-injector.worker.ts',
    options: { seed: seed * DEPLOYMENTS + deployment },
  })
}

/** The code of a deployment; each deployment differs from the one before. */
async function codeOf(options: StartOptions): Promise<BuiltWorker[]> {
  const workers = await Promise.all(built.map((worker) => faulty(worker, options)))
  return workers.map((worker) => ({
    ...worker,
    modules: worker.modules.map((module) =>
      module.type === 'ESModule'
        ? { ...module, contents: `${module.contents}\n// deployment ${options.deployment}` }
        : module,
    ),
  }))
}

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
  async start(options: StartOptions) {
    const { stateDir, port, variables } = options
    current = await startRuntime({
      stateDir,
      port,
      variables,
      workers: await codeOf(options),
      migrated: migrated.has(stateDir),
      onLog: (line) => say({ log: line }),
    })
    migrated.add(stateDir)
  },
  async kill() {
    // Miniflare stops workerd with SIGKILL, without a graceful shutdown.
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
// A call that was under way when the Workers were killed may fail after its caller has stopped waiting.
process.on('unhandledRejection', (error) => console.error(`left behind: ${error}`))
process.on('disconnect', () => void calls.kill().finally(() => process.exit(0)))

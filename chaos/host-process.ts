/**
 * Starts and restarts the Workers in a process of their own, so that what miniflare does meanwhile holds no simulator
 * up. Started by `host.ts` with the file of the built Workers; answers each `Order` with a `Reply`.
 */
import { readFileSync } from 'node:fs'
import type { BuiltWorker } from '../scripts/local/bundle.ts'
import { type Runtime, startRuntime } from '../scripts/local/runtime.ts'
import { connect } from '../src/db/client.ts'
import { keepDeadLetter, listDeadLetters, replayDeadLetter } from '../src/delivery/dead-letters.ts'
import type { Calls, Order, Reply, StartOptions } from './host.ts'

const built = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BuiltWorker[]
const AVAILABILITY = 'sportello-availability'
let current: Runtime | undefined
/** What an order of several steps does. Miniflare must not be disposed of between two of them: it would wait for ever. */
let steps: Promise<void> = Promise.resolve()

const say = (reply: Reply) => process.send?.(reply)

/** The code of a deployment: each one differs from the one before. */
const codeOf = (deployment: number): BuiltWorker[] =>
  built.map((worker) => ({
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

/** Fills the dead letters and sends all of them again, until it is done or the Workers end. */
async function replay(runtime: Runtime, bodies: readonly unknown[], now: number): Promise<void> {
  const db = connect((await runtime.database()) as never)
  for (const [i, body] of bodies.entries()) {
    if (current !== runtime) return
    await keepDeadLetter(db, { queue: AVAILABILITY, messageId: `chaos-${now}-${i}`, body }, now)
  }
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
    await steps.catch(() => undefined) // answered to whoever ordered it
    await ended?.stop()
  },
  tick: (worker, cron) => running().tick(worker, cron),
  enqueue: (binding, bodies) => running().enqueue('edge', binding, bodies),
  replayDeadLetters(bodies, now) {
    steps = replay(running(), bodies, now)
    return steps
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

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { WorkerName } from '../scripts/local/bundle.ts'
import type { Variables } from '../scripts/local/runtime.ts'
import type { Order as Fault } from './fault-injector.worker.ts'
import type { PlantedBug } from './plan.ts'

const PROCESS = join(import.meta.dirname, 'host-process.ts')

export interface StartOptions {
  stateDir: string
  port: number
  variables: Variables
  /** Number of the code: each one differs from the one before. */
  deployment: number
  /** Seed of the injected faults. */
  seed: number
  /** Bugs to be found by the audit. */
  planted: readonly PlantedBug[]
}

/** The orders that the host process accepts. */
export interface Calls {
  /** Starts the Workers on a new or existing state. */
  start(options: StartOptions): Promise<void>
  /** Kills workerd with SIGKILL at any point of its work; resolves when it has ended. */
  kill(): Promise<void>
  tick(worker: WorkerName, cron: string): Promise<void>
  enqueue(binding: 'AVAILABILITY' | 'OUTBOUND', bodies: readonly unknown[]): Promise<void>
  /** Injects faults into a Worker's batches or database. */
  order(worker: FaultyWorker, fault: Fault): Promise<void>
  /** Sends every dead letter again, as an admin does. */
  replayDeadLetters(): Promise<void>
  /** Calls a student's object. */
  student(userId: number, method: string, args: readonly unknown[]): Promise<unknown>
}

/** The Workers that the fault injector wraps. */
export type FaultyWorker = 'edge' | 'dispatcher'

export type Order = { id: number; method: keyof Calls; args: unknown[] }
export type Reply = { id: number; value?: unknown } | { id: number; error: string } | { log: string }

/** Without an answer for this long (ms) the host counts as hung; ending it normally takes moments. */
const STUCK_MS = 100_000
const STUCK_ENDING_MS = 15_000

/** The host process hangs, which says nothing about the Workers. */
export class HostStuck extends Error {
  override name = 'HostStuck'
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** The host process of the Workers; it serves one world after another. */
export class Host {
  readonly #workersFile: string
  #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  /** Called with every line that the Workers log. */
  onLog: (line: string) => void = () => undefined

  /** @param workersFile the built Workers as JSON */
  constructor(workersFile: string) {
    this.#workersFile = workersFile
    this.#child = this.#fork()
  }

  #fork(): ChildProcess {
    const child = fork(PROCESS, [this.#workersFile], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // A process group of its own, workerd included, so that it can be ended as a whole.
      detached: true,
    })
    child.on('message', (reply: Reply) => this.#hear(reply))
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the host ended'))
    })
    return child
  }

  #hear(reply: Reply): void {
    if ('log' in reply) {
      this.onLog(reply.log)
      return
    }
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting?.reject(new Error(reply.error))
    else waiting?.resolve(reply.value)
  }

  call<const Method extends keyof Calls>(
    method: Method,
    ...args: Parameters<Calls[Method]>
  ): ReturnType<Calls[Method]> {
    return this.#call(method, args, STUCK_MS) as ReturnType<Calls[Method]>
  }

  /** Kills workerd with SIGKILL; a host that hangs is killed too and replaced. */
  async kill(): Promise<void> {
    try {
      await this.#call('kill', [], STUCK_ENDING_MS)
    } catch (error) {
      if (!(error instanceof HostStuck)) throw error
      const ended = once(this.#child, 'exit')
      this.abandon()
      await ended
      this.#child = this.#fork()
    }
  }

  #call(method: keyof Calls, args: unknown[], stuckAfterMs: number): Promise<unknown> {
    const id = this.#next++
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const stuck = setTimeout(() => this.#waiting.get(id)?.reject(new HostStuck(method)), stuckAfterMs)
    this.#child.send({ id, method, args } satisfies Order)
    return answer.finally(() => clearTimeout(stuck))
  }

  /** Kills the host and everything it started. */
  abandon(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
  }
}

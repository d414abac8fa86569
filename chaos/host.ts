import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { WorkerName } from '../scripts/local/bundle.ts'
import type { Variables } from '../scripts/local/runtime.ts'
import type { Order as Fault } from './interposer.worker.ts'

const PROCESS = join(import.meta.dirname, 'host-process.ts')

export interface StartOptions {
  stateDir: string
  port: number
  variables: Variables
  /** Number of the code: each one differs from the one before. */
  deployment: number
}

/** What the process that hosts the Workers can be asked. */
export interface Calls {
  /** Starts the Workers on a state, new or left by others. */
  start(options: StartOptions): Promise<void>
  /** Ends workerd with SIGKILL, in the middle of whatever it does; resolves when it is gone. */
  kill(): Promise<void>
  tick(worker: WorkerName, cron: string): Promise<void>
  enqueue(binding: 'AVAILABILITY' | 'OUTBOUND', bodies: readonly unknown[]): Promise<void>
  /** Makes batches or the database of a Worker go wrong. */
  order(worker: InterposedWorker, fault: Fault): Promise<void>
  /** Sends every dead letter again, as an admin does. */
  replayDeadLetters(): Promise<void>
  /** Calls a student's object. */
  student(userId: number, method: string, args: readonly unknown[]): Promise<unknown>
}

/** The Workers between which and the runtime the interposer stands. */
export type InterposedWorker = 'edge' | 'dispatcher'

export type Order = { id: number; method: keyof Calls; args: unknown[] }
export type Reply = { id: number; value?: unknown } | { id: number; error: string } | { log: string }

/** The host did not answer for so long (ms) that it never will. */
const STUCK_MS = 100_000

/** The process that hosts the Workers hangs: this says nothing about the Workers. */
export class HostStuck extends Error {
  override name = 'HostStuck'
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** The process that hosts the Workers, for one world after the other. */
export class Host {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  /** Hears every line that the Workers log. */
  onLog: (line: string) => void = () => undefined

  /** @param workersFile the built Workers as JSON */
  constructor(workersFile: string) {
    this.#child = fork(PROCESS, [workersFile], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // A group of its own, workerd included, to be ended as one.
      detached: true,
    })
    this.#child.on('message', (reply: Reply) => this.#hear(reply))
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the host ended'))
    })
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
    const id = this.#next++
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const stuck = setTimeout(() => this.#waiting.get(id)?.reject(new HostStuck(method)), STUCK_MS)
    this.#child.send({ id, method, args } satisfies Order)
    return answer.finally(() => clearTimeout(stuck)) as ReturnType<Calls[Method]>
  }

  /** Ends it with all that it started, without asking it. */
  abandon(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { WorkerName } from '../scripts/local/bundle.ts'
import type { Variables } from '../scripts/local/runtime.ts'
import { endWorkerd } from './workerd.ts'

const PROCESS = join(import.meta.dirname, 'host-process.ts')

export interface StartOptions {
  stateDir: string
  port: number
  variables: Variables
}

/** What the process that hosts the Workers can be asked. */
export interface Calls {
  start(options: StartOptions): Promise<void>
  /** Starts the Workers again on the same state. @param deployment number of the code */
  restart(variables: Variables, deployment: number): Promise<void>
  stop(): Promise<void>
  tick(worker: WorkerName, cron: string): Promise<void>
  enqueue(binding: 'AVAILABILITY' | 'OUTBOUND', bodies: readonly unknown[]): Promise<void>
  /** Fills the dead letters with messages of the availability queue, then sends all of them again, as an admin does. */
  replayDeadLetters(bodies: readonly unknown[], now: number): Promise<void>
  /** Calls a student's object. */
  student(userId: number, method: string, args: readonly unknown[]): Promise<unknown>
}

export type Order = { id: number; method: keyof Calls; args: unknown[] }
export type Reply = { id: number; value?: unknown } | { id: number; error: string } | { log: string }

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
    this.#child = fork(PROCESS, [workersFile], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
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
    this.#child.send({ id, method, args } satisfies Order)
    return answer as ReturnType<Calls[Method]>
  }

  /** Ends the Workers; see `endWorkerd`. */
  end(how: 'SIGKILL' | 'SIGTERM', graceMs?: number): Promise<void> {
    return endWorkerd(this.#child.pid ?? 0, how, graceMs)
  }

  close(): void {
    this.#child.disconnect()
  }
}

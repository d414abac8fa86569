import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Order, ProcessOptions, Report } from './runtime-process.ts'

const ENTRY = join(import.meta.dirname, 'runtime-process.ts')

/** The processes that a process started, and theirs. */
function descendants(pid: number): number[] {
  let listed = ''
  try {
    listed = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  } catch {
    // pgrep fails when there is none.
    return []
  }
  return listed
    .split('\n')
    .map(Number)
    .filter((child) => child > 0)
    .flatMap((child) => [child, ...descendants(child)])
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The Workers, running in a process that can be killed. */
export class RuntimeProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  /**
   * Starts the Workers on a state folder; resolves when they answer.
   * @param onReport everything that the process says
   * @throws when it ends before that
   */
  static async start(options: ProcessOptions, onReport: (report: Report) => void): Promise<RuntimeProcess> {
    const child = fork(ENTRY, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let complaint = ''
    child.stderr?.on('data', (chunk) => {
      complaint = `${complaint}${chunk}`.slice(-2_000)
    })
    const running = new RuntimeProcess(child)
    const ready = new Promise<void>((resolve) => {
      child.on('message', (report: Report) => {
        if (report.report === 'ready') resolve()
        onReport(report)
      })
    })
    const early = running.#exited.then(() => {
      throw new Error(`the runtime ended before it was ready: ${complaint}`)
    })
    early.catch(() => undefined)
    await Promise.race([ready, early])
    return running
  }

  /** Tells it to do something; a process that is gone hears nothing. */
  tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order)
  }

  /** Ends it as a power cut would: the process and workerd, with SIGKILL, in the middle of whatever they do. */
  async kill(): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined) return
    for (const each of [pid, ...descendants(pid)]) killNow(each)
    await this.#exited
  }

  /** Ends it in an orderly way, as a deployment ends the version before. */
  async stop(): Promise<void> {
    this.tell({ order: 'stop' })
    await this.#exited
  }
}

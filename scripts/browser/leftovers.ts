import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The machine's processes, as far as cleaning up needs them. */
export interface Processes {
  /** The command line; empty when no such process runs (a zombie has none either). */
  commandOf(pid: number): string
  /** The process id of the parent; 0 when no such process runs. */
  parentOf(pid: number): number
  kill(pid: number): void
}

/** The processes of this machine: /proc on Linux, `ps` on macOS. */
export const ownProcesses: Processes = {
  commandOf(pid) {
    try {
      return process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    } catch {
      // There is no such process.
      return ''
    }
  },
  parentOf(pid) {
    try {
      // After the name in brackets, which may hold anything: the state and the parent.
      return process.platform === 'linux'
        ? Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1])
        : Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }))
    } catch {
      // There is no such process.
      return 0
    }
  },
  kill(pid) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // The process has ended by itself.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  },
}

/**
 * Ends the browsers whose owner was killed before it could end them.
 * @param pidFolder what the launcher wrote: a file per browser
 * @returns how many were ended
 */
export function endLeftoverBrowsers(pidFolder: string, processes: Processes = ownProcesses): number {
  if (!existsSync(pidFolder)) return 0
  let ended = 0
  for (const name of readdirSync(pidFolder)) {
    const file = join(pidFolder, name)
    const browser = Number(name)
    // Another start may be cleaning up too, and a browser that is just starting has not written its owner yet.
    const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
    const command = processes.commandOf(browser)
    // The number may be another program's by now.
    const runs = command.includes('--user-data-dir')
    // Not whether a process of the owner's number runs: that may be another program by now. An orphan has a new parent.
    if (runs && (!owner || processes.parentOf(browser) === owner)) continue
    if (runs) {
      processes.kill(browser)
      ended += 1
    }
    rmSync(file, { force: true })
  }
  return ended
}

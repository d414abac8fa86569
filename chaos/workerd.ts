import { execFileSync } from 'node:child_process'

const LOOK_EVERY_MS = 5

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The workerd processes that a process started. */
function startedBy(parent: number): number[] {
  let listed = ''
  try {
    listed = execFileSync('pgrep', ['-P', String(parent), 'workerd'], { encoding: 'utf8' })
  } catch (error) {
    // pgrep ends with 1 when there is none.
    if ((error as { status?: number }).status !== 1) throw error
  }
  return listed.split('\n').map(Number).filter(Boolean)
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

async function gone(pids: readonly number[], withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  while (pids.some((pid) => signal(pid, 0))) {
    if (performance.now() > until) return false
    await pause(LOOK_EVERY_MS)
  }
  return true
}

/**
 * Ends a process's workerd, in which everything of ours lives: queues, objects, requests under way. `SIGKILL` ends it in
 * the middle of whatever it does; `SIGTERM` lets requests finish first, for as long as `graceMs`.
 */
export async function endWorkerd(parent: number, how: 'SIGKILL' | 'SIGTERM', graceMs = 0): Promise<void> {
  const pids = startedBy(parent)
  for (const pid of pids) signal(pid, how)
  if (how === 'SIGTERM' && (await gone(pids, graceMs))) return
  for (const pid of pids) signal(pid, 'SIGKILL')
  await gone(pids, 10_000)
}

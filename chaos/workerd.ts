import { execFileSync } from 'node:child_process'

/** The workerd processes that this process started. */
function running(): number[] {
  let listed = ''
  try {
    listed = execFileSync('pgrep', ['-P', String(process.pid), 'workerd'], { encoding: 'utf8' })
  } catch (error) {
    // pgrep ends with 1 when there is none.
    if ((error as { status?: number }).status !== 1) throw error
  }
  return listed.split('\n').map(Number).filter(Boolean)
}

/**
 * Kills this process's workerd in the middle of whatever it does. Everything of ours lives in it: queues, objects,
 * requests under way.
 */
export function killWorkerd(): void {
  for (const pid of running()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

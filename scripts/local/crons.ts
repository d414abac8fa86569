import { Cron } from 'croner'
import type { BuiltWorker } from './bundle.ts'
import type { Runtime } from './runtime.ts'

/** The crons of a local run. */
export interface Crons {
  stop(): void
}

/**
 * Triggers each Worker's crons at their minutes (UTC), as Cloudflare would: a tick does not wait for the one before.
 * The every-minute crons also tick at once, so that nobody waits up to a minute for the first.
 * @param onError called when a handler fails
 */
export function startCrons(
  runtime: Runtime,
  workers: readonly BuiltWorker[],
  onError: (worker: string, error: unknown) => void,
): Crons {
  let stopped = false
  const jobs = workers.flatMap(({ worker, crons }) =>
    crons.map((pattern) => {
      const tick = () =>
        runtime.tick(worker, pattern).catch((error) => {
          // A handler that runs when everything is stopped ends with it.
          if (!stopped) onError(worker, error)
        })
      if (pattern === '* * * * *') void tick()
      return new Cron(pattern, { timezone: 'UTC' }, tick)
    }),
  )
  return {
    stop() {
      stopped = true
      for (const job of jobs) job.stop()
    },
  }
}

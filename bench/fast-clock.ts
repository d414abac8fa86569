import type { BuiltWorker } from '../scripts/local/bundle.ts'
import { wrapWorker } from '../scripts/local/wrap.ts'
import type { Clock } from '../src/platform/time.ts'

/** A clock that runs `speed` times as fast as the machine's, from the instant at which both showed the same. */
export class FastClock implements Clock {
  readonly speed: number
  /** Epoch ms. */
  readonly startedAt = Date.now()

  constructor(speed: number) {
    this.speed = speed
  }

  now(): number {
    return this.at(Date.now())
  }

  /** Its time at an instant of the machine's clock. */
  at(instant: number): number {
    return Math.floor(this.startedAt + (instant - this.startedAt) * this.speed)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms / this.speed)))
  }
}

/** A Worker with a fast clock. */
export const hurried = (built: BuiltWorker, { speed, startedAt }: FastClock): Promise<BuiltWorker> =>
  wrapWorker(built, {
    name: 'fast-clock',
    file: 'bench/fast-clock.worker.ts',
    options: { speed, startedAt },
  })

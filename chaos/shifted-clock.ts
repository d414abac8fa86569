import { type Clock, systemClock } from '../src/platform/time.ts'

/** The machine's clock plus the time that was skipped. */
export class SkippingClock implements Clock {
  /** Milliseconds skipped so far; whole seconds. */
  skipped = 0
  now = () => Date.now() + this.skipped
  sleep = systemClock.sleep

  skip(ms: number): void {
    this.skipped += Math.ceil(ms / 1_000) * 1_000
  }
}

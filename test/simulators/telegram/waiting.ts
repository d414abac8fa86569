/** Something that can be watched: tells its listeners that it changed. */
export class Signal<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  /** @returns what stops the listening */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) listener(event)
  }
}

export interface WaitOptions {
  /** Milliseconds of real time before giving up. Default 10,000. */
  timeoutMs?: number
}

/**
 * Resolves with the first result of `look` that is neither undefined nor false: now, or after an event.
 * @param describe says, when time is up, what there was instead
 * @throws Error (rejects) after `timeoutMs` of real time, or what `look` throws
 */
export function waitUntil<Event, Result>(
  signal: Signal<Event>,
  look: () => Result | undefined | false,
  describe: () => string,
  { timeoutMs = 10_000 }: WaitOptions = {},
): Promise<Result> {
  // The stack is taken here, so that a failed test points at the line that waited.
  const late = new Error()
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      stop()
      finish()
    }
    const check = () => {
      try {
        const result = look()
        if (result !== undefined && result !== false) settle(() => resolve(result))
      } catch (error) {
        settle(() => reject(error))
      }
    }
    const timer = setTimeout(() => {
      late.message = `Waited ${timeoutMs} ms: ${describe()}`
      settle(() => reject(late))
    }, timeoutMs)
    const stop = signal.listen(check)
    check()
  })
}

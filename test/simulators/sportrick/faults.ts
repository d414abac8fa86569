import type { Fault, FaultKind } from './model.ts'

/** Faults that wait to happen, with how many times each still may. */
export class Faults {
  #active: Fault[] = []

  add(fault: Fault): void {
    this.#active.push({ ...fault })
  }

  clear(): void {
    this.#active = []
  }

  /** Takes a fault of one of these kinds that applies to this request, counting it; undefined when there is none. */
  take(
    kinds: FaultKind | readonly FaultKind[],
    about: { username?: string | null; path?: string } = {},
  ): Fault | undefined {
    const wanted = typeof kinds === 'string' ? [kinds] : kinds
    const found = this.#active.find(
      (fault) =>
        wanted.includes(fault.kind) &&
        fault.times !== 0 &&
        (fault.username === undefined || fault.username === about.username) &&
        (fault.path === undefined || (about.path ?? '').toLowerCase().includes(fault.path.toLowerCase())),
    )
    if (found?.times !== undefined) found.times--
    return found
  }
}

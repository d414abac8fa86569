import type { Endpoint, Fault, FaultKind } from './model.ts'
import { Random } from './random.ts'

/** What an answer is about, to find the faults that concern it. */
export interface About {
  endpoint: Endpoint
  province?: string
  officeId?: string
}

/** Faults that wait to happen. */
export class Faults {
  #active: Fault[] = []
  readonly #random: Random

  constructor(seed: number) {
    this.#random = new Random(`fault:${seed}`)
  }

  add(fault: Fault): void {
    this.#active.push({ ...fault })
  }

  clear(): void {
    this.#active = []
  }

  /** The fault that spoils this answer, counted; undefined: none does. */
  take(about: About): Fault | undefined {
    if (this.#active.length === 0) return undefined
    const found = this.#active.find((fault) => this.#concerns(fault, about))
    if (found?.times !== undefined) found.times -= 1
    return found
  }

  #concerns(fault: Fault, about: About): boolean {
    const here = fault.endpoint
      ? fault.endpoint === about.endpoint
      : about.endpoint === 'offices' || about.endpoint === 'agenda'
    return (
      here &&
      fault.times !== 0 &&
      (fault.province === undefined || fault.province === about.province) &&
      (fault.officeId === undefined || fault.officeId === about.officeId) &&
      (fault.probability === undefined || this.#random.next() < fault.probability)
    )
  }
}

/** Entries of the wrong types, for a fault of that kind: texts as numbers, numbers as texts that are none. */
const garble = (entry: object) => ({
  ...entry,
  id: { value: 'x' },
  objectKey: 7,
  giorno: 'domani',
  totAppuntamenti: 'molti',
  dataPrimaDisponibilitaResidenti: { year: 2023 },
})

/** The answer's value as a fault of the content leaves it. */
export function spoil(kind: FaultKind | undefined, name: 'list' | 'elenco', value: Record<string, unknown>) {
  const entries = (value[name] ?? []) as object[]
  if (kind === 'empty')
    return { ...value, [name]: [], ...(value.pageInfo ? { pageInfo: { totalCount: 0 } } : {}) }
  if (kind === 'truncated' && name === 'list')
    return { ...value, [name]: entries.slice(0, Math.floor(entries.length / 2)) }
  if (kind === 'wrong-types') return { ...value, [name]: entries.length > 0 ? entries.map(garble) : 'none' }
  return value
}

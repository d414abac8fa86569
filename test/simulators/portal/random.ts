import { ringHash } from '../../../src/platform/id.ts'

/** Numbers that look random and are the same for the same seed. */
export class Random {
  readonly #seed: string
  #drawn = 0

  constructor(seed: number | string) {
    this.#seed = String(seed)
  }

  /** From 0 (included) to 1 (not included). */
  next(): number {
    this.#drawn += 1
    return ringHash(`${this.#seed}:${this.#drawn}`) / 2 ** 32
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** @throws RangeError for an empty list */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** Letters and digits, e.g. for a token. */
  token(length: number): string {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('')
  }
}

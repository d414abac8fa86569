const MOST_KEPT = 5_000

/** Keeps one copy of what comes again and again: a broadcast to thousands costs one text and one keyboard. */
export class Interner {
  readonly #texts = new Map<string, string>()
  readonly #values = new Map<string, unknown>()

  text(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    if (this.#texts.size >= MOST_KEPT) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }

  /** An equal value that was seen before, or this one. Values handed in are never changed afterwards. */
  value<Value>(value: Value): Value {
    if (value === undefined) return value
    const key = JSON.stringify(value)
    const known = this.#values.get(key)
    if (known !== undefined) return known as Value
    if (this.#values.size >= MOST_KEPT) this.#values.clear()
    this.#values.set(key, value)
    return value
  }
}

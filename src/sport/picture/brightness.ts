/** A picture as the search for a code takes it: a byte a pixel, row by row, 0 black to 255 white. */
export interface Brightness {
  data: Uint8Array
  width: number
  height: number
}

/** The search takes at most so many pixels: its work is bounded by them. */
export const MAX_SEARCHED_PIXELS = 1_000_000
/** The search takes no longer side. */
const MAX_SEARCHED_SIDE = 4_096

/** How bright a colour is, 0 to 255, by the weights of ITU-R BT.601. */
export const brightnessOf = (red: number, green: number, blue: number): number =>
  (red * 77 + green * 150 + blue * 29) >> 8

/** Where each of `from` places in a row lies when there are only `to`. */
const placesOf = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: from }, (_, place) => Math.floor((place * to) / from))

/**
 * Collects a picture's pixels, in any order, into one that the search takes: each of its pixels is the mean of those
 * that fall on it. It never holds the picture in full. A pixel that never came is white.
 */
export class Shrinker {
  readonly #width: number
  readonly #height: number
  readonly #columns: Uint32Array
  readonly #rows: Uint32Array
  readonly #sums: Uint32Array
  readonly #counts: Uint32Array

  constructor(width: number, height: number) {
    const scale = Math.min(
      1,
      Math.sqrt(MAX_SEARCHED_PIXELS / (width * height)),
      MAX_SEARCHED_SIDE / Math.max(width, height),
    )
    this.#width = Math.max(1, Math.floor(width * scale))
    this.#height = Math.max(1, Math.floor(height * scale))
    this.#columns = placesOf(width, this.#width)
    this.#rows = placesOf(height, this.#height)
    this.#sums = new Uint32Array(this.#width * this.#height)
    this.#counts = new Uint32Array(this.#width * this.#height)
  }

  /** @param brightness 0 to 255 */
  add(x: number, y: number, brightness: number): void {
    const at = (this.#rows[y] ?? 0) * this.#width + (this.#columns[x] ?? 0)
    this.#sums[at] = (this.#sums[at] ?? 0) + brightness
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  finish(): Brightness {
    const data = new Uint8Array(this.#sums.length)
    for (let at = 0; at < data.length; at++) {
      const count = this.#counts[at] ?? 0
      data[at] = count > 0 ? (this.#sums[at] ?? 0) / count : 255
    }
    return { data, width: this.#width, height: this.#height }
  }
}

import type { Provenance } from './results.ts'

/** A cell of a bench's table. */
export type Cell = string | number

/** The result of a bench: a table for people, and the same figures for programs. */
export interface BenchResult {
  /** Rows of the table; the keys of the first are the columns. */
  table: Record<string, Cell>[]
  /** Everything measured, with units in the names (ms, perSecond, bytes). */
  figures: Record<string, unknown>
  /** The figures that miss their target; the bench fails when there are any. */
  failures?: string[]
  /** A page generated from these figures; written with the raw figures. */
  document?: { path: string; text(from: Provenance): string }
}

/** Options after the bench's name, e.g. `--quick`, `--followers 30000`. */
export type BenchOptions = Record<string, string | boolean>

/** Measures speed, cost or memory. */
export interface Bench {
  /** One line: what is measured, and with what it is compared. */
  title: string
  /** Its own options and what they do, for --help. */
  options?: Record<string, string>
  run(options: BenchOptions): Promise<BenchResult>
}

/** A whole-number option, or its default. */
export function wholeOption(options: BenchOptions, name: string, fallback: number): number {
  const value = options[name]
  if (value === undefined) return fallback
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0)
    throw new RangeError(`--${name} should be a whole number, not "${value}"`)
  return number
}

/** The q-quantile (0 to 1) of some values, by the nearest rank; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN
}

/** Rounds to a number of decimals, for tables. */
export const rounded = (value: number, decimals = 0): number => Number(value.toFixed(decimals))

import { getTableColumns, type InferSelectModel, type Table } from 'drizzle-orm'
import type { Row } from './database.ts'

/**
 * Makes a reader of some columns of a table: it converts a row of `transact` (by column name, with SQLite's values) to
 * the schema's types. A column that the row lacks is null.
 * @example const readFollow = columnReader(subscriptions, 'province', 'mutedUntil')
 */
export function columnReader<Of extends Table, Name extends string & keyof InferSelectModel<Of>>(
  table: Of,
  ...names: readonly Name[]
): (row: Row) => Pick<InferSelectModel<Of>, Name> {
  const all = getTableColumns(table)
  const columns = names.map((name) => [name, all[name] as (typeof all)[string]] as const)
  return (row) => {
    const read: Record<string, unknown> = {}
    for (const [name, column] of columns) {
      const value = row[column.name]
      read[name] = value === null || value === undefined ? null : column.mapFromDriverValue(value)
    }
    return read as Pick<InferSelectModel<Of>, Name>
  }
}

const wholeRowReaders = new WeakMap<Table, (row: Row) => Record<string, unknown>>()

/** Converts a row of `transact` that holds every column of a table. */
export function decodeRow<Of extends Table>(table: Of, row: Row): InferSelectModel<Of> {
  const names = () => Object.keys(getTableColumns(table)) as (string & keyof InferSelectModel<Of>)[]
  const read = wholeRowReaders.get(table) ?? columnReader(table, ...names())
  wholeRowReaders.set(table, read)
  return read(row) as InferSelectModel<Of>
}

/** Converts one value of a row; a column that the row lacks is undefined. */
type Conversion = (value: unknown) => unknown

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined

/** A count or sum; 0 when there is nothing to count. */
export const count = (value: unknown): number => Number(value ?? 0)
/** A text; empty when there is none. */
export const text = (value: unknown): string => String(value ?? '')
/** A condition, which SQLite answers with 1. */
export const flag = (value: unknown): boolean => value === 1
/** A number or an instant that may be absent. */
export const maybeNumber = (value: unknown): number | null => (isAbsent(value) ? null : Number(value))
/** A text that may be absent. */
export const maybeText = (value: unknown): string | null => (isAbsent(value) ? null : String(value))

/**
 * Makes a reader for the rows of a query whose columns are no table's own, such as counts and joins. A property takes
 * the column of the same name with underscores: `lastReadAt` is `last_read_at`. A missing row reads as absent values.
 * @example const readPlaces = rowReader({ code: text, places: count, lastReadAt: maybeNumber })
 */
export function rowReader<Shape extends Record<string, Conversion>>(
  shape: Shape,
): (row: Row | undefined) => { [Name in keyof Shape]: ReturnType<Shape[Name]> } {
  const columns = Object.entries(shape).map(
    ([name, convert]) =>
      [name, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), convert] as const,
  )
  return (row) =>
    Object.fromEntries(columns.map(([name, column, convert]) => [name, convert(row?.[column])])) as {
      [Name in keyof Shape]: ReturnType<Shape[Name]>
    }
}

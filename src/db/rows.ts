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
  return (row) =>
    Object.fromEntries(
      columns.map(([name, column]) => {
        const value = row[column.name]
        return [name, value === null || value === undefined ? null : column.mapFromDriverValue(value)]
      }),
    ) as Pick<InferSelectModel<Of>, Name>
}

/** Converts a row of `transact` that holds every column of a table. */
export const decodeRow = <Of extends Table>(table: Of, row: Row): InferSelectModel<Of> =>
  columnReader(
    table,
    ...(Object.keys(getTableColumns(table)) as (string & keyof InferSelectModel<Of>)[]),
  )(row)

import { getTableColumns, type InferSelectModel, type Table } from 'drizzle-orm'
import type { Row } from './database.ts'

/** Converts a row of `transact` (by column name, with SQLite's values) to the schema's type. */
export const decodeRow = <Of extends Table>(table: Of, row: Row): InferSelectModel<Of> =>
  Object.fromEntries(
    Object.entries(getTableColumns(table)).map(([key, column]) => {
      const value = row[column.name]
      return [key, value === null || value === undefined ? null : column.mapFromDriverValue(value)]
    }),
  ) as InferSelectModel<Of>

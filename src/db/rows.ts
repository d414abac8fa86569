import { getTableColumns, type InferSelectModel, type Table } from 'drizzle-orm'
import type { Row } from './database.ts'

/** A row that `transact` gave (by column name, as SQLite keeps it) as the schema types it. */
export const decodeRow = <Of extends Table>(table: Of, row: Row): InferSelectModel<Of> =>
  Object.fromEntries(
    Object.entries(getTableColumns(table)).map(([key, column]) => {
      const value = row[column.name]
      return [key, value === null || value === undefined ? null : column.mapFromDriverValue(value)]
    }),
  ) as InferSelectModel<Of>

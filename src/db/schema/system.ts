import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Small values that outlive an invocation, by name: see platform/state.ts for the names and shapes. */
export const state = sqliteTable('state', {
  name: text('name').primaryKey(),
  value: text('value', { mode: 'json' }).notNull(),
  at: integer('at').notNull(),
})

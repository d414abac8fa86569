import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Small values that outlive an invocation, by name: see db/state.ts for the names and shapes. */
export const state = sqliteTable('state', {
  /** The value's name. */
  name: text('name').primaryKey(),
  /** JSON. */
  value: text('value', { mode: 'json' }).notNull(),
  /** When it was last written. */
  at: integer('at').notNull(),
})

/** Counts of what happened, by ten minutes: see db/tally.ts for the names. */
export const metrics = sqliteTable('metrics', {
  /** Start of the ten minutes, epoch ms. */
  at: integer('at').primaryKey(),
  /** JSON object: name → `[count, sum]`. */
  counts: text('counts', { mode: 'json' }).$type<Record<string, [count: number, sum: number]>>().notNull(),
})

import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The object's timers; its one alarm is the earliest of them. */
export const timers = sqliteTable('timers', {
  name: text('name').primaryKey(),
  dueAt: integer('due_at').notNull(),
})

import type { StudentContext } from './student-context.ts'

type ObjectDatabase = StudentContext['db']

/**
 * A query with placeholders that is built once an object: building one takes Drizzle longer than SQLite takes to answer
 * it, and an alarm makes dozens.
 */
export function prepared<Query>(
  build: (db: ObjectDatabase) => Query,
): (ctx: { db: ObjectDatabase }) => Query {
  const built = new WeakMap<ObjectDatabase, Query>()
  return ({ db }) => {
    const query = built.get(db) ?? build(db)
    built.set(db, query)
    return query
  }
}

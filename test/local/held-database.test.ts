import { expect, test } from 'vitest'
import { migrateLocally } from '../../scripts/local/migrate.ts'

/** A database whose first calls fail with the given errors; afterwards everything is migrated already. */
function failing(errors: readonly string[]) {
  const left = [...errors]
  let calls = 0
  const answer = async (): Promise<{ results: unknown[] }> => {
    calls++
    const error = left.shift()
    if (error !== undefined) throw new Error(error)
    return { results: [] }
  }
  const statement = { bind: () => statement, run: answer, all: answer }
  return { calls: () => calls, prepare: () => statement, batch: answer }
}

const HELD = [
  'internal error; reference = ekbkhpdq1q91hcfkfvhcot3m',
  'D1_ERROR: Failed to get session commit token: internal error; reference = ekbkhpdq1q91hcfkfvhcot3m',
  'D1_ERROR: database is locked: SQLITE_BUSY',
]

test('starting waits until another program lets the database go', async () => {
  const applied = await migrateLocally(failing(HELD))
  expect(applied[0]).toBe('0000_initial.sql')
})

test('a database that stays held says what to do', async () => {
  await expect(migrateLocally(failing(HELD), 0)).rejects.toThrow(
    'Another program holds the local database. Close it, then start again.',
  )
})

test('any other error is thrown at once', async () => {
  const db = failing(['D1_ERROR: no such column: x'])
  await expect(migrateLocally(db)).rejects.toThrow('no such column')
  expect(db.calls()).toBe(1)
})

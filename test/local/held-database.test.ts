import { expect, test } from 'vitest'
import { type Batch, migrateLocally } from '../../scripts/local/migrate.ts'

/** Batches of a database whose first calls fail with the given errors; afterwards nothing is migrated yet. */
function failing(errors: readonly string[]) {
  const left = [...errors]
  let calls = 0
  const batch: Batch = async (statements) => {
    calls++
    const error = left.shift()
    if (error !== undefined) throw new Error(error)
    return statements.map(() => ({ results: [] }))
  }
  return { calls: () => calls, batch }
}

const HELD = [
  'internal error; reference = ekbkhpdq1q91hcfkfvhcot3m',
  'D1_ERROR: Failed to get session commit token: internal error; reference = ekbkhpdq1q91hcfkfvhcot3m',
  'D1_ERROR: database is locked: SQLITE_BUSY',
]

test('starting waits until another program lets the database go', async () => {
  const applied = await migrateLocally(failing(HELD).batch)
  expect(applied[0]).toBe('0000_initial.sql')
})

test('a database that stays held says what to do', async () => {
  await expect(migrateLocally(failing(HELD).batch, 0)).rejects.toThrow(
    'Another program holds the local database. Close it, then start again.',
  )
})

test('any other error is thrown at once', async () => {
  const db = failing(['D1_ERROR: no such column: x'])
  await expect(migrateLocally(db.batch)).rejects.toThrow('no such column')
  expect(db.calls()).toBe(1)
})

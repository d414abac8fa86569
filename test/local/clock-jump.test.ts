import { globSync, readFileSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { expect, test } from 'vitest'
import { moveClocks } from '../../scripts/local/clock-jump.ts'
import type { System } from '../../scripts/local/system.ts'
import { HOUR } from '../../src/platform/time.ts'

/** The playground's parts that a change of the clock touches, on a database of our own. */
function playground() {
  const sqlite = new DatabaseSync(':memory:')
  for (const file of globSync('migrations/*.sql').toSorted()) sqlite.exec(readFileSync(file, 'utf8'))
  const woken: number[] = []
  const moved: number[] = []
  const prepare = (query: string, values: SQLInputValue[] = []) => ({
    run: () => ({ results: sqlite.prepare(query).all(...values) }),
    bind: (...bound: SQLInputValue[]) => prepare(query, bound),
  })
  const variables: Record<string, string> = { CLOCK_SHIFT_SECONDS: '7200' }
  const system = {
    variables,
    portal: { advance: (ms: number) => moved.push(ms) },
    sportrick: { advance: (ms: number) => moved.push(ms) },
    reconfigure: async (changes: Record<string, string>) => Object.assign(variables, changes),
    runtime: {
      database: async () => ({
        prepare,
        batch: async (statements: ReturnType<typeof prepare>[]) => statements.map((one) => one.run()),
      }),
      student: async (id: number) => ({ wake: async () => woken.push(id) }),
      tick: async () => undefined,
    },
  }
  return { sqlite, system: system as unknown as System, woken, moved, variables }
}

test('back at the real time nobody waits for the other clock: limits that lie ahead are gone, students are woken', async () => {
  const { sqlite, system, woken, moved, variables } = playground()
  const later = Date.now() + 2 * HOUR
  sqlite.exec(`
    INSERT INTO rate_limits (id, used_until, refused) VALUES (1, ${later}, 1), (2, 5, 0);
    INSERT INTO login_limits (key, count, open_at, alarming, at) VALUES ('all', 3, ${later}, 0, ${later});
    INSERT OR REPLACE INTO state (name, value, at) VALUES ('sender-lease', '{}', 1), ('pacing', '{}', 1),
      ('province-readings', '{"TO":{"dueAt":${later},"leaseUntil":${later},"lastReadAt":7}}', 1);
    INSERT INTO students (user_id, linked_at) VALUES (1001, 1);
  `)
  await moveClocks(system, 0)
  expect(variables.CLOCK_SHIFT_SECONDS).toBe('0')
  expect(moved).toEqual([-2 * HOUR, -2 * HOUR])
  expect(sqlite.prepare('SELECT id FROM rate_limits').all()).toEqual([{ id: 2 }])
  const [limit] = sqlite.prepare('SELECT open_at, at FROM login_limits').all()
  expect(Number(limit?.open_at)).toBeLessThan(later)
  const state = sqlite
    .prepare("SELECT name, value FROM state WHERE name IN ('sender-lease', 'pacing', 'province-readings')")
    .all()
  expect(state).toEqual([
    { name: 'province-readings', value: '{"TO":{"dueAt":0,"leaseUntil":0,"lastReadAt":7}}' },
  ])
  expect(woken).toEqual([1001])
})

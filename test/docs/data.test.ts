import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'

const [, shared = '', own = ''] = readFileSync('docs/data.md', 'utf8').split(
  /^## (?:D1|The student's object)$/m,
)

/** The columns that each section of a part of the page names. */
const described = (part: string) =>
  new Map(
    part
      .split(/^### /m)
      .slice(1)
      .map((section) => {
        const rows = section.split('\n').filter((line) => line.startsWith('| `'))
        const columns = rows.flatMap((row) =>
          [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, column]) => column),
        )
        return [/^`(\w+)`/.exec(section)?.[1], columns.sort()] as const
      }),
  )

/** The tables that a folder's migrations make, with their columns. */
function migrated(folder: string): Map<string, string[]> {
  const database = new DatabaseSync(':memory:')
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith('.sql')) database.exec(readFileSync(join(folder, file), 'utf8'))
  }
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  return new Map(
    tables
      .map(({ name }) => String(name))
      .filter((name) => !name.startsWith('sqlite_'))
      .map((name) => {
        const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(name)
        return [name, columns.map((column) => String(column.name)).sort()]
      }),
  )
}

test.each([
  ['D1', shared, 'migrations'],
  ["the student's object", own, 'src/sport/student/migrations'],
])('the page on data describes every table and column of %s, and none besides', (_, part, folder) => {
  const pages = described(part)
  const tables = migrated(folder)
  expect([...pages.keys()].sort()).toEqual([...tables.keys()].sort())
  for (const [name, columns] of tables) expect(pages.get(name), name).toEqual(columns)
})

test('a migration after the first only adds, so that the code before it can go on', () => {
  const later = readdirSync('migrations').filter((file) => file.endsWith('.sql') && !file.startsWith('0000'))
  for (const file of later) {
    expect(readFileSync(join('migrations', file), 'utf8'), file).not.toMatch(
      /\b(?:DROP (?:TABLE|COLUMN)|RENAME|DELETE FROM)\b/i,
    )
  }
  expect(readdirSync('migrations')).toContainEqual(expect.stringMatching(/^0000_\w+\.sql$/))
})

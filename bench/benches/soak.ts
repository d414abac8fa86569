import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { prune } from '../../src/db/prune.ts'
import { DAY, HOUR } from '../../src/platform/time.ts'
import { type Bench, rounded, wholeOption } from '../bench.ts'
import { begin, live } from '../soak/life.ts'
import { SqliteD1 } from '../soak/sqlite-d1.ts'

const MIGRATIONS = resolve(import.meta.dirname, '../../migrations')
const FIRST_DAY = Date.parse('2026-03-01T12:00:00Z')
/** A table has stopped growing when its largest of the last quarter is at most so much above that of the one before. */
const TOLERANCE = 1.01

const TABLES = [
  'chats',
  'subscriptions',
  'updates',
  'provinces',
  'offices',
  'slots',
  'slot_events',
  'slot_hours',
  'alerts',
  'portal_sessions',
  'deliveries',
  'dead_letters',
  'metrics',
]

function open(folder: string): SqliteD1 {
  const store = new SqliteD1(join(folder, 'soak.sqlite'))
  for (const file of readdirSync(MIGRATIONS).sort())
    if (file.endsWith('.sql')) store.file.exec(readFileSync(join(MIGRATIONS, file), 'utf8'))
  return store
}

/**
 * Months of a busy installation in virtual time: what a day adds is written at once, then the dispatcher's hourly pruning
 * runs twenty-four times. Fails when a table, or the database, does not stop growing.
 */
export const bench: Bench = {
  title: 'Soak: 90 days of 10,000 people; rows of each table and bytes of the database must stop growing',
  options: { users: 'how many people (default 10000)', days: 'how many days (default 90)' },
  async run(options) {
    const users = wholeOption(options, 'users', 10_000)
    const days = wholeOption(options, 'days', 90)
    const folder = mkdtempSync(join(tmpdir(), 'sportello-soak-'))
    const store = open(folder)
    const { info } = console
    try {
      const db = store.database
      const counts = new Map<string, number[]>([...TABLES, 'bytes'].map((name) => [name, []]))
      const deleted: Record<string, number> = {}
      await begin(db, users, FIRST_DAY)
      const before = process.cpuUsage()
      let pruningMs = 0
      let mostStatements = 0
      for (let day = 0; day < days; day++) {
        const now = FIRST_DAY + day * DAY
        await live(db, users, day, now)
        const from = performance.now()
        console.info = () => undefined
        for (let hour = 0; hour < 24; hour++) {
          const first = store.statements
          const pruned = await prune(db, now + hour * HOUR)
          mostStatements = Math.max(mostStatements, store.statements - first)
          for (const [name, rows] of Object.entries(pruned)) deleted[name] = (deleted[name] ?? 0) + rows
        }
        console.info = info
        pruningMs += performance.now() - from
        for (const [name, list] of counts) list.push(name === 'bytes' ? store.bytes : store.count(name))
        if (day % 10 === 9) console.error(`day ${day + 1}: ${rounded(store.bytes / 1e9, 2)} GB`)
      }
      const { user, system } = process.cpuUsage(before)
      const most = (list: readonly number[], from: number, to: number) =>
        Math.max(...list.slice(Math.floor(days * from), Math.floor(days * to)))
      const rows = [...counts].map(([name, list]) => {
        const earlier = most(list, 0.5, 0.75)
        const last = most(list, 0.75, 1)
        return { name, earlier, last, grows: last > earlier * TOLERANCE }
      })
      const growing = rows.filter(({ grows }) => grows).map(({ name }) => name)
      return {
        table: rows.map(({ name, earlier, last, grows }) => ({
          table: name === 'bytes' ? 'the database, MB' : name,
          [`days ${Math.floor(days / 2) + 1}–${Math.floor(days * 0.75)}, at most`]:
            name === 'bytes' ? rounded(earlier / 1e6) : earlier,
          [`days ${Math.floor(days * 0.75) + 1}–${days}, at most`]:
            name === 'bytes' ? rounded(last / 1e6) : last,
          grows: grows ? 'YES' : 'no',
        })),
        figures: {
          users,
          days,
          rows: Object.fromEntries(rows.map(({ name, earlier, last }) => [name, { earlier, last }])),
          deleted,
          mostStatementsARun: mostStatements,
          pruningMsADay: rounded(pruningMs / days),
          cpuSeconds: rounded((user + system) / 1e6),
        },
        failures: growing.map((name) => `${name} has not stopped growing`),
      }
    } finally {
      console.info = info
      store.close()
      rmSync(folder, { recursive: true })
    }
  },
}

import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { quotedIn, sourceFiles, tableUnder } from './source-files.ts'

const page = readFileSync('docs/architecture.md', 'utf8')
const prose = page.replace(/^```[\s\S]*?^```/gm, '')

/** Wrangler files, by the Worker's name in the tables. */
const workers = {
  edge: 'wrangler.toml',
  dispatcher: 'src/dispatcher.wrangler.toml',
  booking: 'src/booking.wrangler.toml',
}

/** Strings of a list in a wrangler file. */
const listed = (toml: string, key: RegExp): string[] =>
  [...toml.matchAll(key)].flatMap(([, list = '']) =>
    [...list.matchAll(/"([^"]+)"/g)].map(([, text = '']) => text),
  )

describe('docs/architecture.md', () => {
  test('names only files and folders that exist', () => {
    const names = sourceFiles().map((file) => basename(file))
    const paths = quotedIn(prose).filter((quoted) => /^[\w./-]+(?:\.(?:tsx?|toml|md)|\/)$/.test(quoted))
    expect(paths.length).toBeGreaterThan(60)
    const missing = paths.filter(
      (path) => !existsSync(path) && !existsSync(`src/${path}`) && !names.includes(path),
    )
    expect(missing).toEqual([])
  })

  test('answers twelve questions', () => {
    const rows = tableUnder(page, 'Where do I find…')
    expect(rows).toHaveLength(12)
    for (const [question, answer = ''] of rows) expect(quotedIn(answer).length, question).toBeGreaterThan(0)
  })

  const rows = tableUnder(page, 'What runs when')

  test.each(Object.entries(workers))('lists the crons and the queues of the %s Worker', (worker, file) => {
    const toml = readFileSync(file, 'utf8')
    const own = rows.filter(([, of]) => of === worker).map(([trigger = '']) => trigger)
    const crons = listed(toml, /^crons = (\[.*\])$/gm)
    const queues = [...toml.matchAll(/\[\[queues\.consumers\]\]\s+queue = "([^"]+)"/g)].map(
      ([, queue = '']) => queue,
    )
    const named = (kind: string) => own.filter((trigger) => trigger.startsWith(kind)).flatMap(quotedIn)
    expect(named('cron').sort()).toEqual(crons.sort())
    expect(named('queue').sort()).toEqual(queues.sort())
    expect(crons.length).toBeGreaterThan(0)
  })

  test('calls the functions of a run by names that the file they are in exports', () => {
    for (const [, , , calls = ''] of rows) {
      for (const [, name = '', file = ''] of calls.matchAll(/`(\w+)` \(`([\w/.-]+)`\)/g)) {
        expect(readFileSync(file, 'utf8'), `${name} in ${file}`).toMatch(new RegExp(`\\b${name}\\b`))
      }
    }
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  filesOf,
  findCycle,
  graphOf,
  importGraph,
  importsIn,
  quotedIn,
  sourceFiles,
  tableUnder,
} from './source-files.ts'

const page = readFileSync('docs/architecture.md', 'utf8')
const graph = importGraph()

/** The row of the table that a file belongs to: its folder (`db/`), or a file of `src/` itself. */
const groupOf = (file: string): string => {
  const [, top = '', ...rest] = file.split('/')
  return rest.length > 0 ? `${top}/` : top
}

/** Files that share a base name; `a.ts` and `a.worker.ts` side by side are two halves of one thing. */
function sharedBaseNames(files: readonly string[]): string[][] {
  const baseName = (file: string) => basename(file).replace(/\..*$/, '')
  return [...Map.groupBy(files, baseName).values()].filter((same) => {
    const halves = same.every((file) => dirname(file) === dirname(same[0] ?? ''))
    return same.length > (halves && same.some((file) => file.includes('.worker.')) ? 2 : 1)
  })
}

describe('folders', () => {
  const rows = tableUnder(page, 'Folders').map(([folder = '', , imports = '']) => ({
    folder: quotedIn(folder)[0] ?? '',
    allowed: quotedIn(imports),
  }))

  test('are all in the table of docs/architecture.md', () => {
    expect([...new Set(sourceFiles().map(groupOf))].sort()).toEqual(rows.map(({ folder }) => folder).sort())
  })

  test('import only what stands above them in the table', () => {
    for (const [index, { folder, allowed }] of rows.entries()) {
      const above = rows.slice(0, index).map((row) => row.folder)
      expect(above, folder).toEqual(expect.arrayContaining(allowed))
    }
  })

  test.each(rows)('$folder imports what the table says, and nothing else', ({ folder, allowed }) => {
    const imported = [...graph]
      .filter(([file]) => groupOf(file) === folder)
      .flatMap(([file, imports]) => imports.map((to) => ({ file, to, group: groupOf(to) })))
      .filter(({ group }) => group !== folder)
    expect(imported.filter(({ group }) => !allowed.includes(group))).toEqual([])
    expect([...new Set(imported.map(({ group }) => group))].sort()).toEqual([...allowed].sort())
  })
})

describe('folders outside src/', () => {
  const rows = tableUnder(page, 'Outside src').map(([folder = '', , imports = '']) => ({
    folder: quotedIn(folder)[0] ?? '',
    allowed: quotedIn(imports),
  }))
  const files = filesOf('{src,extension,scripts,bench,chaos,test}')
  const outer = graphOf(files)
  /** The most specific folder of the table that holds a file; tests of the simulators count as `test/`. */
  const areaOf = (file: string): string | undefined =>
    rows
      .map(({ folder }) => folder)
      .filter(
        (folder) => file.startsWith(folder) && !(folder === 'test/simulators/' && /\.test\./.test(file)),
      )
      .sort((a, b) => b.length - a.length)[0]

  test('are all in the table of docs/architecture.md', () => {
    expect(files.filter((file) => areaOf(file) === undefined)).toEqual([])
    expect(rows.filter(({ folder }) => !existsSync(folder))).toEqual([])
  })

  test('import only what stands above them in the table', () => {
    for (const [index, { folder, allowed }] of rows.entries()) {
      const above = rows.slice(0, index).map((row) => row.folder)
      expect(above, folder).toEqual(expect.arrayContaining(allowed))
    }
  })

  test.each(rows)('$folder imports what the table says, and nothing else', ({ folder, allowed }) => {
    const imported = [...outer]
      .filter(([file]) => areaOf(file) === folder)
      .flatMap(([file, imports]) => imports.map((to) => ({ file, to, area: areaOf(to) ?? to })))
      .filter(({ area }) => area !== folder)
    expect(imported.filter(({ area }) => !allowed.includes(area))).toEqual([])
    expect([...new Set(imported.map(({ area }) => area))].sort()).toEqual([...allowed].sort())
  })

  test('import no file in a circle, types included', () => {
    expect(findCycle(graphOf(filesOf('{scripts,bench,chaos}')))).toBeUndefined()
  })
})

describe('files', () => {
  test('import no file in a circle, types included', () => {
    expect(findCycle(graph)).toBeUndefined()
  })

  test('of the sport rules import nothing of the student object', () => {
    const rules = [...graph].filter(([file]) => /^src\/sport\/(?!student\/)/.test(file))
    expect(rules.length).toBeGreaterThan(30)
    expect(rules.filter(([, imports]) => imports.some((to) => to.startsWith('src/sport/student/')))).toEqual(
      [],
    )
  })

  test('import only files that exist', () => {
    const missing = [...graph].flatMap(([, imports]) => imports).filter((file) => !existsSync(file))
    expect(missing).toEqual([])
  })

  test('have base names of their own', () => {
    /** `texts/it` and `texts/en` hold the same keys; a generated file is the other half of the one that reads it. */
    const exempt = (file: string) => file.startsWith('src/texts/') || file.includes('.generated.')
    expect(sharedBaseNames(sourceFiles().filter((file) => !exempt(file)))).toEqual([])
  })
})

test('the files of scripts/, bench/ and chaos/ have base names of their own', () => {
  /** What npm starts: `npm run bench` and `npm run chaos` both have a `run.ts`. */
  const started = Object.values<string>(JSON.parse(readFileSync('package.json', 'utf8')).scripts)
  const tools = filesOf('{scripts,bench,chaos}').filter(
    (file) => !started.some((command) => command.split(' ').includes(file)),
  )
  expect(tools.length).toBeGreaterThan(50)
  expect(sharedBaseNames(tools)).toEqual([])
})

describe('the scan', () => {
  test.each([
    ["import { a } from './a.ts'", ['src/x/a.ts']],
    ["import type { A } from '../a.ts'", ['src/a.ts']],
    ["import {\n  type A,\n  b,\n} from '../y/a.ts'", ['src/y/a.ts']],
    ["export { a } from './a.ts'", ['src/x/a.ts']],
    ["export type * from './a.ts'", ['src/x/a.ts']],
    ["import './a.ts'", ['src/x/a.ts']],
    ["const a = await import('./a.ts')", ['src/x/a.ts']],
    ['type A = DurableObjectNamespace<import("./a.ts").A>', ['src/x/a.ts']],
    ["import * as z from 'zod'", []],
  ])('of %j finds what it imports', (text, imports) => {
    expect(importsIn('src/x/file.ts', text)).toEqual(imports)
  })

  test('finds a circle, and none where paths only meet', () => {
    const meeting = new Map([
      ['a', ['b', 'c']],
      ['b', ['d']],
      ['c', ['d']],
      ['d', []],
    ])
    expect(findCycle(meeting)).toBeUndefined()
    expect(findCycle(new Map([...meeting, ['d', ['c']]]))).toEqual(['d', 'c', 'd'])
  })
})

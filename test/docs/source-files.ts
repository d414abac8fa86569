import { globSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** Every TypeScript file of some folders (a glob pattern), with slashes, sorted. */
export const filesOf = (folders: string): string[] =>
  globSync(`${folders}/**/*.{ts,tsx}`)
    .map((file) => file.split(sep).join('/'))
    .sort()

/** Every TypeScript file of `src/`. */
export const sourceFiles = (): string[] => filesOf('src')

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'(\.[^']+)'|\bimport\s*\(?\s*['"](\.[^'"]+)['"]/g

/** The files that a text imports by a relative path, types included. */
export const importsIn = (file: string, text: string): string[] =>
  [...text.matchAll(IMPORT)].map(([, from, other]) =>
    join(dirname(file), from ?? other ?? '')
      .split(sep)
      .join('/'),
  )

/** What each of the files imports by a relative path. */
export const graphOf = (files: readonly string[]): Map<string, string[]> =>
  new Map(files.map((file) => [file, importsIn(file, readFileSync(file, 'utf8'))]))

/** What each file of `src/` imports of `src/`. */
export const importGraph = (): Map<string, string[]> => graphOf(sourceFiles())

/** The first cycle found: the files of a path that leads back to its first one; undefined: there is none. */
export function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const cycle = visit(file, [])
    if (cycle) return cycle
  }
  return undefined
}

/** The rows of the first table under a heading of a Markdown page, by cell, without the head. */
export function tableUnder(page: string, heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}

/** What stands between backticks. */
export const quotedIn = (text: string): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, quoted = '']) => quoted)

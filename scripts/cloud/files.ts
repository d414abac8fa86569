import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { WORKER_NAMES, WORKERS } from '../local/bundle.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The placeholder that a fresh clone has for the database's id. */
export const NO_DATABASE = '00000000-0000-0000-0000-000000000000'

/** The wrangler files as text, so that comments and order survive a change. */
export interface WranglerFiles {
  /** The folder that they are under. */
  root: string
  databaseId(): string
  variable(name: string): string | undefined
  /** @returns true when a file changed */
  setDatabaseId(id: string): boolean
  /** Sets a variable in every file that declares it. @returns true when a file changed */
  setVariable(name: string, value: string): boolean
}

/** Reads and edits the three wrangler files under a folder (the project's own by default). */
export function openWranglerFiles(root = ROOT): WranglerFiles {
  const paths = WORKER_NAMES.map((worker) => resolve(root, WORKERS[worker].config))
  const read = () => readFileSync(paths[0] ?? '', 'utf8')
  const edit = (change: (text: string) => string) => {
    let changed = false
    for (const path of paths) {
      const before = readFileSync(path, 'utf8')
      const after = change(before)
      if (after === before) continue
      writeFileSync(path, after)
      changed = true
    }
    return changed
  }
  return {
    root,
    databaseId: () => /^database_id = "([^"]*)"/m.exec(read())?.[1] ?? NO_DATABASE,
    variable: (name) => new RegExp(`^${name} = "([^"]*)"`, 'm').exec(read())?.[1],
    setDatabaseId: (id) => edit((text) => text.replace(/^database_id = "[^"]*"/gm, `database_id = "${id}"`)),
    setVariable: (name, value) =>
      edit((text) =>
        text.replace(new RegExp(`^${name} = .*$`, 'gm'), () => `${name} = ${JSON.stringify(value)}`),
      ),
  }
}

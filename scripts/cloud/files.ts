import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { WORKER_NAMES, WORKERS } from '../local/bundle.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The placeholder that a fresh clone has for the database's id. */
export const NO_DATABASE = '00000000-0000-0000-0000-000000000000'

/** The line that puts the edge on a custom domain, with the line break before it. */
const DOMAIN = /\r?\nroutes = \[\{ pattern = "([^"]+)", custom_domain = true \}\]/

/** The line that names the account, with the line break before it. */
const ACCOUNT = /\r?\naccount_id = "([^"]+)"/

/** The environment with the account that the wrangler files name, unless it names one itself. */
export const withAccount = (env: NodeJS.ProcessEnv, files: WranglerFiles): NodeJS.ProcessEnv => {
  const id = env.CLOUDFLARE_ACCOUNT_ID || files.accountId()
  return id ? { ...env, CLOUDFLARE_ACCOUNT_ID: id } : env
}

/** The wrangler files as text, so that comments and order survive a change. */
export interface WranglerFiles {
  /** The folder that they are under. */
  root: string
  databaseId(): string
  variable(name: string): string | undefined
  /** @returns true when a file changed */
  setDatabaseId(id: string): boolean
  /** The account that setup was told to use, when the login has several. */
  accountId(): string | undefined
  setAccountId(id: string): boolean
  /** The custom domain that the edge is deployed to. */
  domain(): string | undefined
  /** Sets the edge's custom domain, or takes it away. @returns true when the file changed */
  setDomain(domain: string | undefined): boolean
  /** Sets a variable in every file that declares it. @returns true when a file changed */
  setVariable(name: string, value: string): boolean
}

/** Reads and edits the three wrangler files under a folder (the project's own by default). */
export function openWranglerFiles(root = ROOT): WranglerFiles {
  const paths = WORKER_NAMES.map((worker) => resolve(root, WORKERS[worker].config))
  const edge = resolve(root, WORKERS.edge.config)
  const read = () => readFileSync(edge, 'utf8')
  const edit = (change: (text: string) => string, files = paths) => {
    let changed = false
    for (const path of files) {
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
    variable(name) {
      const written = new RegExp(`^${name} = ("(?:[^"\\\\\\r\\n]|\\\\.)*")`, 'm').exec(read())?.[1]
      return written && (JSON.parse(written) as string)
    },
    accountId: () => ACCOUNT.exec(read())?.[1],
    setAccountId: (id) =>
      edit((text) =>
        text
          .replace(ACCOUNT, '')
          .replace(/^name = .*$/m, (line) => `${line}\naccount_id = ${JSON.stringify(id)}`),
      ),
    domain: () => DOMAIN.exec(read())?.[1],
    setDomain: (domain) =>
      edit(
        (text) => {
          const without = text.replace(DOMAIN, '')
          return domain
            ? without.replace(
                /^workers_dev = .*$/m,
                (line) => `${line}\nroutes = [{ pattern = ${JSON.stringify(domain)}, custom_domain = true }]`,
              )
            : without
        },
        [edge],
      ),
    setDatabaseId: (id) => edit((text) => text.replace(/^database_id = "[^"]*"/gm, `database_id = "${id}"`)),
    setVariable: (name, value) =>
      edit((text) =>
        text.replace(new RegExp(`^${name} = .*$`, 'gm'), () => `${name} = ${JSON.stringify(value)}`),
      ),
  }
}

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * The script behind a command that a package brings, to be run with `process.execPath`: Windows cannot start the file in
 * node_modules/.bin without a shell.
 * @param command its name, where the package is called otherwise
 * @throws when the package is not installed or brings no such command
 */
export function binOf(name: string, command = name): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin?: string | Record<string, string> }
  const script = typeof bin === 'string' ? bin : bin?.[command]
  if (!script) throw new Error(`The package ${name} brings no command of this name.`)
  return join(dirname(manifest), script)
}

import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')

/** wrangler's code. Loading it takes seconds, so it is loaded where it is first needed. */
export const wranglerCode = (): typeof import('wrangler') => createRequire(import.meta.url)('wrangler')

/**
 * A wrangler file as wrangler reads it.
 * @param path from the project's folder, or absolute
 */
export const readWranglerFile = (path: string) =>
  wranglerCode().unstable_readConfig({ config: resolve(ROOT, path) }, { hideWarnings: true })

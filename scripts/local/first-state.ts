import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fingerprintOf } from './build-cache.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CACHE = join(ROOT, 'node_modules/.cache/sportello/states')

/** What an empty database with every migration depends on, below the project's folder. */
const INPUTS = ['migrations', 'wrangler.toml', 'package-lock.json', 'scripts/local/migrate.ts']

/** Makes the database in a folder of the cache, unless it is there. @returns where */
async function keepFirstState(cache: string, make: (folder: string) => Promise<void>): Promise<string> {
  const kept = join(cache, fingerprintOf(ROOT, INPUTS))
  if (existsSync(kept)) return kept
  mkdirSync(cache, { recursive: true })
  // Several processes may do this at once: each in a folder of its own, and the first one stays.
  const draft = mkdtempSync(join(cache, 'draft-'))
  try {
    await make(draft)
    renameSync(draft, kept)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(kept)) throw error
  }
  return kept
}

/**
 * Puts an empty database with every migration into a new folder: a copy of one that was made before, as a runtime that
 * does nothing but migrate takes a second to start.
 * @param folder does not exist yet
 * @param make makes such a database in a folder, and lets go of it
 * @param cache where the first one is kept
 */
export async function copyFirstState(
  folder: string,
  make: (folder: string) => Promise<void>,
  cache = CACHE,
): Promise<void> {
  const kept = await keepFirstState(cache, make)
  // In one step: a start that is killed leaves no half of a database.
  const draft = `${folder}.${process.pid}`
  cpSync(kept, draft, { recursive: true })
  renameSync(draft, folder)
}

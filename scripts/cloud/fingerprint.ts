import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { WORKERS, type WorkerName } from '../local/bundle.ts'
import { type Secrets, secretsFor } from '../worker-secrets.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Files of a folder that go into a Worker, in a fixed order. */
const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.toml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/**
 * A short name for what a deployment of a Worker would bring: its code, its wrangler file and the secrets that are known
 * here. The same name on the running version means that there is nothing to deploy.
 * @param configRoot where the wrangler files are
 */
export function fingerprint(
  worker: WorkerName,
  {
    secrets,
    passportOnly,
    configRoot = ROOT,
  }: { secrets: Secrets; passportOnly: boolean; configRoot?: string },
): string {
  const hash = createHash('sha256')
  for (const file of [...sourcesIn(join(ROOT, 'src')), join(ROOT, 'package-lock.json')]) {
    hash.update(file.slice(ROOT.length)).update(readFileSync(file))
  }
  hash.update(readFileSync(join(configRoot, WORKERS[worker].config)))
  for (const name of secretsFor(worker)) hash.update(`${name}=${secrets[name] ?? ''}\n`)
  if (worker === 'edge') hash.update(String(passportOnly))
  return hash.digest('hex').slice(0, 16)
}

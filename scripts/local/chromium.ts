import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** The folder that stands in for the user's cache while the project runs: XDG_CACHE_HOME for miniflare. */
export const CACHE_FOLDER = resolve(import.meta.dirname, '../../.cache')

const CANDIDATES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of an installed Chromium or Chrome; undefined when there is none. */
export const findChromium = (): string | undefined => CANDIDATES.find((path) => path && existsSync(path))

/** The Chrome version that the installed miniflare looks for in its cache. */
function expectedVersion(): string {
  const source = readFileSync(createRequire(import.meta.url).resolve('miniflare'), 'utf8')
  const version = /BROWSER_VERSION = "(\d+\.\d+\.\d+\.\d+)"/.exec(source)?.[1]
  if (!version)
    throw new Error('The installed miniflare names no Chrome version: see scripts/local/chromium.ts')
  return version
}

/**
 * Writes the launcher and points XDG_CACHE_HOME at it for this process and its children.
 * @returns the browser that will be started
 * @throws Error with the command to run when no Chromium is installed
 */
export function ensureChromium(): string {
  const browser = findChromium()
  if (!browser) {
    throw new Error('No Chromium found. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.')
  }
  const launcher = join(CACHE_FOLDER, `.wrangler/chrome/linux-${expectedVersion()}/chrome-linux64/chrome`)
  mkdirSync(dirname(launcher), { recursive: true })
  writeFileSync(launcher, `#!/bin/sh\nexec '${browser}' --no-sandbox --disable-gpu --disable-quic "$@"\n`)
  chmodSync(launcher, 0o755)
  process.env.XDG_CACHE_HOME = CACHE_FOLDER
  return browser
}

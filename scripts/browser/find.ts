import { posix, win32 } from 'node:path'

/**
 * The facts on which the choice of a browser depends; passed in, so that every platform can be tested on one
 * machine.
 */
export interface Machine {
  platform: NodeJS.Platform
  arch: string
  env: Record<string, string | undefined>
  /** Whether there is a file at this path. */
  exists(path: string): boolean
}

/** Where the browser comes from. */
export type BrowserSource =
  /** `CHROMIUM_PATH`, or an installed Chromium, Chrome or Edge. */
  | { from: 'machine'; path: string }
  /** `@sparticuz/chromium`, which `npm ci` has brought. */
  | { from: 'npm' }
  /** Playwright's installer. */
  | { from: 'playwright' }

/** CHROMIUM_PATH names no file. */
export class BrowserPathError extends Error {
  override name = 'BrowserPathError'
}

/** Commands of Debian, Fedora, Arch and of Google's and Microsoft's own packages. */
const LINUX_COMMANDS = [
  'chromium',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
]

const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge']

/** Below `C:\Program Files`, `C:\Program Files (x86)` or the user's own programs. */
const WINDOWS_PROGRAMS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
]

/** The usual places of a browser on this platform, in order of preference. */
function usualPlaces({ platform, arch, env }: Machine): string[] {
  if (platform === 'win32') {
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter((root) => root)
    return WINDOWS_PROGRAMS.flatMap((program) => roots.map((root) => win32.join(root ?? '', program)))
  }
  if (platform === 'darwin') {
    const roots = ['/Applications', ...(env.HOME ? [posix.join(env.HOME, 'Applications')] : [])]
    return MAC_APPS.flatMap((app) => roots.map((root) => `${root}/${app}.app/Contents/MacOS/${app}`))
  }
  // A snap sees neither /tmp nor hidden folders, where its profile would be.
  const folders = new Set(
    [...(env.PATH ?? '').split(':'), '/usr/bin', '/usr/local/bin'].filter(
      (folder) => folder.startsWith('/') && !/\/snap(\/|$)/.test(folder),
    ),
  )
  // On Ubuntu this command only starts the snap; elsewhere than on x64 there is no build from npm.
  const commands = arch === 'x64' ? LINUX_COMMANDS : [...LINUX_COMMANDS, 'chromium-browser']
  return commands.flatMap((command) => [...folders].map((folder) => posix.join(folder, command)))
}

/**
 * Chooses the browser: `CHROMIUM_PATH`, an installed one, npm's where it has a build, else Playwright's.
 * @throws BrowserPathError when `CHROMIUM_PATH` names no file
 */
export function findBrowser(machine: Machine): BrowserSource {
  const { CHROMIUM_PATH: named } = machine.env
  if (named) {
    if (machine.exists(named)) return { from: 'machine', path: named }
    throw new BrowserPathError(`CHROMIUM_PATH is ${named}, where there is no file: correct it or unset it.`)
  }
  const path = usualPlaces(machine).find((place) => machine.exists(place))
  if (path) return { from: 'machine', path }
  return machine.platform === 'linux' && machine.arch === 'x64' ? { from: 'npm' } : { from: 'playwright' }
}

import { posix, win32 } from 'node:path'
import type { Machine } from './find.ts'

/** A browser that can be started. */
export interface Executable {
  path: string
  /** Folder of the shared libraries that it brings along. */
  libraries?: string
  /** A fontconfig file, where the machine may have no fonts. */
  fonts?: string
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/**
 * The shell script that starts the browser on Linux and macOS: adds the flags and libraries that it needs and notes its
 * process id, so that a later start can end a browser whose owner was killed.
 * @param pidFolder a file per browser: its name is the browser's process id, its content the owner's
 */
export function launcherScript(
  { path, libraries, fonts }: Executable,
  { platform, pidFolder }: { platform: NodeJS.Platform; pidFolder: string },
): string {
  // Containers and recent Ubuntus deny the sandbox to a browser that no package installed.
  const flags =
    platform === 'linux' ? ['--no-sandbox', '--disable-gpu', '--disable-quic'] : ['--disable-quic']
  return [
    '#!/bin/sh',
    '# Written by scripts/browser/launcher.ts.',
    ...(libraries ? [`LD_LIBRARY_PATH=${quoted(libraries)}`, 'export LD_LIBRARY_PATH'] : []),
    ...(fonts ? [`FONTCONFIG_FILE=${quoted(fonts)}`, 'export FONTCONFIG_FILE'] : []),
    `mkdir -p ${quoted(pidFolder)} && echo "$PPID" > ${quoted(`${pidFolder}/`)}$$`,
    `exec ${quoted(path)} ${flags.join(' ')} "$@"`,
    '',
  ].join('\n')
}

/** What is put where miniflare looks for the Chrome that it would download. */
export type StandIn =
  /** The launcher, at this path. */
  | { kind: 'launcher'; installation: string; path: string }
  /** A junction to the browser's folder: Chrome on Windows needs the files beside it. */
  | { kind: 'junction'; installation: string; path: string; target: string }

/**
 * Where miniflare looks for Chrome, and what to put there.
 * @param cache the folder that XDG_CACHE_HOME names
 * @param version the Chrome version that the installed miniflare names
 * @returns undefined where only a download of miniflare's own helps (Edge on Windows)
 */
export function standInForMiniflare(
  { platform, arch }: Pick<Machine, 'platform' | 'arch'>,
  cache: string,
  version: string,
  executable: string,
): StandIn | undefined {
  if (platform === 'win32') {
    if (win32.basename(executable).toLowerCase() !== 'chrome.exe') return undefined
    const installation = win32.join(cache, '.wrangler', 'chrome', `win64-${version}`)
    return {
      kind: 'junction',
      installation,
      path: win32.join(installation, 'chrome-win64'),
      target: win32.dirname(executable),
    }
  }
  const arm = arch === 'arm64'
  const name = platform === 'darwin' ? (arm ? 'mac_arm' : 'mac') : arm ? 'linux_arm' : 'linux'
  const installation = posix.join(cache, '.wrangler/chrome', `${name}-${version}`)
  const inside =
    platform === 'darwin'
      ? `chrome-mac-${arm ? 'arm64' : 'x64'}/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing`
      : 'chrome-linux64/chrome'
  return { kind: 'launcher', installation, path: posix.join(installation, inside) }
}

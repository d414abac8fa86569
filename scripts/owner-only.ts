import { chmodSync, existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'

/** True when others than its owner may read or change a file of this mode. Windows knows no such modes. */
export const openToOthers = (mode: number, platform: NodeJS.Platform = process.platform): boolean =>
  platform !== 'win32' && (mode & 0o077) !== 0

/** Takes a file with secrets away from other users of the machine, when they could read it. A missing file is none. */
export function takeFromOthers(file: string, warn: (line: string) => void = console.warn): void {
  if (!existsSync(file) || !openToOthers(statSync(file).mode)) return
  chmodSync(file, 0o600)
  warn(
    `Other users of this machine could read ${basename(file)}: now only you can. Rotate the secrets if they may have.`,
  )
}

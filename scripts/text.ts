import { readFileSync } from 'node:fs'

/**
 * Reads a text file with `
 * ` line ends, even if an editor or Git on Windows changed them, and without a byte order mark.
 */
export const readText = (path: string): string =>
  readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')

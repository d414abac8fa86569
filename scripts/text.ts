import { readFileSync } from 'node:fs'

/** A text file with `\n` line ends, whatever an editor or Git on Windows made of them. A byte order mark is left out. */
export const readText = (path: string): string =>
  readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')

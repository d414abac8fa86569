import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { binOf } from '../../scripts/bin.ts'

/** What works on Linux only and would break a command on macOS or on Windows, whose npm runs scripts with cmd.exe. */

const ROOT = resolve(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const sources = ['scripts', 'bench', 'chaos', 'src', 'test']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:ts|tsx|mjs)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  .filter((file) => file !== import.meta.filename)
  .map((file) => ({
    file: file.slice(ROOT.length + 1).replaceAll('\\', '/'),
    text: readFileSync(file, 'utf8'),
  }))

/** Lines of sources, outside some files, that match. */
const linesWith = (pattern: RegExp, except: RegExp = /^$/) =>
  sources
    .filter(({ file }) => !except.test(file))
    .flatMap(({ file, text }) =>
      text
        .split('\n')
        .filter((line) => pattern.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )

/** Tests of what is Linux only (processes, signals, scripts of a shell), and what only a maintainer runs once a year. */
const SHELL_TESTS = /^(?:test\/(?:browser|docs|chaos|bench|e2e|watch)\/|scripts\/towns\.ts)/

test('no npm script needs a POSIX shell', () => {
  const posix = Object.entries(scripts).filter(([, command]) =>
    /\bexec\b|\$|[*?;|<>'`]|(?:^|&& )\w+=|&(?!&)(?<!&&)|\.sh\b/.test(command),
  )
  expect(posix).toEqual([])
})

test('every npm script starts a program that a package brings, or our own with node', () => {
  for (const command of Object.values(scripts).flatMap((line) => line.split(' && '))) {
    const [program = '', ...words] = command.split(' ')
    if (program === 'npm') expect(scripts[words[1] ?? '']).toBeDefined()
    else if (program === 'node') {
      expect(existsSync(join(ROOT, words.find((word) => !word.startsWith('-')) ?? '')), command).toBe(true)
    } else expect(existsSync(join(ROOT, 'node_modules/.bin', program)), command).toBe(true)
  }
})

test('no program is started by a name that only a shell of Linux finds', () => {
  const bare =
    /(?<![.\w])(?:spawn|spawnSync|execFile|execFileSync|exec|execSync|run)\(\s*['"`](?!ps'|git'|tar')[\w.-]+['"`]\s*[,)]/
  expect(linesWith(bare, SHELL_TESTS)).toEqual([])
  expect(linesWith(/['"`]wrangler['"`], \[|npx wrangler \$\{/, SHELL_TESTS)).toEqual([])
})

test('what is imported by a computed path is imported as a file: address', () => {
  // Browsers import by URL.
  const browsers = /^src\/web\/(?:client\/|assets\.generated\.ts)/
  const computed = /\bimport\((?!\s*['"`]|pathToFileURL|\$\{JSON\.stringify\(new URL)/
  expect(linesWith(computed, browsers)).toEqual([])
  expect(linesWith(/import\.meta\.url\)\.pathname/)).toEqual([])
})

test('no path of Linux is written down where there is no choice of platform', () => {
  expect(linesWith(/['"`]\/(?:tmp|usr|bin|etc|var)\//, /^(?:scripts\/browser\/|test\/browser\/)/)).toEqual([])
})

test('what a package brings as a command is found as a script for node', () => {
  expect(existsSync(binOf('wrangler'))).toBe(true)
  expect(binOf('wrangler')).toMatch(/\.[cm]?js$/)
  expect(() => binOf('no-such-package')).toThrow()
})

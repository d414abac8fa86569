import { describe, expect, test } from 'vitest'
import { BrowserPathError, findBrowser, type Machine } from '../../scripts/browser/find.ts'

const machine = (changes: Partial<Machine>, ...files: string[]): Machine => ({
  platform: 'linux',
  arch: 'x64',
  env: {},
  exists: (path) => files.includes(path),
  ...changes,
})

const CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const WINDOWS = {
  platform: 'win32',
  env: {
    PROGRAMFILES: 'C:\\Program Files',
    'PROGRAMFILES(X86)': 'C:\\Program Files (x86)',
    LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local',
  },
} as const

describe('an installed browser is used', () => {
  test.each([
    ['Debian', {}, '/usr/bin/chromium'],
    ['Google Chrome on Linux', {}, '/usr/bin/google-chrome'],
    ['Edge on Linux', {}, '/usr/bin/microsoft-edge'],
    ['a folder of PATH', { env: { PATH: '/opt/here/bin:/usr/bin' } }, '/opt/here/bin/chromium'],
    ['a Raspberry', { arch: 'arm64' }, '/usr/bin/chromium-browser'],
    ['Chrome on macOS', { platform: 'darwin', arch: 'arm64' }, CHROME],
    ['Chrome of one user', { platform: 'darwin', env: { HOME: '/Users/ada' } }, `/Users/ada${CHROME}`],
    [
      'Edge on macOS',
      { platform: 'darwin' },
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ],
    ['Chrome on Windows', WINDOWS, 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'],
    [
      'Chrome of one Windows user',
      WINDOWS,
      'C:\\Users\\ada\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe',
    ],
    ['Edge on Windows', WINDOWS, 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'],
  ] as [string, Partial<Machine>, string][])('%s', (_, changes, path) => {
    expect(findBrowser(machine(changes, path))).toEqual({ from: 'machine', path })
  })
})

test('Chrome is preferred to Edge, and no folder is guessed where Windows names none', () => {
  const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
  const chrome = 'C:\\Users\\ada\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe'
  expect(findBrowser(machine(WINDOWS, edge, chrome))).toEqual({ from: 'machine', path: chrome })
  expect(findBrowser(machine({ platform: 'win32' }))).toEqual({ from: 'playwright' })
})

test('a snap is passed over: it cannot see the profile that it would be given', () => {
  const env = { PATH: '/snap/bin:/usr/bin' }
  expect(findBrowser(machine({ env }, '/snap/bin/chromium', '/usr/bin/chromium-browser'))).toEqual({
    from: 'npm',
  })
})

test('with none installed it comes from npm where npm has one, else from Playwright', () => {
  expect(findBrowser(machine({}))).toEqual({ from: 'npm' })
  expect(findBrowser(machine({ arch: 'arm64' }))).toEqual({ from: 'playwright' })
  expect(findBrowser(machine({ platform: 'darwin', arch: 'arm64' }))).toEqual({ from: 'playwright' })
  expect(findBrowser(machine(WINDOWS))).toEqual({ from: 'playwright' })
})

test('CHROMIUM_PATH comes first, and a wrong one is reported, not replaced', () => {
  const env = { CHROMIUM_PATH: '/opt/mine' }
  expect(findBrowser(machine({ env }, '/opt/mine', '/usr/bin/chromium'))).toEqual({
    from: 'machine',
    path: '/opt/mine',
  })
  expect(() => findBrowser(machine({ env }, '/usr/bin/chromium'))).toThrow(BrowserPathError)
  expect(() => findBrowser(machine({ env }, '/usr/bin/chromium'))).toThrow(/\/opt\/mine/)
})

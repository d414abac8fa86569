import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { launcherScript, standInForMiniflare } from '../../scripts/browser/launcher.ts'
import { endLeftoverBrowsers } from '../../scripts/browser/leftovers.ts'

const folder = mkdtempSync(join(tmpdir(), "sportello's browser "))
afterAll(() => rmSync(folder, { recursive: true }))

const VERSION = '126.0.6478.182'

test.each([
  ['linux', 'x64', '/c/.wrangler/chrome/linux-126.0.6478.182/chrome-linux64/chrome'],
  ['linux', 'arm64', '/c/.wrangler/chrome/linux_arm-126.0.6478.182/chrome-linux64/chrome'],
  [
    'darwin',
    'arm64',
    '/c/.wrangler/chrome/mac_arm-126.0.6478.182/chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  ],
  [
    'darwin',
    'x64',
    '/c/.wrangler/chrome/mac-126.0.6478.182/chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  ],
] as const)('on %s %s the launcher lies where miniflare looks', (platform, arch, path) => {
  expect(standInForMiniflare({ platform, arch }, '/c', VERSION, '/usr/bin/chromium')).toMatchObject({
    kind: 'launcher',
    path,
  })
})

test('on Windows a junction leads to the folder of Chrome, and Edge is left to a download', () => {
  const windows = { platform: 'win32', arch: 'x64' } as const
  const chrome = 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
  expect(standInForMiniflare(windows, 'C:\\c', VERSION, chrome)).toEqual({
    kind: 'junction',
    installation: 'C:\\c\\.wrangler\\chrome\\win64-126.0.6478.182',
    path: 'C:\\c\\.wrangler\\chrome\\win64-126.0.6478.182\\chrome-win64',
    target: 'C:\\Program Files\\Google\\Chrome\\Application',
  })
  expect(standInForMiniflare(windows, 'C:\\c', VERSION, 'C:\\e\\msedge.exe')).toBeUndefined()
})

/** A program in place of the browser, and a launcher for it. */
function launcherOf(body: string, name: string) {
  const pidFolder = join(folder, `${name} pids`)
  const path = join(folder, `${name} program`)
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  const launcher = join(folder, `${name} launcher`)
  const libraries = join(folder, 'lib')
  writeFileSync(launcher, launcherScript({ path, libraries }, { platform: 'linux', pidFolder }))
  for (const file of [path, launcher]) chmodSync(file, 0o755)
  return { launcher, pidFolder, libraries }
}

test.skipIf(process.platform === 'win32')(
  'the launcher hands its arguments on, with libraries and flags, from a folder with any name',
  () => {
    const { launcher, pidFolder, libraries } = launcherOf('echo "$LD_LIBRARY_PATH|$*"', 'plain')
    const said = execFileSync(launcher, ['--one=a b', 'about:blank'], { encoding: 'utf8' })
    expect(said).toBe(`${libraries}|--no-sandbox --disable-gpu --disable-quic --one=a b about:blank\n`)
    const [pid = ''] = readdirSync(pidFolder)
    expect(readFileSync(join(pidFolder, pid), 'utf8')).toBe(`${process.pid}\n`)
  },
)

test.skipIf(process.platform === 'win32')(
  'a browser whose owner was killed is ended by the next start; one with a living owner is not',
  async () => {
    const { launcher, pidFolder } = launcherOf('while :; do sleep 60; done', 'lasting')
    const owned = spawn(launcher, ['--user-data-dir=/own'], { stdio: 'ignore' })
    const own = new Promise((fulfil) => owned.on('exit', fulfil))
    // A shell that starts the browser, waits until it has noted its owner, and ends without ending it.
    const owner =
      '"$0" --user-data-dir=/other >/dev/null 2>&1 & while ! [ -s "$1/$!" ]; do sleep 0.05; done; echo $!'
    const orphan = Number(execFileSync('sh', ['-c', owner, launcher, pidFolder], { encoding: 'utf8' }))
    const noted = () =>
      readdirSync(pidFolder).filter((name) => readFileSync(join(pidFolder, name), 'utf8') !== '')
    await expect.poll(() => noted().length, { timeout: 10_000 }).toBe(2)
    expect(endLeftoverBrowsers(pidFolder)).toBe(1)
    expect(readdirSync(pidFolder)).toEqual([String(owned.pid)])
    expect(orphan).not.toBe(owned.pid)
    owned.kill('SIGKILL')
    await own
    expect(endLeftoverBrowsers(pidFolder)).toBe(0)
    expect(readdirSync(pidFolder)).toEqual([])
  },
)

test('a number that another program has by now is left alone', () => {
  const { pidFolder } = launcherOf('true', 'reused')
  execFileSync('sh', ['-c', `mkdir -p "$0" && echo 2 > "$0/11" && echo 4 > "$0/13"`, pidFolder])
  const killed: number[] = []
  const processes = {
    commandOf: (pid: number) => (pid === 11 ? 'chromium --user-data-dir=/x' : pid === 13 ? 'vim notes' : ''),
    parentOf: () => 1,
    kill: (pid: number) => killed.push(pid),
  }
  expect(endLeftoverBrowsers(pidFolder, processes)).toBe(1)
  expect(killed).toEqual([11])
})

test('a browser whose owner’s number another program has by now is ended all the same', () => {
  const { pidFolder } = launcherOf('true', 'reused owner')
  execFileSync('sh', [
    '-c',
    `mkdir -p "$0" && echo 12 > "$0/11" && echo 14 > "$0/13" && : > "$0/15"`,
    pidFolder,
  ])
  const killed: number[] = []
  const processes = {
    // 12 ended and its number went to an editor; 14 is alive; 15 is just starting.
    commandOf: (pid: number) => (pid % 2 === 1 ? 'chromium --user-data-dir=/x' : 'vim notes'),
    parentOf: (pid: number) => (pid === 13 ? 14 : 1),
    kill: (pid: number) => killed.push(pid),
  }
  expect(endLeftoverBrowsers(pidFolder, processes)).toBe(1)
  expect(killed).toEqual([11])
  expect(readdirSync(pidFolder).toSorted()).toEqual(['13', '15'])
})

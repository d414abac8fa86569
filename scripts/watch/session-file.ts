import { existsSync, readFileSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { PortalSession } from '../../src/passport/portal/session.ts'
import { parsePaste } from '../../src/platform/paste.ts'

/** Where the session comes from: a pasted cURL in one file, or cookie and CSRF token in a file each. */
export interface SessionFiles {
  curlFile?: string | undefined
  cookieFile?: string | undefined
  csrfFile?: string | undefined
}

/** The files that hold no session; the message says which and what should be in it. */
export class SessionFileError extends Error {
  override name = 'SessionFileError'
}

function readNamed(path: string): string {
  if (!existsSync(path)) throw new SessionFileError(`There is no file ${path}: put the session there.`)
  return readFileSync(path, 'utf8').trim()
}

/** Reads the session. @throws SessionFileError */
export function readSessionFiles({ curlFile, cookieFile, csrfFile }: SessionFiles): PortalSession {
  const path = curlFile ?? cookieFile
  if (!path)
    throw new SessionFileError('Say where the session is: --cookie-file (and --csrf-file), or --curl-file.')
  const { cookies, headers } = parsePaste(readNamed(path))
  if (Object.keys(cookies).length === 0) {
    throw new SessionFileError(
      `${path} holds no cookie: paste the Cookie header, or a request copied as cURL.`,
    )
  }
  const csrf = csrfFile ? readNamed(csrfFile) : headers['x-csrf-token']
  return { cookies, csrf: csrf || null, csrfAt: 0 }
}

/** Resolves when one of the files changes, or when stopped. */
export function filesChanged(files: SessionFiles, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const paths = [files.curlFile, files.cookieFile, files.csrfFile].filter((path) => path !== undefined)
    const watchers = paths.map((path) =>
      watch(dirname(path) || '.', (_, name) => {
        if (name === basename(path)) done()
      }),
    )
    const done = () => {
      for (const watcher of watchers) watcher.close()
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}

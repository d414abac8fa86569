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

/** A file is being written in pieces, or two files one after the other: it is read when it has been still so long (ms). */
const STILL_MS = 300

const asText = ({ cookies, csrf }: PortalSession) => JSON.stringify([cookies, csrf])

/** Waits until the files hold a session other than the one that is over; undefined when stopped. */
export function nextSession(
  files: SessionFiles,
  over: PortalSession,
  signal: AbortSignal,
): Promise<PortalSession | undefined> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const finish = (session?: PortalSession) => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      resolve(session)
    }
    const look = () => {
      try {
        const session = readSessionFiles(files)
        if (asText(session) !== asText(over)) finish(session)
      } catch (error) {
        // Half written, or taken away for a moment: the next change is looked at again.
        if (!(error instanceof SessionFileError)) throw error
      }
    }
    const changed = () => {
      clearTimeout(timer)
      timer = setTimeout(look, STILL_MS)
    }
    const paths = [files.curlFile, files.cookieFile, files.csrfFile].filter((path) => path !== undefined)
    const watchers = paths.map((path) =>
      watch(dirname(path), (_, name) => {
        if (name === basename(path)) changed()
      }),
    )
    signal.addEventListener('abort', () => finish(), { once: true })
    changed()
  })
}

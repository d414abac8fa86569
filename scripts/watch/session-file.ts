import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { PortalSession } from '../../src/passport/portal/portal-session.ts'
import { parsePaste } from '../../src/platform/paste.ts'
import { decodeText } from '../../src/platform/text-file.ts'

/** Where the session comes from: a pasted cURL in one file, or cookie and CSRF token in a file each. */
export interface SessionFiles {
  curlFile?: string | undefined
  cookieFile?: string | undefined
  csrfFile?: string | undefined
}

/** Thrown when a file holds no session. The message names the file and what it should hold. */
export class SessionFileError extends Error {
  override name = 'SessionFileError'
}

function readNamed(path: string): string {
  if (!existsSync(path)) throw new SessionFileError(`There is no file ${path}: put the session there.`)
  return decodeText(readFileSync(path)).trim()
}

/** Reads the session of the portal at `origin`. @throws SessionFileError */
export function readSessionFiles(
  { curlFile, cookieFile, csrfFile }: SessionFiles,
  origin: string,
): PortalSession {
  const path = curlFile ?? cookieFile
  if (!path)
    throw new SessionFileError('Say where the session is: --cookie-file (and --csrf-file), or --curl-file.')
  const { cookies, headers } = parsePaste(readNamed(path), origin)
  if (Object.keys(cookies).length === 0) {
    throw new SessionFileError(
      `${path} holds no cookie: paste the Cookie header, or a request copied as cURL.`,
    )
  }
  const csrf = csrfFile ? readNamed(csrfFile) : headers['x-csrf-token']
  return { cookies, csrf: csrf || null, csrfAt: 0 }
}

/**
 * How often the files are read, ms. A session counts when two readings in a row agree, because the file is then
 * complete.
 */
const LOOK_EVERY_MS = 500

const asText = ({ cookies, csrf }: PortalSession) => JSON.stringify([cookies, csrf])

/** What the files hold now; undefined while they hold no session. */
function lookAt(files: SessionFiles, origin: string): PortalSession | undefined {
  try {
    return readSessionFiles(files, origin)
  } catch (error) {
    // Half written, removed for a moment, or in a folder without rights: the next reading decides.
    if (error instanceof SessionFileError || (error as NodeJS.ErrnoException).code) return undefined
    throw error
  }
}

/**
 * Waits until the files hold a session other than the expired one; undefined when stopped. It rereads them regularly,
 * because a change behind a symbolic link or on a network drive causes no file event.
 */
export async function nextSession(
  files: SessionFiles,
  origin: string,
  expired: PortalSession,
  signal: AbortSignal,
): Promise<PortalSession | undefined> {
  let before = asText(expired)
  while (!signal.aborted) {
    const session = lookAt(files, origin)
    const text = session ? asText(session) : ''
    if (session && text !== asText(expired) && text === before) return session
    before = text
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  return undefined
}

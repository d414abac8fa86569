import { parseCurl } from './paste/curl.ts'
import { parseHeaderLines } from './paste/header-lines.ts'
import { parsePowerShell } from './paste/powershell.ts'
import type { Pasted, PastedRequest } from './paste/request.ts'

/** Longest text that is parsed, in characters: enough for "Copy all as cURL" of a page with its pictures. */
const MAX_LENGTH = 512 * 1024

/** A note-taking program turns all quotes of a command into curly ones; a curly one within straight quotes is text. */
const withStraightQuotes = (command: string) =>
  /^[^'"‘’“”]*[‘’“”]/.test(command) ? command.replace(/[‘’]/g, "'").replace(/[“”]/g, '"') : command

function readRequests(text: string): PastedRequest[] {
  if (/Invoke-(WebRequest|RestMethod)|Net\.Cookie\(/i.test(text))
    return parsePowerShell(withStraightQuotes(text))
  const command = text.replace(/^[`\s]*(\$\s*)?/, '')
  if (/^curl(\.exe)?\s/i.test(command)) return parseCurl(withStraightQuotes(command))
  return [parseHeaderLines(text)]
}

/**
 * Reads what a person copied from the browser's developer tools: one or more requests as cURL (bash, Windows) or
 * PowerShell, a request's headers, a `Cookie` line, or nothing but the cookies. Requests to a host other than that of
 * `origin`, a URL, do not count; of those left, the one with the most cookies does, and the latest of several. Fields
 * that the text lacks are undefined. Never throws; names and values contain no control characters.
 */
export function parsePaste(pasted: string, origin: string): Pasted {
  const { hostname: host } = new URL(origin)
  const requests = readRequests(pasted.slice(0, MAX_LENGTH).trim())
  const own = requests.filter((request) => request.host === null || request.host === host)
  const count = (request: Pasted) => Object.keys(request.cookies).length
  const { cookies, headers } = own.reduce<Pasted>(
    (best, request) => (count(request) >= count(best) ? request : best),
    { cookies: {}, headers: {} },
  )
  return { cookies, headers }
}

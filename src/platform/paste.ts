import { parseCurl } from './paste/curl.ts'
import { parseHeaderLines } from './paste/header-lines.ts'
import { parseFetch, parseJson } from './paste/javascript.ts'
import { parsePowerShell } from './paste/powershell.ts'
import type { Pasted, PastedRequest } from './paste/request.ts'

/** Longest text that is parsed, in characters: enough for "Copy all as cURL" of a page with its pictures. */
const MAX_LENGTH = 512 * 1024

/** A note-taking program turns all quotes of a command into curly ones; a curly one within straight quotes is text. */
const withStraightQuotes = (command: string) =>
  /^[^'"‘’“”]*[‘’“”]/.test(command) ? command.replace(/[‘’]/g, "'").replace(/[“”]/g, '"') : command

/** Without what a chat or an editor adds unseen: marks of direction and width, other line ends, hard spaces. */
const plain = (text: string) =>
  text
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, '')
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\u00a0', ' ')
    .trim()

/** Where a curl command begins, after words of the person, a prompt or a fence; -1: nowhere. */
function startOfCurl(text: string): number {
  if (/^curl(?:\.exe)?\s/i.test(text)) return 0
  const found = /(?:^|[\s`$>#:])(curl(?:\.exe)?\s+(?:[-'"^$“‘]|https?:))/i.exec(text.slice(0, 500))
  if (!found) return -1
  const at = found.index + found[0].length - (found[1]?.length ?? 0)
  return text.slice(0, at).includes('=') ? -1 : at
}

function readRequests(text: string): PastedRequest[] {
  if (/Invoke-(WebRequest|RestMethod)|Net\.Cookie\(/i.test(text))
    return parsePowerShell(withStraightQuotes(text))
  const curl = startOfCurl(text)
  if (curl >= 0) return parseCurl(withStraightQuotes(text.slice(curl)))
  if (/\bfetch\(\s?["“]/.test(text)) return parseFetch(withStraightQuotes(text))
  return parseJson(text) ?? [parseHeaderLines(text)]
}

/**
 * Reads what a person copied from the browser's developer tools: one or more requests as cURL (bash, Windows),
 * PowerShell, fetch or HAR, a request's headers, a `Cookie` line, or nothing but the cookies. Requests to a host other than that of
 * `origin`, a URL, do not count; of those left, the one with the most cookies does, and the latest of several. Fields
 * that the text lacks are undefined. Never throws; names and values contain no control characters.
 */
export function parsePaste(pasted: string, origin: string): Pasted {
  const { hostname: host } = new URL(origin)
  const requests = readRequests(plain(pasted.slice(0, MAX_LENGTH)))
  const own = requests.filter((request) => request.host === null || request.host === host)
  const count = (request: Pasted) => Object.keys(request.cookies).length
  const { cookies, headers } = own.reduce<Pasted>(
    (best, request) => (count(request) >= count(best) ? request : best),
    { cookies: {}, headers: {} },
  )
  return { cookies, headers }
}

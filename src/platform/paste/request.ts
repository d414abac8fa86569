/** A logged-in browser's session in a pasted request. */
export interface Pasted {
  /** By name, values exactly as they are sent. */
  cookies: Record<string, string>
  /** By lower-case name, `cookie` left out. */
  headers: Record<string, string>
}

/** One request of a text that may hold several. */
export interface PastedRequest extends Pasted {
  /** The host name it goes to; null when the text does not say. */
  host: string | null
}

const token = /^[\w!#$%&'*+.^`|~-]{1,100}$/
const printable = /^[\x20-\x7e]*$/

/**
 * The cookies of a `Cookie` header. A pair that no HTTP client here can send (no name, or characters outside ASCII) is
 * left out by itself. Of two with one name the first counts: browsers send the more specific path first, and servers
 * read that one.
 */
export function parseCookies(header: string): Record<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(0, at)).trim()
    const value = pair.slice(at + 1).trim()
    if (token.test(name) && printable.test(value) && !cookies.has(name)) cookies.set(name, value)
  }
  return Object.fromEntries(cookies)
}

/** The host name of an address, with or without its scheme; null when it is none. */
export const hostOf = (address: string): string | null =>
  URL.parse(/^[a-z]+:\/\//i.test(address) ? address : `http://${address}`)?.hostname ?? null

/** A request from its headers, each given as `Name: value`: the last of each name, but the first of each cookie. */
export function readHeaders(lines: readonly string[], address?: string): PastedRequest {
  const headers = new Map<string, string>()
  const cookies: Record<string, string>[] = []
  for (const line of lines) {
    const at = line.indexOf(':')
    const name = line.slice(0, Math.max(0, at)).trim().toLowerCase()
    const value = line.slice(at + 1).trim()
    if (name === 'cookie') cookies.push(parseCookies(value))
    else if (token.test(name) && printable.test(value)) headers.set(name, value)
  }
  const host = address ?? headers.get('host')
  return {
    host: host === undefined ? null : hostOf(host),
    cookies: Object.assign({}, ...cookies.reverse()),
    headers: Object.fromEntries(headers),
  }
}

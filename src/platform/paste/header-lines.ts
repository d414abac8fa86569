import { type PastedRequest, parseCookies, readHeaders } from './request.ts'

/** A line without the quotes around it, straight or curly. */
const unquote = (line: string) => /^(["'“‘])(.*)["'”’]$/.exec(line)?.[2] ?? line

/** A request's headers as a browser shows them, or the cookies alone. */
export function parseHeaderLines(text: string): PastedRequest {
  const lines = text
    .split(/\r?\n/)
    .map((line) => unquote(line.trim().replace(/^>\s+/, '')))
    .filter(Boolean)
  // Developer tools copy a header as its name on one line, with or without a colon, and its value on the next.
  const named = lines.map((line, at) => {
    const alone = /^(cookie|x-csrf-token|host|:authority):?$/i.exec(line)?.[1]
    const given = alone === undefined ? line : `${alone}: ${lines[at + 1] ?? ''}`
    const known = given.replace(/^:authority:/i, 'host:')
    return /^[\w-]+:\s/.test(known) || /^(cookie|x-csrf-token|host):/i.test(known) ? known : ''
  })
  const found = readHeaders(named)
  if (Object.keys(found.cookies).length > 0) return found
  const bare = lines.filter((line) => /^[^\s:=;]+=/.test(line))
  return { ...found, cookies: parseCookies(bare.join(';')) }
}

import { type PastedRequest, readHeaders } from './request.ts'

const quoted = '"((?:[^"`]|`[\\s\\S])*)"'
/** The parts of a script that are used: the start of a request, its address, a cookie, a line of a table. */
const parts = new RegExp(
  [
    String.raw`(New-Object\s+Microsoft\.PowerShell\.Commands\.WebRequestSession|Invoke-(?:WebRequest|RestMethod))`,
    String.raw`-Uri\s+${quoted}`,
    String.raw`Net\.Cookie\(\s*${quoted}\s*,\s*${quoted}`,
    // A line break between two lines of the table may have been lost.
    String.raw`(?<=(?:^|[\n{;"])[ \t]{0,40})${quoted}[ \t]*=[ \t]*${quoted}`,
  ].join('|'),
  'gi',
)

/** A backtick makes the next character plain; a character outside ASCII is written by its number. */
const withoutBackticks = (text: string) =>
  text.replace(
    /`([\s\S])|\$\(\[char\](\d{1,5})\)/gi,
    (_, plain, code) => plain ?? String.fromCharCode(Number(code)),
  )

/** "Copy as PowerShell", of one request or of all: cookies are added one by one, headers stand in a table. */
export function parsePowerShell(text: string): PastedRequest[] {
  const requests: { address?: string; lines: string[] }[] = [{ lines: [] }]
  for (const [, start, address, cookie, value, header, content] of text.matchAll(parts)) {
    // A session, if present, precedes its request.
    if (start !== undefined && requests.at(-1)?.address !== undefined) requests.push({ lines: [] })
    const request = requests.at(-1)
    if (address !== undefined && request) request.address ??= withoutBackticks(address)
    if (cookie !== undefined)
      request?.lines.push(`cookie: ${withoutBackticks(cookie)}=${withoutBackticks(value ?? '')}`)
    if (header !== undefined)
      request?.lines.push(`${withoutBackticks(header)}: ${withoutBackticks(content ?? '')}`)
  }
  return requests.map(({ lines, address }) => readHeaders(lines, address))
}

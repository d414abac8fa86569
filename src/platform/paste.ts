import { split } from 'shlex'

/** What a pasted request holds of a logged-in browser. */
export interface Pasted {
  /** By name, values exactly as they are sent. */
  cookies: Record<string, string>
  /** By lower-case name, `cookie` left out. */
  headers: Record<string, string>
}

/** Longest text that is looked at; a message of Telegram has 4,096 characters, a file may be handed in too. */
const MAX_LENGTH = 64 * 1024
const token = /^[\w!#$%&'*+.^`|~-]{1,100}$/
const printable = /^[\x20-\x7e]*$/

/**
 * The cookies of a `Cookie` header; a pair that no browser would send is left out. Of two with one name the first counts:
 * browsers send the more specific path first, and servers read that one.
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

/** Headers given as `Name: value`, the last of each name. */
function collect(lines: readonly string[]): Pasted {
  const headers = new Map<string, string>()
  const cookies: Record<string, string>[] = []
  for (const line of lines) {
    const at = line.indexOf(':')
    const name = line.slice(0, Math.max(0, at)).trim().toLowerCase()
    const value = line.slice(at + 1).trim()
    if (!token.test(name) || !printable.test(value)) continue
    if (name === 'cookie') cookies.push(parseCookies(value))
    else headers.set(name, value)
  }
  return { cookies: Object.assign({}, ...cookies.reverse()), headers: Object.fromEntries(headers) }
}

/** Windows' cmd: a caret makes the next character plain, and a line that ends with one goes on. */
const withoutCarets = (text: string) =>
  text.replace(/\^\r?\n(\r?\n)?/g, (_, newline = ' ') => newline).replace(/\^([\s\S])/g, '$1')

/** The words of a shell command; null when a quote or an escape is left open. */
function splitWords(command: string): string[] | null {
  try {
    return split(command)
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

/** The words of a shell command; a quote left open (a text that was cut short) is closed. */
const words = (command: string): string[] =>
  splitWords(command) ?? splitWords(`${command}'`) ?? splitWords(`${command}"`) ?? []

/** "Copy as cURL" for bash or for Windows' cmd. */
function parseCurl(text: string): Pasted {
  const command = /\^"|\^[ \t]*\r?\n/.test(text) ? withoutCarets(text) : text.replace(/\\\r\n/g, '\\\n')
  const given = words(command)
  const lines: string[] = []
  given.forEach((word, at) => {
    const next = given[at + 1] ?? ''
    if (word === '-H' || word === '--header') lines.push(next)
    else if (word === '-b' || word === '--cookie') lines.push(`cookie: ${next}`)
    else if (/^-H./.test(word)) lines.push(word.slice(2))
    else if (/^--(header|cookie)=/.test(word)) {
      const [, name, value = ''] = /^--(header|cookie)=([\s\S]*)$/.exec(word) ?? []
      lines.push(name === 'cookie' ? `cookie: ${value}` : value)
    }
  })
  return collect(lines)
}

/** "Copy as PowerShell": cookies are added one by one, headers stand in a table. */
function parsePowerShell(text: string): Pasted {
  const plain = (quoted: string) => quoted.replace(/`(.)/g, '$1')
  const cookies = text.matchAll(/Net\.Cookie\("((?:[^"`]|`.)+)",\s*"((?:[^"`]|`.)*)"/g)
  const headers = text.matchAll(/^[ \t]*"([\w-]+)"[ \t]*=[ \t]*"((?:[^"`]|`.)*)"/gm)
  return collect([
    ...[...cookies].map(([, name = '', value = '']) => `cookie: ${plain(name)}=${plain(value)}`),
    ...[...headers].map(([, name = '', value = '']) => `${name}: ${plain(value)}`),
  ])
}

/** Lines as a browser shows a request's headers, or nothing but the cookies. */
function parseLines(text: string): Pasted {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  // Developer tools copy a header as its name on one line, with or without a colon, and its value on the next.
  const named = lines.map((line, at) => {
    if (/^(cookie|x-csrf-token):?$/i.test(line)) return `${line.replace(/:$/, '')}: ${lines[at + 1] ?? ''}`
    return /^[\w-]+:\s/.test(line) || /^(cookie|x-csrf-token):/i.test(line) ? line : ''
  })
  const found = collect(named)
  if (Object.keys(found.cookies).length > 0) return found
  const bare = lines.filter((line) => /^[^\s:=;]+=/.test(line)).join(';')
  return { ...found, cookies: parseCookies(bare) }
}

/**
 * Reads what a person copied from the browser's developer tools: a request as cURL (bash, Windows) or PowerShell, its
 * headers, a `Cookie` line, or nothing but the cookies. What is not there is simply missing. Never throws, and no name
 * or value ever holds a control character.
 */
export function parsePaste(pasted: string): Pasted {
  const text = pasted.slice(0, MAX_LENGTH).trim()
  if (/Invoke-(WebRequest|RestMethod)|Net\.Cookie\(/i.test(text)) return parsePowerShell(text)
  if (/^[`\s]*(\$\s*)?curl(\.exe)?\s/i.test(text)) return parseCurl(text.replace(/^[`\s]*(\$\s*)?/, ''))
  return parseLines(text)
}

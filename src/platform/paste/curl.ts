import { type PastedRequest, readHeaders } from './request.ts'
import { shellWords } from './shell-words.ts'

/** curl's short options that take a value, joined to them or as the next word. */
const SHORT = 'AbcCdDeEFhHKmoPQrtTuUwxXyYz'
/** The long options with a value that copied requests have; an address after any other is the request's. */
const LONG = new Set(
  [
    ...['header', 'cookie', 'url', 'request', 'user-agent', 'referer', 'user', 'cookie-jar', 'output'],
    ...['data', 'data-raw', 'data-binary', 'data-ascii', 'data-urlencode', 'json', 'form', 'form-string'],
    ...['proxy', 'proxy-user', 'connect-timeout', 'max-time', 'resolve', 'cacert', 'cert', 'key', 'retry'],
    ...['max-redirs', 'range', 'write-out', 'interface', 'connect-to', 'noproxy', 'ciphers'],
  ].map((name) => `--${name}`),
)

/** What an option of curl is called and has; `next` when its value is the next word. */
function readOption(word: string): { name: string; value: string | null; next: boolean } {
  if (word.startsWith('--')) {
    const [name = '', ...rest] = word.split('=')
    return { name, value: rest.length > 0 ? rest.join('=') : null, next: rest.length === 0 && LONG.has(word) }
  }
  const at = [...word].findIndex((letter, place) => place > 0 && SHORT.includes(letter))
  if (at === -1) return { name: word, value: null, next: false }
  const joined = word.slice(at + 1)
  return { name: `-${word[at]}`, value: joined || null, next: joined === '' }
}

/** One command, from the words after `curl`. */
function readCommand(words: readonly string[]): PastedRequest {
  const lines: string[] = []
  let address: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) {
      address ??= word || undefined
      continue
    }
    const option = readOption(word)
    const value = option.next ? (words[++at] ?? '') : (option.value ?? '')
    if (option.name === '-H' || option.name === '--header') lines.push(value)
    else if (option.name === '-b' || option.name === '--cookie') lines.push(`cookie: ${value}`)
    else if (option.name === '--url') address ??= value
  }
  return readHeaders(lines, address)
}

/** "Copy as cURL" and "Copy all as cURL": the requests of one or more commands, for bash or for Windows' cmd. */
export function parseCurl(text: string): PastedRequest[] {
  const commands: string[][] = []
  for (const word of shellWords(text.replace(/(\s)—(?=[a-z])/g, '$1--'))) {
    if (/^curl(\.exe)?$/i.test(word)) commands.push([])
    else commands.at(-1)?.push(word)
  }
  return commands.map(readCommand)
}

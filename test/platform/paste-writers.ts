/** How browsers and tools write a request down; what they quote, they quote as here. */
export interface Request {
  url: string
  /** Without the cookies. */
  headers: Record<string, string>
  /** The `Cookie` header. */
  cookie: string
}

const hex = (length: number) => (letter: string) => letter.charCodeAt(0).toString(16).padStart(length, '0')
const escapedAnsi = (text: string) =>
  text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n').replace(/\r/g, '\\r')
const single = (text: string) => `'${text}'`

export const chromeBash = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Chrome escapes
  /[\0-\x1f\x7f-\x9f!]|'/.test(text)
    ? // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
      `$'${escapedAnsi(text).replace(/[\0-\x1f\x7f-\x9f!]/g, (one) => `\\u${hex(4)(one)}`)}'`
    : single(text)
export const firefoxBash = (text: string) =>
  /[^\x20-\x7e]|'/.test(text)
    ? `$'${escapedAnsi(text)
        .replace(/!/g, '\\041')
        .replace(/[^\x20-\x7e]/g, (one) =>
          one.charCodeAt(0) < 256 ? `\\x${hex(2)(one)}` : `\\u${hex(4)(one)}`,
        )}'`
    : single(text)
export const safariBash = (text: string) =>
  /[^\x20-\x7e]|'/.test(text)
    ? `$'${escapedAnsi(text)
        .replace(/!/g, '\\x21')
        .replace(/[^\x20-\x7e]/g, (one) =>
          one.charCodeAt(0) < 256 ? `\\x${hex(2)(one)}` : `\\u${hex(4)(one)}`,
        )}'`
    : single(text)
export const burpBash = (text: string) => `$'${escapedAnsi(text).replace(/!/g, '\\x21')}'`
export const postmanBash = (text: string) => `'${text.replace(/'/g, "'\\''")}'`

const carets = (text: string) =>
  text
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/[^a-zA-Z0-9\s_\-:=+~'/.',?;()*`]/g, '^$&')
    .replace(/%(?=[a-zA-Z0-9_])/g, '%^')
    .replace(/\r?\n/g, '^\n\n')
export const chromeCmd = (text: string) => `^"${carets(text)}^"`
export const chrome100Cmd = (text: string) => `"${carets(text)}"`
export const firefox60Cmd = (text: string) =>
  `"${text.replace(/\\/g, '\\\\').replace(/[$`]/g, '\\$&').replace(/"/g, '""').replace(/%/g, '"%"')}"`

export const powershellQuote = (text: string) =>
  `"${text.replace(/[`$"]/g, '`$&').replace(/[^\x20-\x7e]/g, (one) => `$([char]${one.charCodeAt(0)})`)}"`

type Quote = (text: string) => string
const headersOf = (request: Request, quote: Quote) =>
  Object.entries(request.headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`)

/** With `-b`, as Chrome and Edge. */
const withB =
  (quote: Quote, join: string, data: string) =>
  (request: Request): string =>
    [
      `curl ${quote(request.url)}`,
      ...headersOf(request, quote),
      `-b ${quote(request.cookie)}`,
      `--data-raw ${quote(data)}`,
    ].join(join)
/** With a `Cookie` header among the others, as Firefox and Safari. */
const withHeader =
  (quote: Quote, join: string, ...options: string[]) =>
  (request: Request): string =>
    [
      `curl ${quote(request.url)}`,
      ...options,
      ...headersOf(request, quote),
      `-H ${quote(`Cookie: ${request.cookie}`)}`,
    ].join(join)

const DATA = '{"comune":"l\'aquila 100% & c"}'

function powershell({ url, headers, cookie }: Request): string {
  const host = new URL(url).hostname
  const cookies = cookie.split('; ').map((pair) => {
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map(powershellQuote)
    return `$session.Cookies.Add((New-Object System.Net.Cookie(${name}, ${value}, "/", "${host}")))`
  })
  return [
    '$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession',
    '$session.UserAgent = "Mozilla/5.0"',
    ...cookies,
    `Invoke-WebRequest -UseBasicParsing -Uri ${powershellQuote(url)} \``,
    '-Method "POST" `\n-WebSession $session `\n-Headers @{',
    Object.entries(headers)
      .map(([name, value]) => `${powershellQuote(name)}=${powershellQuote(value)}`)
      .join('\n  '),
    `} \`\n-ContentType "application/json" \`\n-Body ${powershellQuote(DATA)}`,
  ].join('\n')
}

/** By browser or tool and its way of copying. */
export const writers: Record<string, (request: Request) => string> = {
  'Chrome and Edge, bash': withB(chromeBash, ' \\\n  ', DATA),
  'Chrome and Edge, cmd': withB(chromeCmd, ' ^\r\n  ', DATA),
  'Chrome 100, cmd': withB(chrome100Cmd, ' ^\n  ', DATA),
  'Chrome, Edge and Firefox, PowerShell': powershell,
  'Firefox, bash': withHeader(firefoxBash, ' \\\n  ', '--compressed', '-X POST'),
  'Firefox 60, bash': withHeader(firefoxBash, ' ', '--compressed'),
  'Firefox, cmd': withHeader(chromeCmd, ' ^\r\n  ', '--compressed', '-X POST'),
  'Firefox 60, cmd': withHeader(firefox60Cmd, ' ', '--compressed'),
  'Safari, bash': withHeader(safariBash, ' \\\n', "-X 'POST'"),
  'Burp, bash': (request) =>
    [
      "curl --path-as-is -i -s -k -X $'POST'",
      ...headersOf(request, burpBash),
      `-b ${burpBash(request.cookie)}`,
      `--data-binary ${burpBash(DATA)}`,
      burpBash(request.url),
    ].join(' \\\n    '),
  'Postman, bash': (request) =>
    [
      `curl --location --request POST ${postmanBash(request.url)}`,
      ...Object.entries(request.headers).map(
        ([name, value]) => `--header ${postmanBash(`${name}: ${value}`)}`,
      ),
      `--header ${postmanBash(`Cookie: ${request.cookie}`)}`,
      `--data-raw ${postmanBash(DATA)}`,
    ].join(' \\\n'),
  'raw headers': ({ url, headers, cookie }) =>
    [
      `POST ${new URL(url).pathname} HTTP/1.1`,
      `Host: ${new URL(url).host}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `Cookie: ${cookie}`,
    ].join('\r\n'),
  'raw headers of HTTP/2, name and value on lines of their own': ({ url, headers, cookie }) =>
    [':authority', new URL(url).host, ...Object.entries({ ...headers, cookie }).flat()].join('\n'),
}

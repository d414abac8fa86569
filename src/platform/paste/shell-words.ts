/** What a letter after a backslash stands for within `$'…'`. */
const ANSI: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const character = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd')

/** The text of a `$'…'` of bash (ANSI-C quoting). */
const ansi = (quoted: string) =>
  quoted.replace(
    /\\(?:x([\da-fA-F]{1,2})|u([\da-fA-F]{1,4})|U([\da-fA-F]{1,8})|([0-7]{1,3})|([\s\S]))/g,
    (_, hex, short, long, octal, plain) => {
      if (plain !== undefined) return ANSI[plain] ?? plain
      return character(
        octal === undefined ? Number.parseInt(hex ?? short ?? long, 16) : Number.parseInt(octal, 8),
      )
    },
  )

/** Windows' cmd: a caret makes the next character plain; one before a line end joins the lines. */
const withoutCarets = (text: string) =>
  text.replace(/\^(?:\r?\n(\r?\n)?|([\s\S]))/g, (_, newline, plain) => plain ?? newline ?? ' ')

/**
 * Whether carets are escapes. Chrome, Edge and Firefox write them so, before a quote, a percent sign or a line end;
 * earlier Firefoxes wrote one quoted line, where a caret is a caret.
 */
const hasCarets = (command: string) => /(?:^|\s)\^"|\^\\\^"|\^%|\s\^[ \t]*\r?\n/.test(command)

// Each quoted part ends at its quote or, when a text was cut short, at the end: as nothing can fail, nothing is tried
// twice and the time is linear.
const ansiQuoted = String.raw`\$'((?:[^'\\]|\\[\s\S])*)'?`
const singleQuoted = "'([^']*)'?"
const doubleQuoted = String.raw`"((?:[^"\\]|\\[\s\S])*)"?`
const doubleQuotedWindows = String.raw`"((?:[^"\\]|\\[\s\S]|"")*)"?`
/** White space, joined lines (a backslash, a backtick), and the end of one command of several. */
const between = String.raw`((?:\s|[\\\x60;&|](?=\s|$))+)`
const plain = String.raw`([^\s'"\\$;&|\x60]+)|\\?([\s\S])`

const grammar = (double: string) =>
  new RegExp([ansiQuoted, singleQuoted, double, between, plain].join('|'), 'g')
const posix = grammar(doubleQuoted)
const windows = grammar(doubleQuotedWindows)

/**
 * The words of a command line copied from a browser: for bash, with `'…'`, `"…"` and `$'…'`, or for Windows' cmd, with
 * carets, and with `""` or `\"` for a quote. Which one it is, its first quote tells. A quote left open is closed.
 */
export function shellWords(command: string): string[] {
  const forWindows = /^[^'"]*"/.test(command)
  const text = forWindows && hasCarets(command) ? withoutCarets(command) : command
  const words: string[] = []
  let word: string[] | null = null
  for (const [, inAnsi, inSingle, inDouble, gap, run, bare] of text.matchAll(forWindows ? windows : posix)) {
    if (gap !== undefined) {
      if (word) words.push(word.join(''))
      word = null
      continue
    }
    word ??= []
    if (inAnsi !== undefined) word.push(ansi(inAnsi))
    else if (inDouble !== undefined) word.push(inDouble.replace(/\\\r?\n|\\([\\"$`])|"(")/g, '$1$2'))
    else word.push(inSingle ?? run ?? bare ?? '')
  }
  if (word) words.push(word.join(''))
  return words
}

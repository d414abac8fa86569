import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** `--chat -100123` as `--chat=-100123`: the ids of groups begin with a minus, as flags do. */
export function joinNegative(words: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const joined: string[] = []
  for (const word of words) {
    const flag = joined.at(-1) ?? ''
    const takesValue = flag.startsWith('--') && options[flag.slice(2)]?.type === 'string'
    if (takesValue && /^-\d/.test(word)) joined[joined.length - 1] = `${flag}=${word}`
    else joined.push(word)
  }
  return joined
}

/** True when a token is among the words of a command, or a flag asks for one: every user of the machine sees them. */
export const holdsToken = (words: readonly string[]): boolean =>
  words.some(
    (word) =>
      /^--(?!new-)(?:\w+-)?(?:token|secret|password)(?:=|$)/i.test(word) || /\d{6,12}:[\w-]{30,}/.test(word),
  )

/**
 * Reads the flags of a command that writes a generated file.
 * @param usage its help
 * @returns true when the file is only to be verified (`--check`)
 */
export const readCheckFlag = (usage: string): boolean =>
  readFlags(`${usage}\n\n  --check  verify the file instead of writing it`, { check: { type: 'boolean' } })
    .values.check === true

/**
 * Reads a command's flags. `--help` prints the usage; a flag that the command does not know, or a token, ends it with a
 * sentence.
 * @param usage what the command is for and its flags, one a line
 */
export function readFlags<const Flags extends ParseArgsOptionsConfig>(usage: string, options: Flags) {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(usage)
    process.exit(0)
  }
  if (holdsToken(process.argv.slice(2))) {
    console.error('A token is not taken as an argument: set TELEGRAM_BOT_TOKEN, or answer the question.')
    process.exit(2)
  }
  try {
    return parseArgs({ args: joinNegative(process.argv.slice(2), options), options, allowPositionals: true })
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

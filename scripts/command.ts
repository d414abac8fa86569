import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/**
 * Reads a command's flags. `--help` prints the usage; a flag that the command does not know ends it with a sentence.
 * @param usage what the command is for and its flags, one a line
 */
export function readFlags<const Flags extends ParseArgsOptionsConfig>(usage: string, options: Flags) {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(usage)
    process.exit(0)
  }
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

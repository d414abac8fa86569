/**
 * npm run bench -- NAME [--json] [--option value …]: measures, prints a table and, with --json, one JSON object on the
 * last line. Without a name it lists the benches.
 */
import { existsSync, readdirSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, BenchOptions } from './bench.ts'

const FOLDER = join(import.meta.dirname, 'benches')

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  strict: false,
  allowPositionals: true,
})
const load = async (name: string): Promise<Bench> => (await import(join(FOLDER, `${name}.ts`))).bench
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))

/** `--name value` pairs: parseArgs without a schema leaves the value among the positionals. */
function optionsOf(args: string[]): BenchOptions {
  const options: BenchOptions = {}
  args.forEach((arg, i) => {
    if (!arg.startsWith('--')) return
    const [name = '', inline] = arg.slice(2).split('=', 2)
    const next = args[i + 1]
    options[name] = inline ?? (next !== undefined && !next.startsWith('--') ? next : true)
  })
  return options
}

const name = positionals[0]
if (!name || !existsSync(join(FOLDER, `${name}.ts`))) {
  if (name) console.error(`There is no bench called "${name}".`)
  console.log('npm run bench -- NAME [--json]\n')
  for (const each of names) console.log(`  ${each.padEnd(10)} ${(await load(each)).title}`)
  process.exit(name ? 1 : 0)
}

const bench = await load(name)
const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version }
console.log(`${bench.title}\n${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`)
const { table, figures } = await bench.run(optionsOf(process.argv.slice(3)))
console.table(table)
if (values.json) console.log(JSON.stringify({ bench: name, machine, ...figures }))
process.exit(0)

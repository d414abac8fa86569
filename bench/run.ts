/**
 * npm run bench -- NAME [--json] [--save] [--option value …]: measures and prints a table; with --json one JSON object on
 * the last line, with --save the raw figures in bench/results/. Without a name it lists the benches. Ends with 1 when
 * something is worse than the bench allows.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bench, BenchOptions } from './bench.ts'
import { machine, provenance, saveDocument, saveResults } from './results.ts'

const FOLDER = join(import.meta.dirname, 'benches')
const COMMON = {
  help: 'this text',
  json: 'one JSON object with everything measured on the last line',
  save: 'the raw figures in bench/results/, with commit, machine, load and command',
}

const fileOf = (name: string) => join(FOLDER, `${name}.ts`)
const load = async (name: string): Promise<Bench> => (await import(pathToFileURL(fileOf(name)).href)).bench
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))

/** `--name value` and `--name=value`; a name alone is true. */
function optionsOf(args: readonly string[]): BenchOptions {
  const options: BenchOptions = {}
  args.forEach((arg, i) => {
    if (!arg.startsWith('--')) return
    const [name = '', inline] = arg.slice(2).split('=', 2)
    const next = args[i + 1]
    options[name] = inline ?? (next !== undefined && !next.startsWith('--') ? next : true)
  })
  return options
}

async function listBenches(): Promise<void> {
  console.log('npm run bench -- NAME [--option value …]\n')
  for (const each of names) console.log(`  ${each.padEnd(10)} ${(await load(each)).title}`)
  console.log('\nnpm run bench -- NAME --help tells its options.')
}

function explainBench(name: string, bench: Bench): void {
  console.log(`npm run bench -- ${name} [--option value …]\n\n${bench.title}\n`)
  for (const [option, does] of Object.entries({ ...bench.options, ...COMMON }))
    console.log(`  --${option.padEnd(10)} ${does}`)
}

const args = process.argv.slice(2)
const [name] = args
const options = optionsOf(args)
if (name === undefined || name.startsWith('--')) {
  await listBenches()
  process.exit(0)
}
if (!existsSync(fileOf(name))) {
  console.error(`There is no bench called "${name}".`)
  await listBenches()
  process.exit(1)
}
const bench = await load(name)
if (options.help) {
  explainBench(name, bench)
  process.exit(0)
}

const { cores, memoryGiB, node } = machine()
console.log(`${bench.title}\n${cores} cores, ${memoryGiB} GiB, Node ${node}`)
const from = provenance(`npm run bench -- ${args.join(' ')}`)
const { table, figures, failures = [], document } = await bench.run(options)
console.table(table)
for (const failure of failures) console.error(failure)
if (options.save || document) {
  const source = from()
  console.log(`The raw figures are in ${saveResults(name, source, { ...figures, failures })}.`)
  if (document) saveDocument(document.path, document.text(source))
}
if (options.json) console.log(JSON.stringify({ bench: name, machine: machine(), ...figures, failures }))
process.exit(failures.length > 0 ? 1 : 0)

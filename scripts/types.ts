/** Writes (or with --check, verifies) the binding types of the three Workers from their wrangler files. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binOf } from './bin.ts'
import { readCheckFlag } from './command.ts'
import { readText } from './text.ts'

const check = readCheckFlag('npm run types: writes src/bindings.d.ts from the wrangler files.')

const TARGET = 'src/bindings.d.ts'
const WORKERS = [
  { config: 'wrangler.toml', name: 'EdgeEnv' },
  { config: 'src/dispatcher.wrangler.toml', name: 'DispatcherEnv' },
  { config: 'src/booking.wrangler.toml', name: 'BookingEnv' },
]
const HEADER =
  '// Generated from the wrangler files by `npm run types`; checked by `npm run check`. Do not edit.\n'
/** The classes of the Durable Objects, by binding. */
const OBJECTS = {
  STUDENTS: 'import("./sport/student/student.ts").Student',
  SENDER: 'import("./delivery/channels/telegram/sender-object.ts").Sender',
}

const folder = mkdtempSync(join(tmpdir(), 'sportello-types-'))

/** The bindings of one Worker as wrangler sees them, as an exported interface that stands by itself. */
function interfaceOf({ config, name }: { config: string; name: string }): string {
  const file = join(folder, `${name}.d.ts`)
  execFileSync(
    process.execPath,
    [
      binOf('wrangler'),
      'types',
      file,
      '-c',
      config,
      '--env-interface',
      name,
      '--include-runtime=false',
      '--strict-vars=false',
    ],
    { stdio: 'pipe', env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } },
  )
  const body = /interface __BaseEnv_\w+ (\{[^}]*\})/.exec(readFileSync(file, 'utf8'))?.[1]
  if (!body) throw new Error(`wrangler types wrote no bindings for ${config}`)
  const typed = Object.entries(OBJECTS).reduce(
    (text, [binding, type]) =>
      text.replace(new RegExp(`\\b${binding}: .*;`), `${binding}: DurableObjectNamespace<${type}>;`),
    body,
  )
  return `export interface ${name} ${typed}\n`
}

const generated = [
  HEADER,
  ...WORKERS.map(interfaceOf),
  'declare module "*.sql" {\n\tconst text: string;\n\texport default text;\n}\n',
].join('\n')
rmSync(folder, { recursive: true })

if (check) {
  if (!existsSync(TARGET) || readText(TARGET) !== generated) {
    console.error(`${TARGET} does not match the wrangler files: run \`npm run types\` and commit it.`)
    process.exit(1)
  }
} else {
  writeFileSync(TARGET, generated)
}

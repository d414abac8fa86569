import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { ADVICE } from '../../scripts/doctor/finding.ts'
import { routesIn } from '../bot/routes.ts'
import { commandsIn, namesIn, pages } from './kit.ts'

/** The timeout of tests that start processes. */
const SLOW = { timeout: 400_000 }
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
const empty = mkdtempSync(join(tmpdir(), 'sportello-docs-'))
afterAll(() => rmSync(empty, { recursive: true }))

/** Runs a command where nothing is installed and nothing can be reached; never rejects. */
async function run(command: string): Promise<{ code: number; said: string }> {
  const nowhere = 'http://127.0.0.1:9'
  const env = {
    ...process.env,
    CI: '1',
    WRANGLER_LOG: 'log',
    STATE_DIR: empty,
    TELEGRAM_BOT_TOKEN: '',
    TELEGRAM_API_ROOT: nowhere,
    CLOUDFLARE_API_TOKEN: 'none',
    CLOUDFLARE_ACCOUNT_ID: 'none',
    CLOUDFLARE_API_BASE_URL: nowhere,
  }
  try {
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], { env })
    return { code: 0, said: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, said: stdout + stderr }
  }
}

/** The file that a script of package.json runs, when it is one of ours. */
const sourceOf = (script: string) => /node (?:-\S+ )*(\S+\.ts)/.exec(scripts[script] ?? '')?.[1]

/** The flags that a script's source declares. */
const declaredFlags = (source: string) =>
  [
    ...readFileSync(source, 'utf8').matchAll(/(?:^\s+|\{ )'?([a-z-]+)'?: \{ type: '(?:string|boolean)'/gm),
  ].map(([, flag]) => `--${flag}`)

/** The options that every bench takes (bench/run.ts), and those that its own files read. */
function benchOptions(name: string): string[] {
  const folder = join('bench', name)
  const files = [join('bench/benches', `${name}.ts`)]
  if (existsSync(folder)) files.push(...readdirSync(folder).map((file) => join(folder, file)))
  const read = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  return [
    'json',
    'save',
    ...[...read.matchAll(/options(?:, '|\.|\[')(\w+)/g)].map(([, option]) => option),
  ].map((option) => `--${option}`)
}

/** The flags that a command takes. */
const flagsOf = (script: string, command: string) =>
  script === 'bench'
    ? benchOptions(/ -- (\w+)/.exec(command)?.[1] ?? '')
    : declaredFlags(sourceOf(script) ?? '')

const all = pages.flatMap((page) => commandsIn(page).map((command) => [page.file, command] as const))
const npmCommands = all.filter(([, command]) => /\bnpm (?:run|start|test)/.test(command))

test.each(npmCommands)('%s: %s is a script that takes these flags', (_, command) => {
  for (const part of command.split(/ && /)) {
    const [, run, only] = /\bnpm (?:run (?:-s )?([\w:-]+)|(start|test))/.exec(part) ?? []
    const script = run ?? only
    if (script === undefined) continue
    expect(Object.keys(scripts)).toContain(script)
    const flags = [...part.matchAll(/ (--[a-z][\w-]*)/g)].map(([, flag]) => flag)
    if (flags.length === 0) continue
    // Flags reach the script only behind `--`.
    expect(part).toMatch(/ -- /)
    expect(flagsOf(script, part)).toEqual(expect.arrayContaining(flags))
  }
})

test('other commands of the pages are on every machine', () => {
  const others = all
    .map(([, command]) => command)
    .filter((command) => !/\bnpm (?:run|start|test)/.test(command))
  for (const command of others)
    expect(command).toMatch(
      /^(?:npm (?:ci|audit|outdated|view|install)|npx (?:wrangler|vitest run) |git |cd |curl |openssl )/,
    )
})

/** The commands of wrangler that the pages use, e.g. `d1 time-travel restore`. */
const wranglerCommands = [
  ...new Set(all.flatMap(([, command]) => /npx wrangler ([a-z0-9 -]+)/.exec(command)?.[1] ?? [])),
].map((command) => command.replace(/ (?:-c|sportello|--).*$/, '').trim())
const parents = new Set(wranglerCommands.map((command) => command.split(' ').slice(0, -1).join(' ')))

test.each([...parents])(
  'the installed wrangler has every command that the pages use: wrangler %s …',
  SLOW,
  async (parent) => {
    const { said } = await run(`wrangler ${parent} --help`)
    for (const command of wranglerCommands) {
      if (command.split(' ').slice(0, -1).join(' ') === parent) expect(said).toContain(`wrangler ${command} `)
    }
  },
)

/** Every script that runs a file of ours, once for each file. */
const withHelp = [
  ...new Map(Object.keys(scripts).map((script) => [sourceOf(script), script] as const)).entries(),
].flatMap(([source, script]) => (source === undefined ? [] : [script]))

test.concurrent.each(withHelp)(
  'npm run %s -- --help names every flag that it takes',
  SLOW,
  async (script) => {
    const source = sourceOf(script) ?? ''
    const { code, said } = await run(`node ${source} --help`)
    expect(code).toBe(0)
    // `restore` is `backup.ts --restore`: its help need not name that flag.
    for (const flag of declaredFlags(source).filter((each) => each !== '--restore'))
      expect(said).toContain(flag)
  },
)

const files = pages.flatMap((page) => [
  ...[...page.text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
    ([, link = '']) => [page.file, join(dirname(page.file), link)] as const,
  ),
  ...namesIn(page)
    .filter((name) => /^[\w.-]+(?:\/[\w.-]+)*\/(?:[\w-]+\.\w+)?$|^[\w-]+\.(?:toml|md|json)$/.test(name))
    .filter((name) => !/^\.wrangler|^\d/.test(name))
    .map((name) => [page.file, name] as const),
])

/** Every file and folder of the project, from its root. */
const existing = ['src', 'test', 'scripts', 'bench', 'chaos', 'docs', 'migrations'].flatMap((folder) => [
  folder,
  ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
])

test.each(files)('%s: %s exists', (file, name) => {
  const path = name.replace(/\/$/, '')
  // A page may shorten a path whose folder the sentence names.
  const found = existing.some((each) => each === path || each.endsWith(`/${path}`))
  expect(found || existsSync(path) || existsSync(join(dirname(file), path))).toBe(true)
})

test('the pictures are small enough to load at once', () => {
  for (const [, picture = ''] of readFileSync('README.md', 'utf8').matchAll(/!\[[^\]]+\]\(([^)]+\.png)\)/g)) {
    expect(statSync(picture).size, picture).toBeLessThanOrEqual(200_000)
  }
})

test('every setting named in the pages is one that the code reads', async () => {
  const named = [...new Set(pages.flatMap(namesIn).filter((name) => /^[A-Z][A-Z]+(?:_[A-Z]+)+$/.test(name)))]
  const { said } = await run(
    `cat src/platform/config.ts src/*.toml wrangler.toml scripts/*.ts scripts/*/*.ts bench/*.ts test/hostile/*.ts`,
  )
  expect(named.filter((name) => !said.includes(name))).toEqual([])
  expect(named).toContain('ENCRYPTION_KEY')
})

test('every command of the bot named in the pages is one that it knows', () => {
  const files = readdirSync('src/bot', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const known = new Set(routesIn(files.map((file) => readFileSync(`src/bot/${file}`, 'utf8'))).commands)
  const named = pages.flatMap(namesIn).flatMap((name) => /^\/([a-z_]+)(?: [^/]*)?$/.exec(name)?.[1] ?? [])
  const botFathers = ['newbot', 'revoke']
  const addresses = ['healthz', 'app', 'p']
  const others = new Set([...botFathers, ...addresses])
  expect(named.filter((name) => !known.has(name) && !others.has(name))).toEqual([])
  expect(named).toContain('sessione')
})

test('the troubleshooting table says what the doctor says', () => {
  const page = readFileSync('docs/deploy.md', 'utf8')
  for (const advice of Object.values(ADVICE)) expect(page).toContain(`| ${advice}`)
})

test('without a login, a token or anything running, commands say what is missing', SLOW, async () => {
  const [dryRun, doctor, local, restore] = await Promise.all([
    run('npm run -s setup -- --dry-run'),
    run('npm run -s doctor -- --json'),
    run('npm run -s doctor -- --local'),
    run('npm run -s restore'),
  ])
  expect(dryRun.said).toMatch(/D1 database: would[\s\S]*Webhook: would[\s\S]*Nothing was changed/)
  expect(dryRun.code).toBe(0)
  expect(JSON.parse(doctor.said)).toMatchObject({ ok: false })
  expect(doctor.code).toBe(1)
  expect(local.said).toContain(ADVICE['not-running'])
  expect(restore.said).toMatch(/Say which file to restore/)
})

import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const PROJECT = resolve(import.meta.dirname, '../..')

/** How long a command may take to print the expected line, ms. */
const PATIENCE_MS = 240_000

/** A command that runs as if typed in a terminal. */
export interface Running {
  /** Everything it printed so far. */
  output(): string
  /** What it printed on its standard output so far. */
  printed(): string
  /** Waits until it has printed this; rejects with all that it printed when it ends first. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /**
   * Its exit code, once it and its output have ended; null when a signal ended it. npm from 11.19 on dies by the signal that
   * it received even if its command exited well.
   */
  ended: Promise<number | null>
  /** Sends a signal to it and to all that it started, as Ctrl-C in a terminal does. */
  signal(name?: NodeJS.Signals): void
  /** True while anything that it started runs. */
  alive(): boolean
}

/** The environment of a terminal: nothing of the test runner's or of the npm that started it. */
const terminal = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$|MODE$|DEV$|PROD$|SSR$|npm_)/.test(name),
    ),
  )

/** Starts a command with a shell, in a process group of its own. */
export function start(command: string, cwd = PROJECT, env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd,
    env: { ...terminal(), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const group = -(child.pid ?? 0)
  let output = ''
  let printed = ''
  const listeners = new Set<() => void>()
  const hear = () => {
    for (const listener of [...listeners]) listener()
  }
  child.stdout.on('data', (chunk) => {
    printed += chunk
    output += chunk
    hear()
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
    hear()
  })
  let over = false
  const ended = new Promise<number | null>((fulfil) => {
    child.on('close', (code) => {
      over = true
      hear()
      fulfil(code)
    })
  })
  return {
    output: () => output,
    printed: () => printed,
    ended,
    said: (pattern) =>
      new Promise((fulfil, reject) => {
        const stop = () => {
          clearTimeout(timer)
          listeners.delete(look)
        }
        const fail = () => {
          stop()
          reject(new Error(`${command} never said ${pattern}:\n${output}`))
        }
        const timer = setTimeout(fail, PATIENCE_MS)
        const look = () => {
          const found = pattern.exec(output)
          if (found) {
            stop()
            fulfil(found)
          } else if (over) fail()
        }
        listeners.add(look)
        look()
      }),
    signal: (name = 'SIGINT') => {
      process.kill(group, name)
    },
    alive() {
      try {
        return process.kill(group, 0)
      } catch {
        return false
      }
    },
  }
}

/** Runs a command to its end. */
export async function run(
  command: string,
  cwd = PROJECT,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; said: string; printed: string }> {
  const running = start(command, cwd, env)
  const code = await running.ended
  return { code, said: running.output(), printed: running.printed() }
}

/** Files that a clone does not have: built, generated or installed ones. */
const NOT_CLONED =
  /^(?:\.git|node_modules|\.wrangler|\.cache|dist|coverage|\.dev\.vars|\.sportello\.secrets|sportello-.*\.sql|wrangler\.as-deployed\.toml)$/

/** A copy of the project in a new folder, as `git clone` and `npm ci` leave one. */
export function cloneOfProject(): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'sportello-clone-'))
  for (const name of readdirSync(PROJECT).filter((each) => !NOT_CLONED.test(each)))
    cpSync(join(PROJECT, name), join(root, name), { recursive: true })
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'))
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

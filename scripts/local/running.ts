import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Variables } from './runtime.ts'

/** What a local run tells other commands on this machine, in a file of its state folder (mode 600). */
export interface Running {
  pid: number
  /** Address of the edge Worker. */
  url: string
  /** The Workers' variables and secrets. */
  variables: Variables
  /** Updates are fetched from a real Bot API server rather than sent to a webhook. */
  polled: boolean
}

const fileIn = (stateDir: string) => join(stateDir, 'running.json')

/** Records that this process runs the system. @returns removes the record */
export function announce(stateDir: string, running: Omit<Running, 'pid'>): () => void {
  writeFileSync(fileIn(stateDir), JSON.stringify({ pid: process.pid, ...running }), { mode: 0o600 })
  return () => rmSync(fileIn(stateDir), { force: true })
}

/** The local run that uses a state folder; undefined when none does. */
export function findRunning(stateDir: string): Running | undefined {
  if (!existsSync(fileIn(stateDir))) return undefined
  const running = JSON.parse(readFileSync(fileIn(stateDir), 'utf8')) as Running
  try {
    process.kill(running.pid, 0)
    return running
  } catch {
    return undefined
  }
}

import { readdirSync, readFileSync } from 'node:fs'
import type { BuiltWorker } from '../../scripts/local/bundle.ts'
import type { FastClock } from './fast-clock.ts'

/** What the dispatcher spent, as D1 and the queues bill it. */
export interface Spent {
  /** Statements that D1 ran, and what it says that they read and wrote (indexes included). */
  statements: number
  rowsRead: number
  rowsWritten: number
  /** Messages put on queues. */
  queued: number
  /** Batches of queues that were consumed: one request each. */
  batches: number
}

const MARK = 'bench-spent '

/**
 * Wraps the dispatcher's entry: after D1's every answer it adds up what `meta` says, and logs it twice a second. Its
 * clock and timers run `speed` times as fast as the machine's, and so do the delays that it asks of queues.
 */
const entryOf = ({ speed, startedAt }: FastClock) => `
import worker from './dispatcher.js'
const realNow = Date.now, realTimeout = globalThis.setTimeout
Date.now = () => Math.floor(${startedAt} + (realNow() - ${startedAt}) * ${speed})
globalThis.setTimeout = (run, ms, ...args) => realTimeout(run, ms / ${speed}, ...args)
const sooner = (options) => options?.delaySeconds ? { ...options, delaySeconds: Math.ceil(options.delaySeconds / ${speed}) } : options
const spent = { statements: 0, rowsRead: 0, rowsWritten: 0, queued: 0, batches: 0 }
let isPatched = false, loggedAt = 0
const add = (result) => {
  spent.statements++
  spent.rowsRead += result?.meta?.rows_read ?? 0
  spent.rowsWritten += result?.meta?.rows_written ?? 0
  if (Date.now() - loggedAt > 500) tell()
}
const tell = () => { loggedAt = Date.now(); console.log('${MARK}' + JSON.stringify(spent)) }
const around = (object, name, note) => {
  const real = object[name]
  object[name] = async function (...args) {
    const answer = await real.apply(this, args)
    note(answer, args)
    return answer
  }
}
function patch(env) {
  if (isPatched) return
  isPatched = true
  around(Object.getPrototypeOf(env.DB), 'batch', (results) => results.forEach(add))
  const statement = Object.getPrototypeOf(env.DB.prepare('SELECT 1'))
  around(statement, 'all', add)
  around(statement, 'run', add)
}
const counting = (queue) => ({
  send: (body, options) => { spent.queued++; return queue.send(body, sooner(options)) },
  sendBatch: (messages, options) => { spent.queued += messages.length; return queue.sendBatch(messages, options) },
})
const metered = (env) => {
  patch(env)
  return { ...env, AVAILABILITY: counting(env.AVAILABILITY), OUTBOUND: counting(env.OUTBOUND) }
}
export default {
  async queue(batch, env, context) {
    spent.batches++
    await worker.queue(batch, metered(env), context)
    tell()
  },
  scheduled: (controller, env, context) => worker.scheduled(controller, metered(env), context),
}
`

/** Workers whose dispatcher tells what it spends; everything else is as deployed. */
export function metered(workers: readonly BuiltWorker[], clock: FastClock): BuiltWorker[] {
  return workers.map((built) =>
    built.worker === 'dispatcher'
      ? {
          ...built,
          modules: [{ type: 'ESModule', path: 'meter.js', contents: entryOf(clock) }, ...built.modules],
        }
      : built,
  )
}

/** Adds up what metered Workers log. */
export class Meter {
  #last: Spent = { statements: 0, rowsRead: 0, rowsWritten: 0, queued: 0, batches: 0 }

  /** For the runtime's `onLog`. */
  readonly onLog = (line: string): void => {
    const at = line.indexOf(MARK)
    if (at >= 0) this.#last = JSON.parse(line.slice(at + MARK.length))
  }

  get spent(): Spent {
    return this.#last
  }

  /** What was spent since an earlier look. */
  since(before: Spent): Spent {
    const now = this.#last
    return {
      statements: now.statements - before.statements,
      rowsRead: now.rowsRead - before.rowsRead,
      rowsWritten: now.rowsWritten - before.rowsWritten,
      queued: now.queued - before.queued,
      batches: now.batches - before.batches,
    }
  }
}

/** Ticks of processor time a second (Linux' USER_HZ). */
const TICKS = 100

/** Processor time (ms) and the most memory (MiB) so far of the workerd processes that this process runs. */
export function workerdUse(): { cpuMs: number; peakMiB: number } {
  let cpuMs = 0
  let peakKiB = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const read = (file: string) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'utf8')
      } catch {
        return '' // It ended meanwhile.
      }
    }
    const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(read('stat')) ?? []
    const fields = rest.split(' ')
    if (name !== 'workerd' || Number(fields[1]) !== process.pid) continue
    cpuMs += ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS
    peakKiB += Number(/VmHWM:\s+(\d+)/.exec(read('status'))?.[1] ?? 0)
  }
  return { cpuMs, peakMiB: Math.round(peakKiB / 1_024) }
}

/** US dollars a million, of Cloudflare's public price list (Workers Paid, beyond what is included). */
const PRICES = { queueOperations: 0.4, rowsRead: 0.001, rowsWritten: 1, requests: 0.3, cpuMs: 0.02 }
/** A queue message is written, read and deleted. */
const OPERATIONS = 3

/** What a million messages would cost at what some messages took, in dollars, by item. */
export function dollarsPerMillion(spent: Spent, cpuMs: number, messages: number) {
  const each = (amount: number, price: number) => (amount / Math.max(1, messages)) * price
  const items = {
    queues: each(spent.queued * OPERATIONS, PRICES.queueOperations),
    rowsRead: each(spent.rowsRead, PRICES.rowsRead),
    rowsWritten: each(spent.rowsWritten, PRICES.rowsWritten),
    requests: each(spent.batches, PRICES.requests),
    cpu: each(cpuMs, PRICES.cpuMs),
  }
  return { ...items, total: Object.values(items).reduce((sum, dollars) => sum + dollars, 0) }
}

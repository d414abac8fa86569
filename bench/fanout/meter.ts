import { readdirSync, readFileSync } from 'node:fs'
import type { BuiltWorker } from '../../scripts/local/bundle.ts'
import { wrapWorker } from '../../scripts/local/wrap.ts'
import { type FastClock, hurried } from '../fast-clock.ts'
import { SPENT_MARK, type Spent } from './spent.ts'

/** The Workers as deployed, except that the dispatcher logs its use and has a fast clock. */
export const metered = (workers: readonly BuiltWorker[], clock: FastClock): Promise<BuiltWorker[]> =>
  Promise.all(
    workers.map(async (built) => {
      if (built.worker !== 'dispatcher') return built
      const counted = await wrapWorker(built, {
        name: 'meter',
        file: 'bench/fanout/meter.worker.ts',
        options: {},
      })
      return hurried(counted, clock)
    }),
  )

/** Adds up what metered Workers log. */
export class Meter {
  #last: Spent = { statements: 0, rowsRead: 0, rowsWritten: 0, queued: 0, batches: 0 }

  /** For the runtime's `onLog`. */
  readonly onLog = (line: string): void => {
    const at = line.indexOf(SPENT_MARK)
    if (at >= 0) this.#last = JSON.parse(line.slice(at + SPENT_MARK.length))
  }

  get spent(): Spent {
    return this.#last
  }

  /** The use since an earlier reading. */
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
        return '' // The process has ended.
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

/** The cost of a million messages in dollars, by item, computed from the use of some messages. */
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

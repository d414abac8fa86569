import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { System } from '../../scripts/local/system.ts'
import type { Counts } from '../../src/db/tally.ts'

/** Isolates write their counts at most once a minute: wait this long before asking them to. */
const SAVED_AFTER_MS = 61_000
/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10

/** The use of a stretch of work. */
export interface Used {
  counts: Counts
  /** CPU time of the Workers with the database in it, ms; null: this system does not say. */
  cpuMs: number | null
  databaseBytes: number
}

/** The process that listens on a port of this machine; undefined: this system does not say. */
function listenerOn(port: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    .find((fields) => fields[1] === address && fields[3] === '0A')
  const socket = `socket:[${line?.[9]}]`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === socket)
      } catch {
        return false // The process is another user's, or has ended.
      }
    })
}

function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The difference of `after` and `before`. */
export function minus(after: Counts, before: Counts): Counts {
  return Object.fromEntries(
    Object.entries(after).map(([name, [count, sum]]) => {
      const [countBefore, sumBefore] = before[name] ?? [0, 0]
      return [name, [count - countBefore, sum - sumBefore] as const]
    }),
  )
}

/** Measures stretches of work in one running system, by what its Workers counted themselves. */
export async function meter(system: System) {
  const { runtime } = system
  const db = await runtime.database()
  const pid = listenerOn(Number(new URL(runtime.url).port))

  const read = async (): Promise<Used> => {
    const { results, meta } = await db.prepare('SELECT counts FROM metrics').all<{ counts: string }>()
    const counts: Record<string, [number, number]> = {}
    for (const row of results) {
      for (const [name, [count, sum]] of Object.entries(JSON.parse(row.counts) as Counts)) {
        const [known, knownSum] = counts[name] ?? [0, 0]
        counts[name] = [known + count, knownSum + sum]
      }
    }
    return { counts, cpuMs: pid === undefined ? null : cpuOf(pid), databaseBytes: meta.size_after ?? 0 }
  }

  /** Makes every isolate write its counts, and reads them. */
  const settle = async (): Promise<Used> => {
    await sleep(SAVED_AFTER_MS)
    await fetch(`${runtime.url}/healthz`)
    await runtime.tick('dispatcher', '* * * * *')
    await runtime.tick('booking', '*/10 * * * *')
    await sleep(1_000)
    return read()
  }

  const between = (before: Used, after: Used): Used => ({
    counts: minus(after.counts, before.counts),
    cpuMs: before.cpuMs === null || after.cpuMs === null ? null : after.cpuMs - before.cpuMs,
    databaseBytes: after.databaseBytes - before.databaseBytes,
  })

  let last = await settle()
  /** The use since the last call. */
  const sinceLast = async (): Promise<Used> => {
    const before = last
    last = await settle()
    return between(before, last)
  }
  /** The use of the measuring itself: a health check, a tick of the dispatcher and one of the booking Worker. */
  const idle = await sinceLast()
  return {
    idle,
    /** Discards the use until now. */
    async skip(): Promise<void> {
      await sinceLast()
    },
    /** Does some work, and says so on stderr. @returns its use without the measuring itself */
    async measure(name: string, work: () => Promise<unknown>): Promise<Used> {
      await work()
      const used = between(idle, await sinceLast())
      console.error(`measured: ${name}`)
      return used
    },
  }
}

import type { LimitName } from '../../../src/platform/limits.ts'

/** Limits whose use is counted in an invocation. */
export type Use = Extract<
  LimitName,
  | 'd1Queries'
  | 'd1ValueBytes'
  | 'd1Parameters'
  | 'd1SqlBytes'
  | 'd1ResultBytes'
  | 'subrequests'
  | 'serviceSubrequests'
  | 'openConnections'
  | 'openFetches'
  | 'queueMessageBytes'
  | 'queueBatchBytes'
  | 'queueBatchMessages'
  | 'queueDelaySeconds'
  | 'objectValueBytes'
  | 'wallMs'
>

export type Used = { [Name in Use]?: number }

/** The most that any invocation of a kind used of each limit, each in the limit's unit. */
export interface Peak {
  /** E.g. `edge cron`, `dispatcher queue sportello-outbound`, `booking object book`. */
  kind: string
  /** How many there were so far. */
  invocations: number
  used: Used
}

/** The event in the log when an invocation went beyond a limit. */
export const LIMIT_EVENT = 'platform-limit'

/** Begins a log line with a peak that rose. */
export const PEAK_MARK = 'limits-peak '

/** A Worker under limits answers a request to this address with its peaks as JSON. */
export const PEAKS_URL = 'http://limits.invalid/peaks'

/** Collects the peaks that Workers log. */
export class Peaks {
  readonly #peaks = new Map<string, Peak>()

  /** Reads a line of the log. @returns whether it was about a peak */
  hear(line: string): boolean {
    if (!line.startsWith(PEAK_MARK)) return false
    this.add(JSON.parse(line.slice(PEAK_MARK.length)))
    return true
  }

  add({ kind, invocations, used }: Peak): void {
    const known = this.#peaks.get(kind) ?? { kind, invocations: 0, used: {} }
    this.#peaks.set(kind, known)
    known.invocations = Math.max(known.invocations, invocations)
    for (const [use, value] of Object.entries(used) as [Use, number][])
      known.used[use] = Math.max(known.used[use] ?? 0, value)
  }

  get all(): Peak[] {
    return [...this.#peaks.values()].sort((a, b) => a.kind.localeCompare(b.kind))
  }
}

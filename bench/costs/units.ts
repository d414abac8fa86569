import type { Counts } from '../../src/db/tally.ts'
import type { Used } from './measure.ts'

/** The use of one unit. */
export interface Unit {
  rowsRead: number
  rowsWritten: number
  /** Invocations of Workers. */
  requests: number
  cpuMs: number
  /** Messages through queues. */
  messages: number
  objectRequests: number
  objectMs: number
  browserMs: number
}

/** The units of the cost model: see docs/costs.md. */
export interface Units {
  /** A tick of the edge's cron with nothing followed, and one of each of the other crons with nothing to do. */
  tick: Unit
  idle: Unit
  /** A reading of a province in which nothing changed. */
  reading: Unit
  /**
   * An alert's message to one follower, from the slot's change to Telegram's receipt; the edit that crosses a slot
   * out.
   */
  alert: Unit
  edit: Unit
  /** Deleting a message after its thirty days. */
  pruned: Unit
  update: Unit
  page: Unit
  login: Unit
  booking: Unit
  /** A look at the site's list, each hour while something is booked. */
  look: Unit
  cancellation: Unit
  /** Requests to the portal for a reading, and transactions with D1. */
  portalRequests: number
  queries: number
  /** Transactions of a tick besides. */
  tickQueries: number
  /** The size of a message in the database, bytes. */
  bytesAMessage: number
}

const count = (counts: Counts, name: string) => counts[name]?.[0] ?? 0
const sum = (counts: Counts, name: string) => counts[name]?.[1] ?? 0

/** The use of one unit. @param among how many units the measured work consisted of */
export function unitOf({ counts, cpuMs }: Used, among = 1): Unit {
  const share = (value: number) => Math.max(0, value) / among
  return {
    rowsRead: share(count(counts, 'rows-read')),
    rowsWritten: share(count(counts, 'rows-written')),
    requests: share(count(counts, 'request') + count(counts, 'cron') + count(counts, 'batch')),
    cpuMs: share(cpuMs ?? 0),
    messages: share(sum(counts, 'batch')),
    objectRequests: share(count(counts, 'object')),
    objectMs: share(sum(counts, 'object')),
    browserMs: share(sum(counts, 'browser')),
  }
}

/** A unit minus another (`times` times); no value falls below zero. */
export const less = (unit: Unit, other: Unit, times = 1): Unit =>
  Object.fromEntries(
    Object.entries(unit).map(([name, value]) => [
      name,
      Math.max(0, value - other[name as keyof Unit] * times),
    ]),
  ) as unknown as Unit

/** A unit divided by `among`. */
export const shared = (unit: Unit, among: number): Unit =>
  Object.fromEntries(Object.entries(unit).map(([name, value]) => [name, value / among])) as unknown as Unit

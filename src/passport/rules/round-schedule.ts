import { ringHash } from '../../platform/id.ts'
import { MINUTE } from '../../platform/time.ts'
import type { PortalFailureReason } from '../model.ts'

/** A province that keeps failing is tried at least this often, ms (or at the poll interval, when that is longer). */
export const LONGEST_BACKOFF = 5 * MINUTE
/** The longest wait requested by the portal that is obeyed, ms. */
export const LONGEST_RETRY_AFTER = 60 * MINUTE
/** Rounds vary by up to this share of the interval, so that requests do not come at regular times. */
const JITTER = 0.05

/**
 * When the grid's `index`-th round begins, epoch ms: the same for all provinces. Request times vary, but the schedule
 * does not drift.
 */
const gridPoint = (index: number, interval: number) =>
  index * interval + Math.round((ringHash(`round:${index}`) / 0xffffffff - 0.5) * 2 * JITTER * interval)

/**
 * When a province is due again: at the first point of a common grid that is about `delay` after the round's start, so
 * that provinces are read together (see `massEmpty`). Points during the round are skipped.
 * @param start when the round began, epoch ms
 * @param delay at least the interval, ms
 * @param notBefore now, or until when the portal asked to wait, epoch ms
 */
export function nextRoundAt(start: number, delay: number, interval: number, notBefore: number): number {
  const earliest = Math.max(start + delay - interval / 2, notBefore)
  let index = Math.floor(earliest / interval) - 1
  while (gridPoint(index, interval) < earliest) index++
  return gridPoint(index, interval)
}

/**
 * How long a province waits after failing, ms: the poll interval, doubled with each further failure in a row up to
 * five minutes.
 * @param failures readings that failed in a row, this one included; 0: none
 */
export const delayAfter = (failures: number, interval: number): number =>
  Math.min(interval * 2 ** Math.max(0, failures - 1), Math.max(LONGEST_BACKOFF, interval))

/** The longest wait that a reading's answers asked for, ms, capped. */
export const longestWait = (asked: readonly number[]): number =>
  Math.min(Math.max(0, ...asked), LONGEST_RETRY_AFTER)

/** How the requests of one reading went. */
export interface ReadingHealth {
  /** Reasons of the requests that failed. */
  failures: readonly PortalFailureReason[]
  /** The list of offices came. */
  listed: boolean
  /** Agenda requests that succeeded. */
  monthsRead: number
}

/**
 * Whether a failed reading makes the province wait longer. Expired sessions do not: a new session is used at once. Nor
 * does one unreadable agenda among readable ones: one office must not delay the rest.
 */
export function slowsDown({ failures, listed, monthsRead }: ReadingHealth): boolean {
  const causes = failures.filter((reason) => reason !== 'no-session' && reason !== 'session-expired')
  if (causes.length === 0) return false
  return causes.includes('rate-limited') || !listed || monthsRead === 0
}

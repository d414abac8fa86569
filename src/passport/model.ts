import type { RomeDate, RomeTime } from '../platform/time.ts'

/** An office (sede) as one reading of the portal showed it. */
export interface ObservedOffice {
  id: string
  code: string
  name: string
  address: string
  city: string
  /** First day with something free; null: nothing free. */
  firstDate: RomeDate | null
  /** From this Rome time on its slots can be booked; null: any time. */
  bookableFrom: RomeTime | null
}

/** A slot of one office with at least one free place, as one reading showed it. */
export interface ObservedSlot {
  date: RomeDate
  time: RomeTime
  /** Free places, at least 1. */
  places: number
}

/** A calendar month in Rome, `YYYY-MM`. */
export type RomeMonth = string

/**
 * Why a reading failed. `no-session`: no portal session can be used. `session-expired`: the portal refused this one (see
 * `evidence`).
 * `rate-limited`: 429. `unavailable`: 5xx, no connection, or a maintenance page. `timeout`: no whole answer in time. `malformed`: an answer
 * that is not what was asked for (broken JSON, fields missing, a page that ends early).
 */
export type PortalFailureReason =
  | 'no-session'
  | 'session-expired'
  | 'rate-limited'
  | 'unavailable'
  | 'timeout'
  | 'malformed'

export interface PortalFailure {
  reason: PortalFailureReason
  /** What was wrong, in English for the operator; never a secret. */
  detail: string
  /** Milliseconds that the portal asked to wait, when it said. */
  retryAfterMs?: number
  /**
   * What suggested that the session expired: the login page, a status (401, 403) that a firewall may send too, or
   * (`page`) a logged-in page in place of data, or such a status while the logged-in page opens.
   */
  evidence?: 'login' | 'status' | 'page'
}

export type PortalResult<Value> = { ok: true; value: Value } | { ok: false; failure: PortalFailure }

/** Reads the portal. Every answer is complete, or a failure: never half a list. */
export interface PortalReader {
  /** All offices of a province (two-letter code), every page. */
  listOffices(province: string): Promise<PortalResult<ObservedOffice[]>>
  /** The free slots of one office in one month; an empty list is an answer too. */
  readMonth(officeId: string, month: RomeMonth): Promise<PortalResult<ObservedSlot[]>>
}

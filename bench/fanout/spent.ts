/** The dispatcher's use, as D1 and the queues bill it. */
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

/** Prefix of a log line that reports the use. */
export const SPENT_MARK = 'bench-spent '

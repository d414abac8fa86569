/** For how many days rows are kept after their end, and how many rows the history has at most. */
export const KEPT = { days: 400, historyDays: 800, historyRows: 5_000 } as const

/** How long the rows of each table of the object are kept, for docs/data.md. Everything goes with `/cancellami`. */
export const bounds: Record<string, string> = {
  facts: 'one row for each name',
  account: 'one row, until the account is unlinked',
  candidates: 'until the site accepted or refused them',
  session: 'one row, until the session expires or the account is unlinked',
  requests: 'two days',
  actions: `${KEPT.days} days after their end`,
  bookings: `${KEPT.days} days after their class`,
  weekly: 'until removed',
  occurrences: `${KEPT.days} days after their day, or until the weekly booking is removed`,
  confirmations: `${KEPT.days} days after their deadline`,
  timers: 'until served',
  lock: 'one row, for three minutes',
  history: `${KEPT.historyDays} days, ${KEPT.historyRows} rows at most`,
  outbox: 'two days after D1 accepted them',
  evidence: 'rows of an older version are deleted within a day; no new ones are written',
}

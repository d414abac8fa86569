/** For how many days what is over is kept, and how many entries of the history at most. */
export const KEPT = { days: 400, historyDays: 800, historyRows: 5_000 } as const

/** How long the rows of each table of the object are kept, for docs/data.md. Everything goes with `/cancellami`. */
export const bounds: Record<string, string> = {
  facts: 'one row for each name',
  account: 'one row, until the account is unlinked',
  candidates: 'until the trial of what was handed in is over',
  session: 'one row, until the session is dead or the account is unlinked',
  requests: 'two days',
  actions: `${KEPT.days} days after their end`,
  bookings: `${KEPT.days} days after their class`,
  weekly: 'until removed',
  occurrences: `${KEPT.days} days after their day, or until the weekly booking is removed`,
  confirmations: `${KEPT.days} days after their deadline`,
  timers: 'until served',
  lock: 'one row, for three minutes',
  history: `${KEPT.historyDays} days, ${KEPT.historyRows} rows at most`,
  outbox: 'two days after D1 had them',
  evidence: 'nothing is written to it any more; what an older version kept goes within a day',
}

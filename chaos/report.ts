import { type RunResult, stuckIn } from './run-seed.ts'

/** A run in a line of the table. */
export const rowOf = ({
  seed,
  injections,
  messages,
  findings,
  sport,
  digests,
  unended,
  misreported,
  reports,
  limits,
  quiescence,
  broken,
  seconds,
}: RunResult) => ({
  seed,
  faults: Object.values(injections).reduce((sum, count) => sum + count, 0),
  messages,
  slots: findings.openings,
  alerts: findings.alerts,
  'to browsers': findings.toBrowsers,
  lost: findings.lost.length,
  twice: findings.doubled.length,
  unwanted: findings.unwanted.length,
  'answer lost': findings.inDoubt['answer-lost'] + sport.inDoubt['answer-lost'],
  'killed unwritten': findings.inDoubt.ended + sport.inDoubt.ended,
  late: findings.late,
  unedited: findings.unedited.length,
  bookings: sport.asked,
  booked: sport.booked,
  refused: sport.refused,
  forgotten: sport.forgotten.length,
  'booked twice': sport.doubled.length,
  unread: findings.unread.length,
  held: digests.held,
  digests: digests.digests,
  'digests wrong': digests.lost.length + digests.unedited.length,
  'browsers wrong': unended.length,
  'reports wrong': misreported.length,
  reports,
  'filtered out': findings.examined.filtered,
  'edits checked': findings.examined.edits,
  'deliveries checked': findings.examined.deliveries,
  'outcomes checked': sport.outcomes,
  'beyond limits': limits.length,
  stuck: stuckIn(quiescence),
  repeated: broken.length,
  seconds,
})

export type Row = ReturnType<typeof rowOf>

/** All runs in one line; the seconds are the mean. */
export function totalOf(rows: readonly Row[]): Record<string, number | string> {
  const total: Record<string, number | string> = { seed: `${rows.length} runs` }
  const names = Object.keys(rows[0] ?? {}) as (keyof Row)[]
  for (const name of names.filter((each) => each !== 'seed')) {
    const sum = rows.reduce((all, each) => all + each[name], 0)
    total[name] = name === 'seconds' ? Math.round((sum / rows.length) * 10) / 10 : sum
  }
  return total
}

/** How often each kind of fault was ordered and, where counted, injected, over all runs. */
export function injectionsOf(results: readonly RunResult[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { injections, hits } of results)
    for (const [name, count] of Object.entries({ ...injections, ...hits }))
      counts[name] = (counts[name] ?? 0) + count
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => a.localeCompare(b)))
}

/** The problems of a run, one a line. */
export function explain({
  seed,
  injections,
  findings,
  sport,
  digests,
  unended,
  misreported,
  limits,
  quiescence,
}: RunResult): string {
  const lists = {
    lost: findings.lost,
    twice: findings.doubled,
    unwanted: findings.unwanted,
    unedited: findings.unedited,
    unread: findings.unread,
    'lost in quiet hours': digests.lost,
    'unedited digests': digests.unedited,
    'browsers not ended': unended,
    'reports wrong': misreported,
    'beyond limits': limits,
    forgotten: sport.forgotten,
    'booked twice': sport.doubled,
  }
  const lines = Object.entries(lists).flatMap(([what, found]) =>
    found.slice(0, 8).map((line) => `  ${what}: ${line}`),
  )
  return [
    `\nseed ${seed} failed: ${JSON.stringify(injections)}`,
    `  left: ${JSON.stringify(quiescence)}`,
    ...lines,
  ].join('\n')
}

/** Checks that examined nothing in any run: they would pass whatever happens. */
export function idleChecks(rows: readonly Row[]): string[] {
  const checks = [
    'slots',
    'alerts',
    'to browsers',
    'filtered out',
    'reports',
    'deliveries checked',
    'edits checked',
    'bookings',
    'outcomes checked',
    'held',
    'digests',
  ] as const
  return checks.filter((check) => rows.every((row) => row[check] === 0))
}

import type { Counted } from '../../db/metrics.ts'
import { MINUTE } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { DataTable } from '../data-table.tsx'
import { decimal } from '../words.ts'
import { actionsEnded } from './plots.tsx'
import type { Shown } from './shown.ts'

/** The reasons of failed actions, the most frequent first. */
export function reasonsOf(counted: Counted): { reason: string; count: number }[] {
  const byReason = new Map<string, number>()
  for (const [name, [count]] of counted.beginning('action:')) {
    const reason = name.split(':')[3]
    if (reason) byReason.set(reason, (byReason.get(reason) ?? 0) + count)
  }
  return [...byReason]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason))
}

/** This month's ended actions of students, and the browser's use. */
export const SportSection = ({
  site,
  texts,
  dashboard: { month },
  actions,
}: Shown & { actions: Pick<Texts['sport'], 'kinds' | 'reasons'> }) => {
  const t = texts.sport
  const number = (value: number) => decimal(site.language, value)
  const reasons = reasonsOf(month)
  const [openings, openMs] = month.of('browser')
  const words: Record<string, string> = actions.reasons
  return (
    <section aria-labelledby="sport">
      <h2 id="sport">{t.heading}</h2>
      {month.beginning('action:').length === 0 ? (
        <p class="empty">{t.none}</p>
      ) : (
        <section class="scroll" tabindex={0} aria-label={`${t.heading}, ${texts.table}`}>
          <DataTable
            class="amounts"
            columns={[t.action, t.completed, t.failed, t.cancelled]}
            rows={Object.entries(actions.kinds).map(([kind, name]) => [
              name,
              ...['completed', 'failed', 'cancelled'].map((end) => number(actionsEnded(month, end, kind))),
            ])}
          />
        </section>
      )}
      {reasons.length > 0 && (
        <details class="numbers" open>
          <summary>{t.reasons}</summary>
          <DataTable
            class="amounts"
            columns={[t.reason, t.count]}
            rows={reasons.map(({ reason, count }) => [words[reason] ?? reason, number(count)])}
          />
        </details>
      )}
      <p class="soft">{t.browser(number(openings), number(openMs / MINUTE))}</p>
    </section>
  )
}

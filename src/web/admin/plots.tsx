import type { Counted } from '../../db/metrics.ts'
import { MINUTE, romeDate, romeTime, SECOND } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { DataTable } from '../data-table.tsx'
import { BarPlot, Numbers } from '../plot.tsx'
import type { Site } from '../site.ts'
import { decimal, shortDay } from '../words.ts'
import { minutesOf, type Span } from './periods.ts'

/** One plot: a value for each period, and optionally a second one, drawn hollow on top. */
interface Series {
  key: 'sent' | 'wait' | 'failed' | 'letters' | 'read' | 'round' | 'actions' | 'browser' | 'requests'
  value: (counted: Counted, now: number) => number
  hollow?: (counted: Counted) => number
  /** The number beside the title: the sum of all periods, or the highest. */
  summary: 'total' | 'most'
  decimals: number
}

const mean = ([count, sum]: readonly [number, number]) => (count === 0 ? 0 : sum / count)
const count = (name: string) => (counted: Counted) => counted.of(name)[0]

/** The number of actions with that end. */
export const actionsEnded = (counted: Counted, end: string, kind = ''): number =>
  counted
    .beginning(`action:${kind}`)
    .filter(([name]) => name.split(':')[2] === end && (kind === '' || name.split(':')[1] === kind))
    .reduce((sum, [, [ended]]) => sum + ended, 0)

/** Everything plotted, in order. */
export const allSeries: readonly Series[] = [
  {
    key: 'sent',
    value: (counted, now) => counted.of('sent')[0] / minutesOf(counted.period, now),
    summary: 'most',
    decimals: 1,
  },
  {
    key: 'wait',
    value: (counted) => mean(counted.of('sent')) / SECOND,
    summary: 'most',
    decimals: 1,
  },
  { key: 'failed', value: count('dead'), hollow: count('expired'), summary: 'total', decimals: 0 },
  { key: 'read', value: count('read'), hollow: count('unread'), summary: 'total', decimals: 0 },
  {
    key: 'round',
    value: (counted) => mean(counted.of('round')) / SECOND,
    summary: 'most',
    decimals: 1,
  },
  { key: 'letters', value: count('dead-letter'), summary: 'total', decimals: 0 },
  {
    key: 'actions',
    value: (counted) => actionsEnded(counted, 'completed'),
    hollow: (counted) => actionsEnded(counted, 'failed') + actionsEnded(counted, 'cancelled'),
    summary: 'total',
    decimals: 0,
  },
  {
    key: 'browser',
    value: (counted) => counted.of('browser')[1] / MINUTE,
    summary: 'total',
    decimals: 1,
  },
  {
    key: 'requests',
    value: (counted, now) =>
      (counted.of('request')[0] + counted.of('cron')[0] + counted.of('batch')[0]) /
      minutesOf(counted.period, now),
    summary: 'most',
    decimals: 1,
  },
]

interface PlotProps {
  site: Site
  texts: Texts['admin']['plots']
  span: Span
  series: Series
  counted: readonly Counted[]
}

/** Where the axis is named: times of the day in Rome, days of the month. */
const TICK_TIMES = ['00:00', '06:00', '12:00', '18:00']
const TICK_DAYS = ['01', '08', '15', '22']

/** One plot with its numbers. */
export const Plot = ({ site, texts: t, span, series, counted }: PlotProps) => {
  const words: { title: string; values: string; hollow?: string } = t[series.key]
  const written = (value: number) => decimal(site.language, value, series.decimals)
  const rows = counted.map((one) => ({
    period: one.period,
    value: series.value(one, site.now),
    hollow: series.hollow?.(one) ?? 0,
  }))
  const tickOf = (from: number): string | undefined => {
    const time = romeTime(from)
    if (span === 'day') return TICK_TIMES.includes(time) ? time : undefined
    const date = romeDate(from)
    return TICK_DAYS.includes(date.slice(8)) ? shortDay(site.language, date).replace(/^\S+ /, '') : undefined
  }
  const nameOf = (from: number) => (span === 'day' ? romeTime(from) : shortDay(site.language, romeDate(from)))
  const values = rows.map((row) => row.value)
  const summary =
    series.summary === 'total'
      ? t.total(written(values.reduce((sum, value) => sum + value, 0)))
      : t.most(written(Math.max(...values)))
  return (
    <section class="plotted">
      <h3>{words.title}</h3>
      <p class="soft">
        <span class="key">
          {words.hollow && <span aria-hidden="true">{t.solid} </span>}
          {words.values}, {summary}
        </span>
        {words.hollow && (
          <span class="key">
            <span aria-hidden="true">{t.hollow} </span>
            {words.hollow}, {t.total(written(rows.reduce((sum, row) => sum + row.hollow, 0)))}
          </span>
        )}
      </p>
      <figure>
        <BarPlot
          label={`${words.title}: ${words.values}, ${summary}`}
          bars={rows.map(({ value, hollow, period }) => ({ value, hollow, tick: tickOf(period.from) }))}
          scale={(value) => decimal(site.language, value, 2)}
        />
        <Numbers summary={t.table} of={words.title}>
          <DataTable
            columns={[
              span === 'day' ? t.from : t.date,
              words.values,
              ...(words.hollow ? [words.hollow] : []),
            ]}
            rows={rows.map(({ period, value, hollow }) => [
              nameOf(period.from),
              written(value),
              ...(words.hollow ? [written(hollow)] : []),
            ])}
          />
        </Numbers>
      </figure>
    </section>
  )
}

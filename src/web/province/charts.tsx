import { scaleLinear, scaleLog, scaleSqrt } from 'd3-scale'
import { curveStepAfter, line } from 'd3-shape'
import { type SurvivalStep, shareAt } from '../../passport/history/survival.ts'
import { duration } from '../../platform/duration.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../platform/time.ts'
import { DataTable } from '../data-table.tsx'
import { BarPlot, Numbers } from '../plot.tsx'
import type { Site } from '../site.ts'
import { percent, shortDay, weekdayNames } from '../words.ts'
import type { BestTime, perWeek, WeekGrid } from './statistics.ts'

const two = (hour: number) => String(hour).padStart(2, '0')

/** Days by hours; the size of a square, not its colour, says how many. */
export const HoursChart = ({ site, grid, best }: { site: Site; grid: WeekGrid; best: BestTime | null }) => {
  const t = site.texts.province
  const days = weekdayNames(site.language, 'short')
  const left = 30
  const cell = 14
  const top = 16
  const most = Math.max(1, ...grid.flat())
  const side = scaleSqrt([0, most], [0, cell - 2])
  return (
    <figure>
      <svg
        class="plot"
        viewBox={`0 0 ${left + 24 * cell} ${top + 7 * cell + 2}`}
        role="img"
        aria-label={t.hoursAlt}
      >
        {[0, 6, 12, 18].map((hour) => (
          <text class="tick" x={left + hour * cell} y={10}>
            {two(hour)}:00
          </text>
        ))}
        {[0, 6, 12, 18, 24].map((hour) => (
          <path class="rule" d={`M${left + hour * cell} ${top - 2}v${7 * cell + 4}`} />
        ))}
        {grid.map((row, day) => (
          <>
            <text class="tick" x={0} y={top + day * cell + cell * 0.72}>
              {days[day]}
            </text>
            {row.map((count, hour) => {
              const size = count === 0 ? 1.6 : Math.max(3, side(count))
              return (
                <rect
                  class={count === 0 ? 'dot' : 'mark'}
                  x={left + hour * cell + (cell - size) / 2}
                  y={top + day * cell + (cell - size) / 2}
                  width={size}
                  height={size}
                  rx={size / 6}
                />
              )
            })}
          </>
        ))}
        {best && (
          <rect
            class="ring"
            x={left + best.from * cell - 1}
            y={top + (best.rows[0] ?? 0) * cell - 1}
            width={(best.to - best.from) * cell + 2}
            height={best.rows.length * cell + 2}
            rx="3"
          />
        )}
      </svg>
      <Numbers summary={t.table} of={t.hoursHeading}>
        <DataTable
          class="grid"
          columns={[t.day, ...(grid[0] ?? []).map((_, hour) => two(hour))]}
          rows={grid.map((row, day) => [days[day], ...row])}
        />
      </Numbers>
    </figure>
  )
}

const AXIS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY]
const SHORTEST = 20 * SECOND
const SHORT_UNITS = [
  [DAY, { it: 'g', en: 'd' }],
  [HOUR, { it: 'h', en: 'h' }],
  [MINUTE, { it: 'min', en: 'min' }],
] as const

const tickOf = (site: Site, ms: number): string => {
  const [unit, names] = SHORT_UNITS.find(([size]) => ms >= size) ?? SHORT_UNITS[2]
  return `${ms / unit} ${names[site.language]}`
}

/** The survival curve, on a time axis on which minutes and days both have room. */
export const LifetimeChart = ({ site, steps }: { site: Site; steps: readonly SurvivalStep[] }) => {
  const t = site.texts.province
  const [width, height, left, bottom] = [366, 170, 34, 22]
  const longest = Math.max(HOUR, steps.at(-1)?.ms ?? 0) * 1.3
  const ticks = AXIS.filter((ms) => ms <= longest)
  const x = scaleLog([SHORTEST, longest], [left, width - 6]).clamp(true)
  const y = scaleLinear([0, 1], [height - bottom, 8])
  const path = line<SurvivalStep>(
    (step) => x(Math.max(SHORTEST, step.ms)),
    (step) => y(step.share),
  ).curve(curveStepAfter)
  const last = steps.at(-1)
  const drawn = last ? [...steps, { ms: longest, share: last.share }] : []
  return (
    <figure>
      <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t.lifetimeAlt}>
        {[0, 0.5, 1].map((share) => (
          <>
            <path class={share === 0.5 ? 'rule half' : 'rule'} d={`M${left} ${y(share)}H${width - 6}`} />
            <text class="tick end" x={left - 5} y={y(share) + 3.5}>
              {percent(site.language, share)}
            </text>
          </>
        ))}
        {ticks.map((ms) => (
          <text class="tick middle" x={x(ms)} y={height - 6}>
            {tickOf(site, ms)}
          </text>
        ))}
        <path class="curve" d={path(drawn) ?? ''} />
      </svg>
      <Numbers summary={t.table} of={t.lifetimeHeading}>
        <DataTable
          columns={[t.after, t.stillFree]}
          rows={ticks.map((ms) => [duration(site.language, ms), percent(site.language, shareAt(steps, ms))])}
        />
      </Numbers>
    </figure>
  )
}

/** Bars, one a week, each with its number. */
export const WeeksChart = ({ site, weeks }: { site: Site; weeks: ReturnType<typeof perWeek> }) => {
  const t = site.texts.province
  const day = (monday: string) => shortDay(site.language, monday).replace(/^\S+ /, '')
  return (
    <figure>
      <BarPlot
        label={t.weeksAlt}
        bars={weeks.map(({ monday, count }, i) => ({
          value: count,
          tick: i % 4 === 0 ? day(monday) : undefined,
        }))}
      />
      <Numbers summary={t.table} of={t.weeksHeading}>
        <DataTable
          columns={[t.week, t.freed]}
          rows={weeks.map(({ monday, count }) => [day(monday), count])}
        />
      </Numbers>
    </figure>
  )
}

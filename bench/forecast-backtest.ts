/**
 * node bench/forecast-backtest.ts: tests the forecast on simulated histories whose future is known, and writes how often
 * a slot came where the forecast gave a chance (docs/images/forecast-calibration.svg), with the table of docs/forecast.md and
 * bench/results/forecast.json. The same code always gives the same figures.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { NO_FILTER } from '../src/passport/follow/slot-filter.ts'
import { forecastOf, HORIZONS } from '../src/passport/history/forecast.ts'
import type { Opening } from '../src/passport/history/openings.ts'
import { addDays, DAY, HOUR, MINUTE, romeDate } from '../src/platform/time.ts'
import { provenance, saveResults } from './results.ts'

/** Provinces simulated for each habit. */
const PROVINCES = 4_000
const BEGIN = Date.parse('2026-01-05T11:00:00Z')
const AHEAD = Math.max(...HORIZONS)

/** A generator of numbers from 0 to 1, the same for each seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Random = () => number
/** Whether a day (0 is a Monday) has a slot, for a province of some habit. */
type Days = (day: number) => boolean

/** A log-uniform number between `from` and `to`. */
const between = (random: Random, from: number, to: number) => from * (to / from) ** random()

/** How provinces free slots. */
const habits: Record<string, (random: Random, length: number) => Days> = {
  'any day': (random) => {
    const rate = between(random, 0.01, 2)
    return () => random() < 1 - Math.exp(-rate)
  },
  'working days': (random) => {
    const rate = between(random, 0.02, 3)
    return (day) => day % 7 < 5 && random() < 1 - Math.exp(-rate)
  },
  'one day a week': (random) => {
    const weekday = Math.floor(random() * 7)
    const often = between(random, 0.1, 1)
    return (day) => day % 7 === weekday && random() < often
  },
  'good and bad weeks': (random) => {
    const rate = between(random, 0.1, 2)
    const stay = 1 - 1 / between(random, 5, 30)
    let good = random() < 0.5
    return () => {
      if (random() > stay) good = !good
      return random() < 1 - Math.exp(-(good ? rate : rate / 20))
    }
  },
  'changing habits': (random, length) => {
    const [before, after] = [between(random, 0.02, 1), between(random, 0.02, 1)]
    return (day) => random() < 1 - Math.exp(-(before * (after / before) ** (day / length)))
  },
}

/** A slot that was freed on a day. */
function openingOn(day: number): Opening {
  const at = BEGIN + day * DAY - HOUR
  const slot = { date: addDays(romeDate(at), 20), time: '10:00', places: 1 }
  return {
    office: { id: '1', province: 'TO' },
    slot,
    open: [slot],
    at,
    round: String(day),
    goneAt: at + 5 * MINUTE,
    seenUntil: at + 5 * MINUTE,
  }
}

interface Forecast {
  habit: string
  /** Days of history. */
  history: number
  days: number
  chance: number
  came: boolean
}

function simulate(habit: string, seed: number): Forecast[] {
  const random = randomOf(seed)
  const history = 14 + Math.floor(random() * 71)
  const has = habits[habit]?.(random, history + AHEAD)
  const days = Array.from({ length: history + AHEAD }, (_, day) => has?.(day) ?? false)
  const openings = days.slice(0, history).flatMap((found, day) => (found ? [openingOn(day + 1)] : []))
  const forecast = forecastOf(NO_FILTER, openings, BEGIN, BEGIN + history * DAY)
  return (forecast?.chances ?? []).map(({ days: horizon, chance }) => ({
    habit,
    history,
    days: horizon,
    chance,
    came: days.slice(history, history + horizon).some(Boolean),
  }))
}

const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length
/** The Brier score, the mean squared error of chances: 0 is perfect, always saying 50 % gets 0.25. */
const brier = (all: readonly Forecast[]) => mean(all.map(({ chance, came }) => (chance - Number(came)) ** 2))

const BINS = 10
/** Forecasts by chance, in tenths. */
const binsOf = (all: readonly Forecast[]) =>
  Array.from({ length: BINS }, (_, bin) =>
    all.filter(({ chance }) => Math.min(BINS - 1, Math.floor(chance * BINS)) === bin),
  )
    .filter((ofBin) => ofBin.length >= 30)
    .map((ofBin) => ({
      count: ofBin.length,
      chance: mean(ofBin.map(({ chance }) => chance)),
      came: mean(ofBin.map(({ came }) => Number(came))),
    }))
/** The expected calibration error: the mean distance of chances from frequencies, over the bins. */
const gap = (all: readonly Forecast[]) => {
  const bins = binsOf(all)
  return bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.chance - bin.came), 0) / all.length
}

const from = provenance('node bench/forecast-backtest.ts')
const forecasts = Object.keys(habits).flatMap((habit, i) =>
  Array.from({ length: PROVINCES }, (_, n) => simulate(habit, 1 + i * PROVINCES + n)).flat(),
)

const points = (value: number) => `${(100 * value).toFixed(1)}`
const rows = [...Object.keys(habits), 'all'].map((habit) => {
  const cells = HORIZONS.map((days) => {
    const some = forecasts.filter((one) => one.days === days && (habit === 'all' || one.habit === habit))
    return `${points(mean(some.map(({ chance }) => chance)))} / ${points(mean(some.map(({ came }) => Number(came))))} / ${points(gap(some))}`
  })
  const some = forecasts.filter((one) => habit === 'all' || one.habit === habit)
  return [habit, ...cells, brier(some).toFixed(3)]
})
const header = ['how slots are freed', ...HORIZONS.map((days) => `${days} days`), 'Brier score']
const widths = header.map((name, column) =>
  Math.max(name.length, ...rows.map((row) => String(row[column]).length)),
)
const line = (cells: readonly string[]) =>
  `| ${cells.map((one, i) => one.padEnd(widths[i] ?? 0)).join(' | ')} |`
const table = [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')

const SIDE = 300
const LEFT = 46
const at = (share: number) => LEFT + share * SIDE
const up = (share: number) => 20 + (1 - share) * SIDE
const marks = HORIZONS.map((days, i) => {
  const colour = ['#0b6e5c', '#8a4b08', '#3b4fa3'][i]
  const dots = binsOf(forecasts.filter((one) => one.days === days))
  return `  <g fill="${colour}" stroke="${colour}">
    <path fill="none" d="M${dots.map(({ chance, came }) => `${at(chance).toFixed(1)} ${up(came).toFixed(1)}`).join('L')}"/>
${dots.map(({ chance, came }) => `    <circle cx="${at(chance).toFixed(1)}" cy="${up(came).toFixed(1)}" r="3.5"/>`).join('\n')}
    <text stroke="none" x="${at(1) + 14}" y="${60 + 20 * i}">within ${days} days</text>
  </g>`
})
const ticks = [0, 0.25, 0.5, 0.75, 1].map(
  (share) => `    <text x="${at(share)}" y="${up(0) + 18}" text-anchor="middle">${100 * share}%</text>
    <text x="${LEFT - 6}" y="${up(share) + 4}" text-anchor="end">${100 * share}%</text>`,
)
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 470 380" font-family="sans-serif" font-size="12">
  <title>How often a slot came, by the chance that the forecast gave</title>
  <rect width="470" height="380" fill="#ffffff"/>
  <g fill="#56625c">
${ticks.join('\n')}
    <text x="${at(0.5)}" y="${up(0) + 38}" text-anchor="middle">chance that the forecast gave</text>
    <text x="12" y="12">how often a slot came</text>
  </g>
  <rect x="${LEFT}" y="20" width="${SIDE}" height="${SIDE}" fill="none" stroke="#dedfd8"/>
  <path d="M${at(0)} ${up(0)}L${at(1)} ${up(1)}" stroke="#56625c" stroke-dasharray="4 4"/>
${marks.join('\n')}
</svg>
`
console.log(table)
if (!process.argv.includes('--dry')) {
  const source = from()
  const bins = Object.fromEntries(
    HORIZONS.map((days) => [days, binsOf(forecasts.filter((one) => one.days === days))]),
  )
  saveResults('forecast', source, { header, rows, bins })
  writeFileSync('docs/images/forecast-calibration.svg', svg)
  const page = readFileSync('docs/forecast.md', 'utf8')
  writeFileSync(
    'docs/forecast.md',
    page.replace(
      /(<!-- backtest -->\n)[\s\S]*(<!-- \/backtest -->)/,
      `$1\n${table}\n\nMeasured on ${source.date} at commit ${source.commit}; raw in \`bench/results/forecast.json\`. Neither machine nor load matter.\n\n$2`,
    ),
  )
}

import { scaleBand, scaleLinear } from 'd3-scale'
import type { Child } from 'hono/jsx'

/** The numbers of a plot as a table, for screen readers. */
export const Numbers = ({ summary, of, children }: { summary: string; of: string; children: Child }) => (
  <details class="numbers">
    <summary>{summary}</summary>
    <section class="scroll" tabindex={0} aria-label={of}>
      {children}
    </section>
  </details>
)

export interface Bar {
  value: number
  /** Drawn hollow on top of the value. */
  hollow?: number
  /** Text under the bar. */
  tick?: string | undefined
}

interface BarPlotProps {
  /** Its label for screen readers. */
  label: string
  bars: readonly Bar[]
  /** Each bar with its number, instead of a scale at the left whose numbers are written so. */
  scale?: (value: number) => string
  /** The highest value that the scale shows at least. */
  atLeast?: number
}

const [WIDTH, HEIGHT, BOTTOM, TOP] = [366, 150, 20, 14]
/** Room for the scale's numbers. */
const LEFT = 36

/** Bars; hollow parts differ from solid ones in more than colour. */
export const BarPlot = ({ label, bars, scale, atLeast = 1 }: BarPlotProps) => {
  const left = scale ? LEFT : 0
  const x = scaleBand(
    bars.map((_, i) => i),
    [left, WIDTH],
  ).paddingInner(0.25)
  const most = Math.max(atLeast, ...bars.map((bar) => bar.value + (bar.hollow ?? 0)))
  const y = scaleLinear([0, most], [HEIGHT - BOTTOM, TOP])
  if (scale) y.nice(3)
  const radius = Math.min(1.5, x.bandwidth() / 4)
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {(scale ? y.ticks(3) : [0]).map((value) => (
        <>
          <path class="rule" d={`M${left} ${y(value)}H${WIDTH}`} />
          {scale && (
            <text class="tick end" x={left - 5} y={y(value) + 3.5}>
              {scale(value)}
            </text>
          )}
        </>
      ))}
      {bars.map(({ value, hollow = 0, tick }, i) => {
        const from = x(i) ?? 0
        const last = i === bars.length - 1
        return (
          <>
            {value > 0 && (
              <rect
                class="mark"
                x={from}
                y={y(value)}
                width={x.bandwidth()}
                height={y(0) - y(value)}
                rx={radius}
              />
            )}
            {hollow > 0 && (
              <rect
                class="mark hollow"
                x={from + 0.5}
                y={y(value + hollow) + 0.5}
                width={x.bandwidth() - 1}
                height={Math.max(0.5, y(value) - y(value + hollow) - 1)}
              />
            )}
            {!scale && (
              <text class="tick middle" x={from + x.bandwidth() / 2} y={y(value) - 4}>
                {value}
              </text>
            )}
            {tick && (
              <text
                class={last ? 'tick end' : i === 0 ? 'tick' : 'tick middle'}
                x={from + (last ? x.bandwidth() : i === 0 ? 0 : x.bandwidth() / 2)}
                y={HEIGHT - 5}
              >
                {tick}
              </text>
            )}
          </>
        )
      })}
    </svg>
  )
}

import { quantile, rounded } from './bench.ts'

/** What became of some requests. */
export interface Load {
  seconds: number
  latenciesMs: number[]
  /** Answers other than 2xx, and connections that failed. */
  errors: number
}

/** The result of a load. */
export interface LoadResult {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers other than 2xx, and connections that failed. */
  errors: number
}

/** Posts the bodies with the indices from `from` up to `to` to an address, `open` at a time. */
export async function postAll(
  url: string,
  headers: Record<string, string>,
  { from, to }: { from: number; to: number },
  open: number,
  bodyOf: (i: number) => string,
): Promise<Load> {
  const latenciesMs: number[] = []
  let errors = 0
  let next = from
  const startedAt = performance.now()
  const worker = async () => {
    while (next < to) {
      const i = next++
      const sentAt = performance.now()
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: bodyOf(i),
        })
        await response.arrayBuffer()
        if (!response.ok) errors++
      } catch {
        errors++
      }
      latenciesMs.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: open }, worker))
  return { seconds: (performance.now() - startedAt) / 1_000, latenciesMs, errors }
}

/** The result of several loads together. */
export function resultOf(loads: readonly Load[]): LoadResult {
  const latencies = loads.flatMap(({ latenciesMs }) => latenciesMs)
  return {
    perSecond: rounded(latencies.length / loads.reduce((sum, { seconds }) => sum + seconds, 0)),
    p50Ms: rounded(quantile(latencies, 0.5), 1),
    p99Ms: rounded(quantile(latencies, 0.99), 1),
    errors: loads.reduce((sum, { errors }) => sum + errors, 0),
  }
}

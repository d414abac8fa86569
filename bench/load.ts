import { quantile, rounded } from './bench.ts'

/** The result of a load. */
export interface LoadResult {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers other than 2xx, and connections that failed. */
  errors: number
}

/** Posts `count` bodies to an address, `open` at a time, and measures. */
export async function postAll(
  url: string,
  headers: Record<string, string>,
  count: number,
  open: number,
  bodyOf: (i: number) => string,
): Promise<LoadResult> {
  const latencies: number[] = []
  let errors = 0
  let next = 0
  const startedAt = performance.now()
  const worker = async () => {
    while (next < count) {
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
      latencies.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: open }, worker))
  const seconds = (performance.now() - startedAt) / 1_000
  return {
    perSecond: rounded(count / seconds),
    p50Ms: rounded(quantile(latencies, 0.5), 1),
    p99Ms: rounded(quantile(latencies, 0.99), 1),
    errors,
  }
}

import * as z from 'zod'
import { type Check, type Fault, orOk, type Verdict } from './finding.ts'

const answer = z.object({
  status: z.enum(['ok', 'idle', 'unhealthy']),
  reasons: z.array(z.string()),
  notes: z.array(z.string()).default([]),
  lastGoodRoundAt: z.number().nullable().optional(),
})

/** Reasons of /healthz (src/web/health.ts) by what to do about them; the first that matches counts. */
const REASONS: [pattern: RegExp, fault: Fault][] = [
  [/polling is paused/, 'health-polling'],
  [/no round/, 'health-rounds'],
  [/waited/, 'health-waiting'],
  [/store/, 'health-store'],
]

/** Evaluates what /healthz answered. @param body parsed JSON; undefined when it was none */
export function evaluateHealth(status: number, body: unknown): Verdict[] {
  const health = answer.safeParse(body).data
  if (!health)
    return [{ fault: 'health-other', detail: `/healthz answered ${status}, but not as Sportello does` }]
  if (health.status === 'idle') return [{ ok: 'well; nobody follows a province yet, so nothing is polled' }]
  const reasons = health.reasons.some((reason) => /polling is paused/.test(reason))
    ? health.reasons.filter((reason) => !/no round/.test(reason))
    : health.reasons
  return orOk(
    reasons.map((reason) => ({
      fault: REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'health-unknown',
      detail: reason,
    })),
    ['well', ...health.notes].join('; '),
  )
}

/** How often an address that does not answer is tried again, ms. */
const EVERY_MS = 3_000

/** Reads the edge Worker's /healthz. @param tries more than one while a new address may not answer yet */
export const healthCheck = (url: string, tries = 1): Check => ({
  title: 'Health',
  async look() {
    if (!url) return [{ fault: 'address-missing', detail: 'PUBLIC_URL is not set' }]
    for (let left = tries; ; ) {
      try {
        const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(15_000) })
        return evaluateHealth(response.status, await response.json().catch(() => undefined))
      } catch {
        left -= 1
        if (left <= 0) return [{ fault: 'health-unreachable', detail: `nothing answers at ${url}/healthz` }]
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
      }
    }
  },
})

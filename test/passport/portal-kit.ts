import { onTestFinished } from 'vitest'
import type { PortalReader, PortalResult } from '../../src/passport/model.ts'
import { PortalClient } from '../../src/passport/portal/portal-client.ts'
import { parseCookies } from '../../src/platform/paste/request.ts'
import {
  type PortalOptions,
  type PortalSimulator,
  startPortalSimulator,
} from '../simulators/portal/simulator.ts'

/** A portal of the test's own with one province, Turin, and no office in it unless `options` say otherwise. */
export async function portalOf(options: PortalOptions = {}): Promise<PortalSimulator> {
  const portal = await startPortalSimulator({ provinces: ['TO'], officesEach: 0, ...options })
  onTestFinished(() => portal.close())
  return portal
}

/** A client with a new session of that portal. */
export function clientOf(
  portal: PortalSimulator,
  { timeoutMs = 2_000, relay, csrf }: { timeoutMs?: number; relay?: string; csrf?: string } = {},
): PortalClient {
  return new PortalClient(
    { origin: relay ? 'https://portal.example' : portal.origin, relay, fetch, timeoutMs },
    { now: () => portal.now() },
    { cookies: parseCookies(portal.issueSession().cookie), csrf: csrf ?? null, csrfAt: 0 },
  )
}

/** The value of a reading that must have worked. */
export function must<Value>(result: PortalResult<Value>): Value {
  if (result.ok) return result.value
  throw new Error(`${result.failure.reason}: ${result.failure.detail}`)
}

export const reasonOf = (result: PortalResult<unknown>): string => (result.ok ? 'ok' : result.failure.reason)

/** Days with something free, read as the poller does. */
export const readSlots = async (reader: PortalReader, officeId: string, month: string): Promise<string[]> =>
  must(await reader.readMonth(officeId, month)).map(({ date, time, places }) => `${date} ${time} ${places}`)

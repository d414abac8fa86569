import { createMiddleware } from 'hono/factory'
import type { EdgeEnv } from '../bindings.d.ts'
import { describeError, log } from '../platform/log.ts'
import { isLoopback } from '../platform/loopback.ts'
import { publicHeaders } from './headers.ts'

/**
 * Whom an address is counted as. One IPv6 user has all addresses with the same first 64 bits.
 * @param address as `CF-Connecting-IP` names it
 */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address
  const [before = '', after] = address.toLowerCase().split('::')
  const [head, tail] = [before, after ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const missing = after === undefined ? 0 : Math.max(0, 8 - (head?.length ?? 0) - (tail?.length ?? 0))
  const groups = [...(head ?? []), ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

const isThisMachine = (address: string): boolean =>
  isLoopback(address.includes(':') ? `[${address}]` : address)

async function isWithin(visitors: EdgeEnv['VISITORS'], source: string): Promise<boolean> {
  try {
    return (await visitors.limit({ key: source })).success
  } catch (error) {
    log('warn', 'visitor-limit-failed', { error: describeError(error) })
    return true
  }
}

/**
 * Refuses a source that asks for more than the rate limit of wrangler.toml (`VISITORS`), before anything is done for it.
 * Cloudflare counts in each of its locations, and sets the address itself. A limit that cannot be asked refuses nobody.
 */
export const visitorLimit = createMiddleware<{ Bindings: EdgeEnv }>(async (c, next) => {
  const { VISITORS: visitors } = c.env as Partial<Pick<EdgeEnv, 'VISITORS'>>
  const address = c.req.header('CF-Connecting-IP')
  if (visitors === undefined || address === undefined || isThisMachine(address)) return next()
  if (await isWithin(visitors, sourceOf(address))) return next()
  await publicHeaders(c, async () => {
    c.res = c.text('too many requests', 429, { 'Retry-After': '60', 'Cache-Control': 'no-store' })
  })
  return c.res
})

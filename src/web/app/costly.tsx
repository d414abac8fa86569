import { takeCostly } from '../../chats/request-limits.ts'
import { TooManyPage } from './too-many.tsx'
import type { AppContext } from './visit.ts'

/**
 * Does something costly for the database, the portal or the browser, if the person's rate limit allows it; it shares
 * one rate limit with the chat (see chats/request-limits.ts).
 * @param seconds of the minute that a person has in one go
 */
export async function costly(
  c: AppContext,
  seconds: number,
  act: () => Response | Promise<Response>,
): Promise<Response> {
  const visit = c.get('visit')
  if (await takeCostly(visit.db, visit.session.userId, seconds, visit.site.now)) return act()
  return c.html(<TooManyPage visit={visit} />, 429, { 'Retry-After': '60' })
}

import { eq, lt } from 'drizzle-orm'
import { DAY } from '../../platform/time.ts'
import type { Desk } from './desk.ts'
import { requests } from './schema.ts'

const KEPT = 2 * DAY

/** Does what a call asks for once: a repeated key gets the first answer again. A refusal may be tried again. */
export function once<Value extends { ok: boolean }>(desk: Desk, key: string, act: () => Value): Value {
  const known = desk.db.select().from(requests).where(eq(requests.key, key)).get()
  if (known) return known.answer as Value
  const answer = act()
  if (answer.ok) desk.db.insert(requests).values({ key, answer, at: desk.clock.now() }).run()
  return answer
}

/** The answer that a key already had. */
export const answered = <Value>(desk: Desk, key: string): Value | undefined =>
  desk.db.select().from(requests).where(eq(requests.key, key)).get()?.answer as Value | undefined

export function forgetOldRequests(desk: Desk): void {
  desk.db
    .delete(requests)
    .where(lt(requests.at, desk.clock.now() - KEPT))
    .run()
}

import { eq } from 'drizzle-orm'
import type { Activity } from '../site/site-model.ts'
import type { Desk } from './desk.ts'
import { facts } from './schema.ts'
import type { Preferences } from './views.ts'

/** A page that was not understood: what was seen, when last, and when one was again. */
export interface Surprise {
  detail: string
  surprisedAt: number
  understoodAt?: number
}

/** Everything kept in the `facts` table, by name. Instants are epoch ms. */
export interface Facts {
  /** Telegram id of the student; an alarm does not always know the object's name. */
  'user-id': number
  preferences: Preferences
  /** Everything is paused. */
  paused: true
  /** The calendar feed's token, sealed. */
  feed: string
  /** The D1 row as last written; absent: there is none. */
  registered: { nextTimerAt: number | null }
  activities: { at: number; list: Activity[] }
  /** The last period (30 s as a rule) whose one-time password may have been used. */
  'otp-period': number
  /** One-time passwords refused in a row, over all logins. */
  'otp-refusals': number
  /** The student was told that the pasted session died. */
  'session-told': true
  /** Steps whose markup surprised us, until it is understood and D1 knows. */
  markup: Record<string, Surprise>
}

export function readFact<const Name extends keyof Facts>(
  desk: Pick<Desk, 'db'>,
  name: Name,
): Facts[Name] | undefined {
  const row = desk.db.select().from(facts).where(eq(facts.name, name)).get()
  return row?.value as Facts[Name] | undefined
}

export function writeFact<const Name extends keyof Facts>(
  desk: Pick<Desk, 'db'>,
  name: Name,
  value: Facts[Name],
): void {
  desk.db
    .insert(facts)
    .values({ name, value })
    .onConflictDoUpdate({ target: facts.name, set: { value } })
    .run()
}

export function clearFact(desk: Pick<Desk, 'db'>, name: keyof Facts): void {
  desk.db.delete(facts).where(eq(facts.name, name)).run()
}

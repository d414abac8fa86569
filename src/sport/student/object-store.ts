import { and, asc, eq, lt, lte, sql } from 'drizzle-orm'
import { DAY } from '../../platform/time.ts'
import type { Activity } from '../site/site-model.ts'
import type { Preferences } from '../student-types.ts'
import { prepared } from './prepared.ts'
import { keyValues, requests, timers } from './schema.ts'
import type { StudentContext } from './student-context.ts'

/** A page that did not parse: what was seen, when last, and when one parsed again. */
export interface UnparsedPage {
  detail: string
  surprisedAt: number
  understoodAt?: number
}

/** Everything in the key-value store (table `facts`), by name. Instants are epoch ms. */
export interface StoredValues {
  /** Telegram id of the student, since an alarm does not always know the object's name. */
  'user-id': number
  preferences: Preferences
  /** Everything is paused. */
  paused: true
  /** Whether the student agreed that their session reads the schedule for everybody; absent: not asked yet. */
  'shares-schedule': boolean
  /** The calendar feed's token, sealed. */
  feed: string
  /** The D1 row as last written; absent: there is none. */
  registered: { nextTimerAt: number | null; feedHash?: string }
  activities: { at: number; list: Activity[] }
  /**
   * The last one-time password that may have been used: a mark of its key, and its period (30 s as a rule). `others`: the
   * last ones of other keys.
   */
  'otp-used': { key: string; period: number; others?: { key: string; period: number }[] }
  /** One-time passwords refused in a row, over all logins. */
  'otp-refusals': number
  /** The student was notified that the pasted session died. */
  'session-told': true
  /** Unparsed pages by step, until they parse again and D1 knows. */
  markup: Record<string, UnparsedPage>
}

const valueByName = prepared((db) =>
  db
    .select()
    .from(keyValues)
    .where(eq(keyValues.name, sql.placeholder('name')))
    .prepare(),
)

export function readValue<const Name extends keyof StoredValues>(
  ctx: Pick<StudentContext, 'db'>,
  name: Name,
): StoredValues[Name] | undefined {
  return valueByName(ctx).get({ name })?.value as StoredValues[Name] | undefined
}

const valueUpsert = prepared((db) =>
  db
    .insert(keyValues)
    .values({ name: sql.placeholder('name'), value: sql.placeholder('value') })
    .onConflictDoUpdate({ target: keyValues.name, set: { value: sql`excluded.value` } })
    .prepare(),
)

export function writeValue<const Name extends keyof StoredValues>(
  ctx: Pick<StudentContext, 'db'>,
  name: Name,
  value: StoredValues[Name],
): void {
  valueUpsert(ctx).run({ name, value })
}

/** Writes a value unless there is one already. */
export function writeValueOnce<const Name extends keyof StoredValues>(
  ctx: Pick<StudentContext, 'db'>,
  name: Name,
  value: StoredValues[Name],
): void {
  ctx.db.insert(keyValues).values({ name, value }).onConflictDoNothing().run()
}

export function clearValue(ctx: Pick<StudentContext, 'db'>, name: keyof StoredValues): void {
  ctx.db.delete(keyValues).where(eq(keyValues.name, name)).run()
}

const defaults: Preferences = {
  confirmHours: 6,
  deadlineHours: 2,
  tellSuccess: true,
  tellPrecheck: true,
  tellChanges: true,
  quiet: false,
}

export const preferences = (ctx: Pick<StudentContext, 'db'>): Preferences => ({
  ...defaults,
  ...readValue(ctx, 'preferences'),
})

/** Saves a change; null when the result is invalid. */
export function changePreferences(ctx: StudentContext, change: Partial<Preferences>): Preferences | null {
  const next = { ...preferences(ctx), ...change }
  const { confirmHours, deadlineHours } = next
  if (!(confirmHours >= 1 && confirmHours <= 36 && deadlineHours >= 0.5 && deadlineHours < confirmHours))
    return null
  writeValue(ctx, 'preferences', next)
  return next
}

type Subject =
  /** An action goes on. */
  | 'action'
  /** Whether the booking of an action would work. */
  | 'precheck'
  /** An action that no message shows gets a message of its own. */
  | 'outcome'
  /** A question is asked, and lapses. */
  | 'ask'
  | 'deadline'
/**
 * `plan`: weekly bookings. `sync`: the site's list. `courses`: the week's schedule, when nobody read it yet. `outbox`:
 * unsent notifications. `register`: the row in D1. `markup`: unparsed pages. `tidy`: old rows.
 */
export type TimerName =
  | `${Subject}:${number}`
  | ('plan' | 'sync' | 'courses' | 'outbox' | 'register' | 'markup' | 'tidy')
export type TimerRow = typeof timers.$inferSelect

/** Unique: a timer that was cleared and set again differs from the one being served. */
const freshRevision = sql`abs(random()) % 9007199254740991`

const timerUpsert = prepared((db) =>
  db
    .insert(timers)
    .values({ name: sql.placeholder('name'), dueAt: sql.placeholder('dueAt'), revision: freshRevision })
    .onConflictDoUpdate({
      target: timers.name,
      set: { dueAt: sql`excluded.due_at`, revision: freshRevision, failures: 0 },
    })
    .prepare(),
)

/** Sets a timer (epoch ms), in place of an older setting. Its effect must be idempotent. */
export function setTimer(ctx: Pick<StudentContext, 'db'>, name: TimerName, dueAt: number): void {
  timerUpsert(ctx).run({ name, dueAt })
}

/**
 * Sets a timer unless it is set for an earlier instant already. An earlier one may be the one being served: its new
 * revision keeps it from being removed, so that it is served once more.
 */
export function setTimerBy(ctx: Pick<StudentContext, 'db'>, name: TimerName, dueAt: number): void {
  const row = ctx.db.select().from(timers).where(eq(timers.name, name)).get()
  if (!row || row.dueAt > dueAt) setTimer(ctx, name, dueAt)
  else ctx.db.update(timers).set({ revision: freshRevision }).where(eq(timers.name, name)).run()
}

export function clearTimer(ctx: Pick<StudentContext, 'db'>, name: TimerName): void {
  ctx.db.delete(timers).where(eq(timers.name, name)).run()
}

const timersDueBy = prepared((db) =>
  db
    .select()
    .from(timers)
    .where(lte(timers.dueAt, sql.placeholder('now')))
    .orderBy(asc(timers.dueAt), asc(timers.name))
    .prepare(),
)

/** The timers that are due, earliest first. */
export const dueTimers = (ctx: Pick<StudentContext, 'db'>, now: number): TimerRow[] =>
  timersDueBy(ctx).all({ now })

const earliestTimer = prepared((db) => db.select().from(timers).orderBy(asc(timers.dueAt)).limit(1).prepare())

/** When the earliest timer is due, epoch ms; null: none is set. */
export const nextTimerAt = (ctx: Pick<StudentContext, 'db'>): number | null =>
  earliestTimer(ctx).get()?.dueAt ?? null

/** Removes a timer that was served, unless its run set it again. */
export function timerServed(ctx: Pick<StudentContext, 'db'>, row: TimerRow): void {
  ctx.db
    .delete(timers)
    .where(and(eq(timers.name, row.name), eq(timers.revision, row.revision)))
    .run()
}

/** Moves a timer, unless its run set it again. @param failed its run threw */
export function postponeTimer(
  ctx: Pick<StudentContext, 'db'>,
  row: TimerRow,
  dueAt: number,
  failed: boolean,
): void {
  ctx.db
    .update(timers)
    .set({ dueAt, failures: failed ? row.failures + 1 : row.failures })
    .where(and(eq(timers.name, row.name), eq(timers.revision, row.revision)))
    .run()
}

const KEPT = 2 * DAY

/**
 * Carries out a call once: a repeated key gets the first answer again. A refusal is not stored, so it can be tried
 * again.
 */
export function once<Value extends { ok: boolean }>(
  ctx: StudentContext,
  key: string,
  act: () => Value,
): Value {
  const known = ctx.db.select().from(requests).where(eq(requests.key, key)).get()
  if (known) return known.answer as Value
  const answer = act()
  if (answer.ok) ctx.db.insert(requests).values({ key, answer, at: ctx.clock.now() }).run()
  return answer
}

/** The stored answer of a key. */
export const answered = <Value>(ctx: StudentContext, key: string): Value | undefined =>
  ctx.db.select().from(requests).where(eq(requests.key, key)).get()?.answer as Value | undefined

export function deleteOldRequestKeys(ctx: StudentContext): void {
  ctx.db
    .delete(requests)
    .where(lt(requests.at, ctx.clock.now() - KEPT))
    .run()
}

import { and, eq, isNotNull, lt, sql } from 'drizzle-orm'
import { DAY } from '../../platform/time.ts'
import type { Desk } from './desk.ts'
import { outbox } from './schema.ts'
import { setTimerBy } from './timers.ts'
import type { ActionReason } from './views.ts'

/** What a message is about. It is put into words from the object's rows when it leaves, so that it says what is true then. */
export type Notice =
  /** Edits the message that shows an action. */
  | { what: 'progress'; actionId: number }
  /** A message of its own about how an action ended. */
  | { what: 'outcome'; actionId: number }
  | { what: 'watching'; actionId: number }
  | { what: 'question'; confirmationId: number }
  /** Edits the question: answered, lapsed, of no use any more. */
  | { what: 'question-closed'; confirmationId: number }
  | { what: 'precheck'; actionId: number; reason: ActionReason }
  | { what: 'session-needed' }
  | { what: 'blocked'; reason: ActionReason }
  /** A booking that was said to have failed is in the list after all. */
  | { what: 'found'; bookingId: number }
  | { what: 'gone'; bookingId: number }

/** The delivery event of a student's notice: with the chat it is unique. */
export const eventOf = (desk: Pick<Desk, 'userId'>, what: string) => `sport:${desk.userId}:${what}`

/** Owes a notice once; a repeated event owes nothing. */
export function tell(desk: Desk, event: string, notice: Notice, chatId: number = desk.userId): void {
  desk.db
    .insert(outbox)
    .values({ event, chatId, notice, createdAt: desk.clock.now() })
    .onConflictDoNothing()
    .run()
  soon(desk)
}

/** Owes the newest state of something that a message shows: what was not sent yet is replaced. */
export function tellState(desk: Desk, event: string, notice: Notice, chatId: number = desk.userId): void {
  const createdAt = desk.clock.now()
  desk.db
    .insert(outbox)
    .values({ event, chatId, notice, createdAt })
    .onConflictDoUpdate({
      target: outbox.event,
      set: { chatId, notice, createdAt, doneAt: null, revision: sql`${outbox.revision} + 1` },
    })
    .run()
  soon(desk)
}

function soon(desk: Desk): void {
  setTimerBy(desk, 'outbox', desk.clock.now())
  desk.flushSoon()
}

/** Notices that D1 had two days ago are forgotten. */
export function forgetOldNotices(desk: Desk): void {
  desk.db
    .delete(outbox)
    .where(and(isNotNull(outbox.doneAt), lt(outbox.doneAt, desk.clock.now() - 2 * DAY)))
    .run()
}

export const openNotices = (desk: Desk) =>
  desk.db.select().from(outbox).where(sql`${outbox.doneAt} is null`).orderBy(outbox.createdAt).limit(50).all()

export function noticeSent(desk: Desk, event: string, revision: number): void {
  desk.db
    .update(outbox)
    .set({ doneAt: desk.clock.now() })
    .where(and(eq(outbox.event, event), eq(outbox.revision, revision)))
    .run()
}

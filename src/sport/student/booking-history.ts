import { asc, desc, eq } from 'drizzle-orm'
import { chats } from '../../db/schema/chats.ts'
import { romeDate, romeTime } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import type { ActionReason, HistoryEntry, HistoryKind } from '../student-types.ts'
import { history } from './schema.ts'
import type { StudentContext } from './student-context.ts'

/** A class in the history. */
interface Subject {
  name: string
  location: string
  date: string
  start: string
}

/** Adds an entry to the history. */
export function recordHistory(
  ctx: StudentContext,
  what: HistoryKind,
  subject: Subject | null,
  more: { reason?: ActionReason | null; actionId?: number | null; weeklyId?: number | null } = {},
): void {
  const { name = null, location = null, date = null, start = null } = subject ?? {}
  ctx.db
    .insert(history)
    .values({ at: ctx.clock.now(), what, name, location, date, start, ...more })
    .run()
}

/** The last entries, newest first. */
export const lastHistory = (ctx: StudentContext, count: number): HistoryEntry[] =>
  ctx.db.select().from(history).orderBy(desc(history.id)).limit(count).all()

/** A CSV field (RFC 4180). An apostrophe keeps a spreadsheet from reading the text as a formula. */
const field = (value: string): string => {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The whole history as CSV (RFC 4180, UTF-8 with BOM), oldest first, times in Rome, its header in the chat's language. */
export async function exportHistory(ctx: StudentContext): Promise<string> {
  const chat = await ctx.d1
    .select({ language: chats.language })
    .from(chats)
    .where(eq(chats.id, ctx.userId))
    .get()
  const header = textsIn(chat?.language ?? 'it').sport.csvHeader
  const rows = ctx.db.select().from(history).orderBy(asc(history.id)).all()
  const table = rows.map((row) => [
    `${romeDate(row.at)} ${romeTime(row.at)}`,
    row.what,
    row.name ?? '',
    row.location ?? '',
    row.date ?? '',
    row.start ?? '',
    row.reason ?? '',
  ])
  return `\uFEFF${[header, ...table].map((cells) => cells.map(field).join(',')).join('\r\n')}\r\n`
}

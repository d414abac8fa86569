import { eq } from 'drizzle-orm'
import { students } from '../../db/schema/sport.ts'
import { readSportData } from '../../sport/student/ask-student.ts'
import type { BotContext } from '../context.ts'
import { ask } from './own-student.ts'

/** A person's sport data belong to their private chat. */
const isOwn = (ctx: BotContext) => ctx.chatRow.kind === 'private' && ctx.userId === ctx.chatRow.id

/** What /esporta adds about sport. */
export async function exportSportData(ctx: BotContext): Promise<Record<string, unknown>> {
  return isOwn(ctx) && ctx.maySport ? readSportData((call) => ask(ctx, call)) : {}
}

/** Whether /cancellami deletes sport data too: of those who may use sport, and of who may no more but is still linked. */
export async function mayHaveSportData(ctx: BotContext): Promise<boolean> {
  if (!isOwn(ctx) || !('STUDENTS' in ctx.deps.env)) return false
  if (ctx.maySport) return true
  const linked = await ctx.db.$count(students, eq(students.userId, ctx.chatRow.id))
  return linked > 0
}

/**
 * Deletes the data of the sender's object, also of somebody who may not use the sport part any more.
 * @throws when the booking Worker should be there and is not: nothing is said to be deleted that is not
 */
export async function deleteSportData(ctx: BotContext): Promise<void> {
  if (!isOwn(ctx) || !('STUDENTS' in ctx.deps.env)) return
  const answer = await ask(ctx, (student) => student.deleteEverything())
  if (!answer.ok && ctx.maySport) throw new Error(`the sport data were not deleted: ${answer.refusal}`)
}

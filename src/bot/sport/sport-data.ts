import { eq } from 'drizzle-orm'
import { students } from '../../db/schema/sport.ts'
import { readSportData } from '../../sport/student/ask-student.ts'
import type { BotContext } from '../context.ts'
import { ask } from './own-student.ts'

/** A person's sport data are handled in their private chat only. */
const isOwn = (ctx: BotContext) => ctx.chatRow.kind === 'private' && ctx.userId === ctx.chatRow.id

/** The sport part of /esporta, also of somebody who may not use it any more and has unlinked. */
export async function exportSportData(ctx: BotContext): Promise<Record<string, unknown>> {
  if (!isOwn(ctx) || !('STUDENTS' in ctx.deps.env)) return {}
  return readSportData((call) => ask(ctx, call), await mayHaveSportData(ctx))
}

/** True when /cancellami deletes sport data too: for people who may use sport, or still have a linked account. */
export async function mayHaveSportData(ctx: BotContext): Promise<boolean> {
  if (!isOwn(ctx) || !('STUDENTS' in ctx.deps.env)) return false
  if (ctx.maySport) return true
  const linked = await ctx.db.$count(students, eq(students.userId, ctx.chatRow.id))
  return linked > 0
}

/**
 * Deletes the data of the sender's object, also of somebody who may not use the sport part any more.
 * @returns false when the object did not answer: it may hold something, and is erased later
 */
export async function deleteSportData(ctx: BotContext): Promise<boolean> {
  if (!isOwn(ctx) || !('STUDENTS' in ctx.deps.env)) return true
  return (await ask(ctx, (student) => student.deleteEverything())).ok
}

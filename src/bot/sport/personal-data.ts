import { readSportData } from '../../sport/student/personal-data.ts'
import type { BotContext } from '../context.ts'
import type { Feature } from '../feature.ts'
import { ask } from './student.ts'

/** A person's sport data are those of their private chat. */
const isOwn = (ctx: BotContext) => ctx.chat.kind === 'private' && ctx.userId === ctx.chat.id

async function exportData(ctx: BotContext): Promise<Record<string, unknown>> {
  return isOwn(ctx) && ctx.maySport ? readSportData((call) => ask(ctx, call)) : {}
}

/**
 * Erases the object's data, also of somebody who may not use the sport any more.
 * @throws when the booking Worker should be there and is not: nothing is said to be erased that is not
 */
async function forget(ctx: BotContext): Promise<[]> {
  if (!isOwn(ctx) || !('STUDENTS' in ctx.deps.env)) return []
  const answer = await ask(ctx, (student) => student.deleteEverything())
  if (!answer.ok && ctx.maySport) throw new Error(`the sport data were not erased: ${answer.refusal}`)
  return []
}

/** What /esporta and /cancellami do about sport. */
export const personalData: Feature = { exportData, forget }

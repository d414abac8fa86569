import type { Answer } from '../../sport/student/api.ts'
import type { BotContext } from '../context.ts'
import type { Feature } from '../feature.ts'
import { ask, type StudentStub } from './student.ts'

/** Entries of the history and actions in a person's file: more than the object keeps. */
const ALL = 100_000

/** A person's sport data are those of their private chat. */
const isOwn = (ctx: BotContext) => ctx.chat.kind === 'private' && ctx.userId === ctx.chat.id

/** Everything that the object knows, but credentials, session and the feed's address. */
async function exportData(ctx: BotContext): Promise<Record<string, unknown>> {
  if (!isOwn(ctx) || !ctx.maySport) return {}
  const read = async <Value>(call: (student: StudentStub) => Promise<Answer<Value>>) => {
    const answer = await ask(ctx, call)
    return answer.ok ? answer.value : { missing: answer.refusal }
  }
  const [account, preferences, bookings, weekly, actions, history] = await Promise.all([
    read((student) => student.account()),
    read((student) => student.preferences()),
    read((student) => student.bookings()),
    read((student) => student.weekly()),
    read((student) => student.lastActions(ALL)),
    read((student) => student.history(ALL)),
  ])
  return { sport: { account, preferences, bookings, weekly, actions, history } }
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

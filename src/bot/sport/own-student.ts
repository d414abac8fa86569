import { type AnyRefusal, type Asked, askStudent, type StudentStub } from '../../sport/student/ask-student.ts'
import type { Answer } from '../../sport/student-types.ts'
import type { BotContext } from '../context.ts'

export type { AnyRefusal, Asked, StudentStub }

/** Calls the sender's own object, never another's: no button or text says whose. */
export async function ask<Value>(
  ctx: BotContext,
  call: (student: StudentStub) => Promise<Answer<Value>>,
): Promise<Asked<Value>> {
  if (ctx.userId === undefined) return { ok: false, refusal: 'unreachable' }
  return askStudent(ctx.deps.env, ctx.userId, call, ctx.trace)
}

/** The key of a call that this update makes: a repeat of the update changes nothing twice. */
export const requestKey = ({ update, fingerprint }: BotContext): string =>
  `update:${update.update_id}-${fingerprint}`

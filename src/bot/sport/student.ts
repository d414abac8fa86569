import { describeError, log } from '../../platform/log.ts'
import type { Answer, Refusal, StudentApi } from '../../sport/student/api.ts'
import type { BotContext } from '../context.ts'

/** What the bot calls of the object: its contract, and reading the schedule on demand. */
export type StudentStub = StudentApi & {
  /** Reads the week's schedule for everybody. @returns null when it was read, else why not */
  volunteer(browser: boolean): Promise<string | null>
}

interface Students {
  idFromName(name: string): unknown
  get(id: unknown, options?: { locationHint: string }): StudentStub
}

/** Why there is no answer: the object's refusal, or the booking Worker is not there (or out of reach). */
export type Asked<Value> = Answer<Value> | { ok: false; refusal: 'unreachable' }
export type AnyRefusal = Refusal | 'unreachable'

/**
 * Calls the sender's own object, never another's: no button or text says whose. A call that the network broke is tried
 * once more, as each call that changes something carries a key. Calls that come too early after a failure are the
 * caller's next press.
 */
export async function ask<Value>(
  ctx: BotContext,
  call: (student: StudentStub) => Promise<Answer<Value>>,
): Promise<Asked<Value>> {
  const { STUDENTS: students } = ctx.deps.env as { STUDENTS?: Students }
  const userId = ctx.userId
  if (!students || userId === undefined) return { ok: false, refusal: 'unreachable' }
  for (let attempt = 1; ; attempt++) {
    try {
      const id = students.idFromName(String(userId))
      return await call(students.get(id, { locationHint: 'weur' }))
    } catch (error) {
      log('warn', 'student-unreachable', { attempt, error: describeError(error), trace: ctx.trace })
      if (attempt === 2 || (error as { retryable?: unknown }).retryable !== true)
        return { ok: false, refusal: 'unreachable' }
    }
  }
}

/** The key of a call that this update makes: a repeat of the update changes nothing twice. */
export const requestKey = ({ incoming }: BotContext): string =>
  `update:${incoming.updateId}-${incoming.fingerprint}`

/** A row's id as a button carries it; null when it is none. */
export function readId(arg: string | undefined): number | null {
  const id = Number(arg)
  return arg !== undefined && /^\d{1,15}$/.test(arg) && id > 0 ? id : null
}

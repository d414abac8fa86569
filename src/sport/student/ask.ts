import { describeError, log } from '../../platform/log.ts'
import type { Answer, Refusal, StudentApi } from './api.ts'

/** What other Workers call of the object: its contract, and reading the schedule on demand. */
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
 * Calls a person's own object; the caller has made sure who the person is. A call that the network broke is tried once
 * more, as each call that changes something carries a key. Calls that come too early after a failure are the caller's
 * next try.
 * @param env a Worker's environment; without the booking Worker it has no `STUDENTS`
 */
export async function askStudent<Value>(
  env: object,
  userId: number,
  call: (student: StudentStub) => Promise<Answer<Value>>,
  trace: string,
): Promise<Asked<Value>> {
  const { STUDENTS: students } = env as { STUDENTS?: Students }
  if (!students) return { ok: false, refusal: 'unreachable' }
  for (let attempt = 1; ; attempt++) {
    try {
      const id = students.idFromName(String(userId))
      return await call(students.get(id, { locationHint: 'weur' }))
    } catch (error) {
      log('warn', 'student-unreachable', { attempt, error: describeError(error), trace })
      if (attempt === 2 || (error as { retryable?: unknown }).retryable !== true)
        return { ok: false, refusal: 'unreachable' }
    }
  }
}

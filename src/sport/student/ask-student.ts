import { describeError, log } from '../../platform/log.ts'
import type { Answer, Refusal } from '../student-types.ts'
import type { Student } from './student.ts'

/** A person's object as other Workers call it. */
export type StudentStub = DurableObjectStub<Student>

/** Why there is no answer: the object refused, or the booking Worker is missing or out of reach. */
export type Asked<Value> = Answer<Value> | { ok: false; refusal: 'unreachable' }
export type AnyRefusal = Refusal | 'unreachable'

/**
 * Calls a person's own object; the caller has authenticated the person. A call that failed on the network is repeated
 * once: every call that changes something carries a request key.
 * @param env a Worker's environment; without the booking Worker it has no `STUDENTS`
 */
export async function askStudent<Value>(
  env: object,
  userId: number,
  call: (student: StudentStub) => Promise<Answer<Value>>,
  trace: string,
): Promise<Asked<Value>> {
  const { STUDENTS: students } = env as { STUDENTS?: DurableObjectNamespace<Student> }
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

type Ask = <Value>(call: (student: StudentStub) => Promise<Answer<Value>>) => Promise<Asked<Value>>

/** Entries of history and actions in an export: more than the object keeps. */
const ALL = 100_000

/** Everything that a person's object holds, for an export, except credentials, session and the feed's address. */
export async function readSportData(ask: Ask): Promise<Record<string, unknown>> {
  const read = async <Value>(call: (student: StudentStub) => Promise<Answer<Value>>) => {
    const answer = await ask(call)
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

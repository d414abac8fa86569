import { describeError, log } from '../../platform/log.ts'
import type { Answer, ExportedRows, Refusal } from '../student-types.ts'
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

/** `askStudent` for one person. */
export type AskOwn = <Value>(call: (student: StudentStub) => Promise<Answer<Value>>) => Promise<Asked<Value>>

const EXPORTED_TABLES = ['bookings', 'weekly', 'occurrences', 'confirmations', 'actions', 'history'] as const

/** Every row of a table, page by page. */
async function readTable(
  ask: AskOwn,
  table: string,
): Promise<Record<string, unknown>[] | { missing: AnyRefusal }> {
  const rows: Record<string, unknown>[] = []
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after
    const answer = await ask(
      (student) => student.exportRows(table, from) as unknown as Promise<Answer<ExportedRows>>,
    )
    if (!answer.ok) return { missing: answer.refusal }
    rows.push(...answer.value.rows)
    after = answer.value.next
  }
  return rows
}

/**
 * Everything that a person's object holds, for an export, except credentials, session and the feed's address.
 * @param expected false: the person may not use the sport part and has no account; then nothing is told of an empty object
 */
export async function readSportData(ask: AskOwn, expected: boolean): Promise<Record<string, unknown>> {
  const read = async <Value>(call: (student: StudentStub) => Promise<Answer<Value>>) => {
    const answer = await ask(call)
    return answer.ok ? answer.value : { missing: answer.refusal }
  }
  const [account, preferences, ...tables] = await Promise.all([
    read((student) => student.account()),
    read((student) => student.preferences()),
    ...EXPORTED_TABLES.map((table) => readTable(ask, table)),
  ])
  const rows = Object.fromEntries(EXPORTED_TABLES.map((table, index) => [table, tables[index]]))
  if (!expected && tables.every((table) => Array.isArray(table) && table.length === 0)) return {}
  return { sport: { account, preferences, ...rows } }
}

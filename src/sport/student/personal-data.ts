import type { Answer } from './api.ts'
import type { Asked, StudentStub } from './ask.ts'

/** Entries of the history and actions in a person's file: more than the object keeps. */
const ALL = 100_000

type Ask = <Value>(call: (student: StudentStub) => Promise<Answer<Value>>) => Promise<Asked<Value>>

/** Everything that a person's object knows, but credentials, session and the feed's address, for the person's file. */
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

import type { System } from '../../scripts/local/system.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import type { StudentStub } from '../../src/sport/student/ask-student.ts'
import type { Accepted, Answer, ClassRef } from '../../src/sport/student-types.ts'
import { FIT_CENTER } from '../../test/simulators/sportrick/catalogue.ts'
import { postAll } from '../load.ts'
import { withSystem } from '../local.ts'
import { updateOf } from '../updates.ts'
import { meter } from './measure.ts'
import { type Unit, type Units, unitOf } from './units.ts'

const UPDATES = 500
const CHATS = 100
/** Requests of one visit of the map that stays open for two minutes, and a look at a province. */
const VISIT = ['/', '/p/TO', '/map.json', '/map.json', '/map.json', '/map.json', '/map.json', '/map.json']
const VISITS = 50
const STUDENT = 900
const SAMPLES = 3

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The bench's own calls that ask an object for its state. People make none, so they are subtracted. */
let asked = 0

/** Waits until an action is over, as the object tells it. @throws when it did not end well */
async function done(student: StudentStub, accepted: Answer<Accepted>) {
  if (!accepted.ok) throw new Error(`The object refused: ${accepted.refusal}`)
  for (;;) {
    asked++
    const answer = await student.action(accepted.value.actionId)
    if (!answer.ok) throw new Error(`The action is gone: ${answer.refusal}`)
    const { status, reason } = answer.value
    if (status === 'completed') return answer.value
    if (status === 'failed' || status === 'cancelled') throw new Error(`The action ${status}: ${reason}`)
    await sleep(250)
  }
}

/** A unit of sport without the bench's own calls since the last unit. @param among how often the unit was measured */
function withoutQuestions(unit: Unit, among: number): Unit {
  const objectRequests = Math.max(0, unit.objectRequests - asked / among)
  asked = 0
  return { ...unit, objectRequests }
}

/** Classes of a day on which booking is open. */
function openClasses({ sportrick }: System, count: number): ClassRef[] {
  const date = addDays(romeDate(Date.now()), 1)
  const classes = sportrick?.classes(date) ?? []
  return classes.slice(0, count).map(({ course, start }) => ({
    type: course === null ? 'fit-center' : 'course',
    name: course ?? FIT_CENTER.name,
    location: '',
    date,
    start,
  }))
}

/** Conversations, pages and sport in a system of its own. */
export function measurePeople() {
  return withSystem(
    {
      crons: false,
      variables: { ADMIN_IDS: String(STUDENT) },
      telegram: { keepMessages: false, anyoneExists: true },
      sportrick: { networkDelayMs: 40 },
    },
    async (
      system,
    ): Promise<Pick<Units, 'update' | 'page' | 'login' | 'booking' | 'look' | 'cancellation'>> => {
      const { runtime, sportrick, variables } = system
      if (!sportrick) throw new Error('this bench needs the simulators')
      const { measure } = await meter(system)
      const headers = { 'x-telegram-bot-api-secret-token': variables.TELEGRAM_WEBHOOK_SECRET ?? '' }
      const post = (count: number, first: number) =>
        postAll(`${runtime.url}/telegram/webhook`, headers, { from: 0, to: count }, 4, (i) =>
          updateOf(i, CHATS, first),
        )
      await post(CHATS, 1)
      const updates = await measure('updates', () => post(UPDATES, 1_000))

      const pages = await measure('pages', async () => {
        for (let visit = 0; visit < VISITS; visit++)
          for (const path of VISIT) await (await fetch(runtime.url + path)).arrayBuffer()
      })

      const student = await runtime.student(STUDENT)
      const { username, password, otpauth } = sportrick.demo
      const loginUsed = await measure('logins', async () => {
        for (let i = 0; i < SAMPLES; i++)
          await done(student, await student.link(`costs-link-${i}`, { username, password, otpauth }))
      })
      const login = withoutQuestions(unitOf(loginUsed, SAMPLES), SAMPLES)
      const booked: number[] = []
      const bookingUsed = await measure('bookings', async () => {
        for (const [i, wish] of openClasses(system, SAMPLES).entries()) {
          const view = await done(
            student,
            await student.book({ requestKey: `costs-book-${i}`, wish, when: 'now' }),
          )
          if (view.booking) booked.push(view.booking.id)
        }
      })
      const booking = withoutQuestions(unitOf(bookingUsed, SAMPLES), SAMPLES)
      const lookUsed = await measure('looks', async () => {
        for (let i = 0; i < SAMPLES; i++) await done(student, await student.check(`costs-check-${i}`))
      })
      // In production an alarm makes the hourly look and notifies nobody: it uses neither the database nor the queues.
      const byItself = { rowsRead: 0, rowsWritten: 0, requests: 0, messages: 0, objectRequests: 1 }
      const look = { ...withoutQuestions(unitOf(lookUsed, SAMPLES), SAMPLES), ...byItself }
      const cancellationUsed = await measure('cancellations', async () => {
        for (const id of booked) await done(student, await student.cancel(`costs-cancel-${id}`, id))
      })
      const cancellation = withoutQuestions(unitOf(cancellationUsed, booked.length), booked.length)
      return {
        update: unitOf(updates, UPDATES),
        page: unitOf(pages, VISITS * VISIT.length),
        login,
        booking,
        look,
        cancellation,
      }
    },
  )
}

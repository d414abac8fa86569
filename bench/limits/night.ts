import { addDays, dayOfWeek, MINUTE, romeDate, romeInstant } from '../../src/platform/time.ts'
import type { Accepted, Answer, ClassRef } from '../../src/sport/student-types.ts'
import { FIT_CENTER } from '../../test/simulators/sportrick/catalogue.ts'
import { sleep } from '../fanout/broadcast-setup.ts'
import { withSystem } from '../local.ts'
import type { Found, ScenarioOptions } from './scenario-types.ts'

const STUDENT = 900
/** The night begins so long before the midnight at which bookings open, ms. */
const BEFORE_MIDNIGHT = 75_000
const AT_OPENING = 3
const WEEKLY = 2
const PATIENCE_MS = 4 * MINUTE

/**
 * One student's object between a login by browser and the first minutes after midnight: a class of today, classes and
 * weekly bookings whose booking opens at midnight, a check, a dry run, a cancellation.
 */
export async function busiestNight({ plan, workers, onLog }: ScenarioOptions): Promise<Found> {
  const real = Date.now()
  const midnight = romeInstant(addDays(romeDate(real), 1), '00:00')
  const shift = Math.ceil((midnight - BEFORE_MIDNIGHT - real) / 1_000) * 1_000
  const clock = { now: () => Date.now() + shift, sleep }
  return withSystem(
    {
      crons: false,
      plan,
      workers,
      variables: { ADMIN_IDS: String(STUDENT), CLOCK_SHIFT_SECONDS: String(shift / 1_000) },
      telegram: { keepMessages: false, anyoneExists: true, clock },
      sportrick: { clock, networkDelayMs: 40 },
      ...(onLog && { onLog }),
    },
    async ({ runtime, sportrick }) => {
      if (!sportrick) throw new Error('this bench needs the simulators')
      const student = await runtime.student(STUDENT)
      const actions: number[] = []
      const accepted = (answer: Answer<Accepted>) => {
        if (!answer.ok) throw new Error(`The object refused: ${answer.refusal}`)
        actions.push(answer.value.actionId)
      }
      const over = async (id: number) => {
        const answer = await student.action(id)
        return answer.ok && !['pending', 'processing'].includes(answer.value.status)
      }
      const allOver = async () => {
        for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(500)) {
          const open = []
          for (const id of actions) if (!(await over(id))) open.push(id)
          if (open.length === 0) return
          if (Date.now() > deadline) throw new Error(`actions ${open} are not over`)
        }
      }
      const classes = (date: string): ClassRef[] =>
        sportrick.classes(date).map(({ course, start }) => ({
          type: course === null ? 'fit-center' : 'course',
          name: course ?? FIT_CENTER.name,
          location: 'Giuriati',
          date,
          start,
        }))

      const { username, password, otpauth } = sportrick.demo
      accepted(await student.link('night-link', { username, password, otpauth }))
      await allOver()
      const [today] = classes(addDays(romeDate(midnight), 1))
      if (!today) throw new Error('no class is open')
      accepted(await student.book({ requestKey: 'night-now', wish: today, when: 'now' }))
      // The day whose booking opens at midnight.
      const opening = classes(addDays(romeDate(midnight), 2))
      for (const [i, wish] of opening.slice(0, AT_OPENING).entries())
        accepted(await student.book({ requestKey: `night-${i}`, wish, when: 'at-opening' }))
      for (const [i, { date, ...wish }] of opening.slice(AT_OPENING, AT_OPENING + WEEKLY).entries())
        await student.createWeekly(`night-weekly-${i}`, {
          ...wish,
          dayOfWeek: dayOfWeek(date),
          policy: 'no-confirmation',
        })
      accepted(await student.check('night-check'))
      while (clock.now() < midnight + 5_000) await sleep(500)
      await allOver()
      const bookings = await student.bookings()
      const first = bookings.ok ? bookings.value[0] : undefined
      if (first) accepted(await student.cancel('night-cancel', first.id))
      await allOver()
      await runtime.tick('booking', '*/10 * * * *')
      return {
        peaks: await runtime.peaks(),
        cpuMs: null,
        outcome: {
          booked: sportrick.ledger().bookings.filter(({ outcome }) => outcome === 'accepted').length,
          actions: actions.length,
        },
      }
    },
  )
}

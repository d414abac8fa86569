import { connect } from '../../src/db/client.ts'
import { handIn } from '../../src/passport/sessions/hand-in.ts'
import { addDays, romeDate, systemClock } from '../../src/platform/time.ts'
import type { PortalSimulator } from '../../test/simulators/portal/simulator.ts'
import type { System } from './system.ts'

/** The province that the demonstration follows. */
const PROVINCE = 'TO'

/** Hands a session of the simulated portal in, as an operator's /sessione would. */
export async function handInDemoSession(
  system: System,
  portal: PortalSimulator,
  ownerId: number,
): Promise<void> {
  const database = await system.runtime.database()
  const outcome = await handIn(
    {
      db: connect(database as never),
      keys: [system.variables.ENCRYPTION_KEY ?? ''],
      clock: systemClock,
      address: { origin: portal.origin, relay: undefined, fetch },
    },
    ownerId,
    portal.issueSession().cookie,
  )
  if (outcome.kind !== 'kept')
    throw new Error(`The simulated portal did not take its own session: ${outcome.kind}`)
}

/** Links the simulated site's student to somebody's account, as they would in the bot; it is logged in by browser. */
export async function linkDemoStudent({ runtime, sportrick }: System, personId: number): Promise<void> {
  if (!sportrick) return
  const { username, password, otpauth } = sportrick.demo
  const student = await runtime.student(personId)
  await student.link('demo-student', { username, password, otpauth })
}

/**
 * Lets somebody follow a province and frees a slot there, so that an alert arrives while the page is being opened; then
 * slots come and go by themselves.
 */
export async function playDemo({ telegram, portal }: System, personId: number): Promise<void> {
  const person = telegram?.world.people.get(personId)
  if (!person || !portal) return
  person.start()
  await person.chat.waitFor(() => true, { timeoutMs: 30_000 })
  person.send('/segui Torino')
  await person.chat.waitFor(/Torino/, { timeoutMs: 30_000 })
  const [office] = portal.offices(PROVINCE)
  if (office) {
    portal.setHour(String(office.id), '')
    portal.freeSlot(String(office.id), addDays(romeDate(portal.now()), 3), '10:15', 2)
  }
  portal.runRandomly({ seed: 7, ratePerMinute: 2, provinces: ['TO', 'MI', 'RM'] })
}

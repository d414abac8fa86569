import { connect } from '../../src/db/database.ts'
import { handIn } from '../../src/passport/sessions/hand-in.ts'
import { addDays, romeDate, systemClock } from '../../src/platform/time.ts'
import type { PortalSimulator } from '../../test/simulators/portal/simulator.ts'
import type { TelegramSimulator } from '../../test/simulators/telegram/index.ts'
import { writeDemoHistory } from './demo-history.ts'
import { PEOPLE } from './panel.ts'
import type { System } from './system.ts'

/** The province that the demonstration follows, and those of a neighbour. */
const PROVINCE = 'TO'
const ELSEWHERE = ['MI', 'RM', 'NA', 'BO', 'FI', 'PA', 'VE', 'BA', 'GE', 'CA']

/** Opens the accounts of the people in the demonstration. */
export function createPeople(telegram: TelegramSimulator): void {
  const giulia = telegram.createUser({ id: PEOPLE.giulia, firstName: 'Giulia', languageCode: 'it' })
  telegram.createUser({ id: PEOPLE.marco, firstName: 'Marco', languageCode: 'it' })
  telegram.createUser({ id: PEOPLE.elena, firstName: 'Elena', languageCode: 'it' })
  // The operator has pressed Start, so that the bot may write to her.
  telegram.createUser({ id: PEOPLE.ada, firstName: 'Ada', languageCode: 'it' }).start()
  telegram.createGroup({ title: 'Passaporti in famiglia', creator: giulia })
}

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

/** Links the simulated site's student to somebody's account, as they would in the bot; it is logged in by browser and reads the schedule. */
export async function linkDemoStudent({ runtime, sportrick }: System, personId: number): Promise<void> {
  if (!sportrick) return
  const { username, password, otpauth } = sportrick.demo
  const student = await runtime.student(personId)
  await student.link('demo-student', { username, password, otpauth })
  await student.shareSchedule(true)
}

/**
 * Lets somebody follow a province and frees slots there, so that an alert arrives while the page is being opened. A
 * neighbour follows provinces all over Italy, where slots come and go by themselves from then on.
 */
export async function playDemo(system: System, personId: number, neighbourId: number): Promise<void> {
  const { telegram, portal } = system
  const person = telegram?.world.people.get(personId)
  const neighbour = telegram?.world.people.get(neighbourId)
  if (!person || !neighbour || !portal) return
  person.start()
  await person.chat.waitFor(() => true, { timeoutMs: 30_000 })
  person.send(`/segui ${PROVINCE}`)
  await person.chat.waitFor(/Torino/, { timeoutMs: 30_000 })
  const [office] = portal.offices(PROVINCE)
  if (office) {
    portal.setHour(String(office.id), '')
    const day = addDays(romeDate(portal.now()), 3)
    for (const time of ['10:15', '11:00', '12:30']) portal.freeSlot(String(office.id), day, time, 2)
  }

  neighbour.start()
  let last = await neighbour.chat.waitFor(() => true, { timeoutMs: 30_000 })
  for (const province of ELSEWHERE) {
    neighbour.send(`/segui ${province}`)
    last = await neighbour.chat.waitFor(() => true, { after: last, timeoutMs: 30_000 })
  }
  await writeDemoHistory(system, [PROVINCE, ...ELSEWHERE], portal.now())
  portal.runRandomly({ seed: 7, ratePerMinute: 8, provinces: [PROVINCE, ...ELSEWHERE] })
}

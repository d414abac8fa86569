import { ALLOWED_UPDATES } from '../src/bot/update.ts'
import { romeTime } from '../src/platform/time.ts'
import { PUBLISHED_LIMITS } from '../test/simulators/telegram/index.ts'
import { subscribe } from './browsers.ts'
import { PATIENT, setQuietHours, setWishes } from './follower-settings.ts'
import { PROVINCES } from './places.ts'
import { type Plan, STUDENTS } from './plan.ts'
import { markUnsteady } from './stored-rows.ts'
import { WEBHOOK_SECRET, type World } from './world.ts'

const OTPAUTH = 'otpauth://totp/Polimi:chaos?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Polimi'
const LOOK_EVERY_MS = 50

const codesOf = (followed: readonly number[]) => followed.map((province) => PROVINCES[province] ?? '')

function addPeople({ telegram, people, nightPeople }: World, { follows, nightFollows }: Plan): void {
  for (const followed of follows) {
    const person = telegram.createUser()
    people.push(person)
    for (const code of codesOf(followed)) person.send(`/segui ${code}`)
  }
  for (const followed of nightFollows) {
    const person = telegram.createUser()
    nightPeople.push(person)
    person.start()
    for (const code of codesOf(followed)) person.send(`/segui ${code}`)
  }
}

function addStudents({ telegram, sportrick, students }: World): void {
  for (let n = 0; n < STUDENTS; n++) {
    const username = `1080000${n}`
    sportrick.addStudent({ username, password: 'chaos', otpauth: OTPAUTH })
    const person = telegram.createUser()
    person.start()
    students.push({ person, username })
  }
}

async function addBrowsers(
  world: World,
  { browserFollows, browserWishes }: Plan,
  until: string,
): Promise<void> {
  for (const [i, followed] of browserFollows.entries()) {
    const browser = await subscribe(world.push, world, codesOf(followed))
    world.browsers.push(browser)
    const isLast = i === browserFollows.length - 1
    await browser.set(browserWishes[i] ?? {}, isLast ? until : undefined, world.today)
  }
}

async function waitLinked(world: World, userId: number): Promise<void> {
  for (;;) {
    const account = await world.ask(userId, 'account')
    if (account.ok && account.value.state === 'linked') return
    await world.clock.sleep(LOOK_EVERY_MS)
  }
}

/** Lets everybody follow their provinces, set their filters and link their accounts, before any fault. */
export async function settle(world: World, plan: Plan): Promise<void> {
  const { telegram, admin, students } = world
  await fetch(`${telegram.url}/bot${telegram.token}/setWebhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      url: `${world.origin}/telegram/webhook`,
      secret_token: WEBHOOK_SECRET,
      allowed_updates: ALLOWED_UPDATES,
    }),
  })
  admin.start()
  for (let n = 0; n < 3; n++) world.handInSession()
  addPeople(world, plan)
  addStudents(world)
  await Promise.all(students.map((student) => world.linkSession(student)))
  await telegram.waitForIdle(PATIENT)
  world.tick('edge')
  world.tick('dispatcher')
  await telegram.waitUntil(
    () => admin.chat.fromBot.filter((m) => /funziona/.test(m.text)).length >= 3,
    PATIENT,
  )
  for (const { person } of students) await waitLinked(world, person.id)
  await telegram.waitForIdle(PATIENT)
  const quietUntil = romeTime(world.quietUntil)
  await setQuietHours(world, world.nightPeople, quietUntil)
  await setWishes(world, world.people, plan.wishes, world.today)
  await addBrowsers(world, plan, quietUntil)
  const unsteady = plan.unsteady === null ? undefined : world.portal.offices()[plan.unsteady]
  if (unsteady) markUnsteady(world.stateDir, String(unsteady.id))
  if (plan.limited) telegram.setLimits(PUBLISHED_LIMITS)
}

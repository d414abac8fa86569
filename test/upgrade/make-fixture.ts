import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import { Api } from 'grammy'
import { setWebhook } from '../../scripts/cloud/telegram.ts'
import { buildWorkers } from '../../scripts/local/bundle.ts'
import { type Runtime, startRuntime } from '../../scripts/local/runtime.ts'
import { buttonData } from '../../src/delivery/button-data.ts'
import { romeInstant } from '../../src/platform/time.ts'
import { FIT_CENTER } from '../simulators/sportrick/catalogue.ts'
import { ALARMS, d1File, type Manifest, OBJECTS, objectFile } from './state-folder.ts'
import { DAY_AFTER, DAY_BEFORE, type Name, PEOPLE, SECRETS, startWorld, THE_DAY } from './world.ts'

/**
 * Keeps the state of this release for the upgrade test of the next one:
 *   node test/upgrade/make-fixture.ts
 * writes test/upgrade/fixtures/<version of package.json>/. Run it on the commit that is released; it needs a Chromium,
 * since an account is linked through the site's login.
 */

const WAIT = { timeoutMs: 60_000 }
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'))
const target = resolve(import.meta.dirname, 'fixtures', version)
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-fixture-'))
const world = await startWorld(romeInstant(DAY_BEFORE, '12:00'))
const { telegram, portal, sportrick, clock } = world
const built = await buildWorkers()

/** The same Workers, of which nobody reads the queues: what is nudged waits for a sweep. */
const withoutConsumers = built.map((worker) => ({
  ...worker,
  options: { ...worker.options, queueConsumers: undefined },
}))

let runtime!: Runtime

async function run(workers: typeof built): Promise<void> {
  runtime = await startRuntime({ stateDir, port: 0, variables: world.variables(), workers })
  const api = new Api(telegram.token, { apiRoot: telegram.url })
  await setWebhook(api, runtime.url, SECRETS.TELEGRAM_WEBHOOK_SECRET, false)
}

/** Moves the world to a Rome time and starts the Workers there. */
async function at(date: string, time: string, workers = built): Promise<void> {
  console.log(`${date} ${time}`)
  await runtime?.stop()
  clock.set(romeInstant(date, time))
  await run(workers)
}

const person = (name: Name) => {
  const found = telegram.world.people.get(PEOPLE[name])
  if (!found) throw new Error(`nobody is called ${name}`)
  return found
}

const say = async (name: Name, text: string, where?: typeof world.group) => {
  person(name).send(text, where && { in: where })
  await telegram.waitForIdle(WAIT)
}

/** Presses a button, whatever screen is shown. */
const press = async (name: Name, verb: string, ...args: (string | number)[]) => {
  const screen = person(name).chat.last
  if (!screen) throw new Error(`${name} sees nothing to press`)
  person(name).press(screen, buttonData(verb, ...args), { force: true })
  await telegram.waitForIdle(WAIT)
}

/** Starts the poller's cron, which goes on for a minute, or until the Workers are stopped. */
function poll(): void {
  runtime.tick('edge', '* * * * *').catch((error) => console.log(`The poller: ${error}`))
}
const office = (province: string, n = 0) => String(portal.offices(province)[n]?.id)

/** Waits for something that the Workers do by themselves. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  console.log('wait:', what)
  const end = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`in vain: ${what}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

const count = async (sql: string) =>
  Number((await (await runtime.database()).prepare(sql).first<{ n: number }>())?.n)
const countIs = (n: number, from: string) =>
  until(`${n} × ${from}`, async () => (await count(`SELECT count(*) AS n FROM ${from}`)) === n)

// The day before at noon: everybody finds the bot.
await at(DAY_BEFORE, '12:00')
for (const name of Object.keys(PEOPLE) as Name[]) await say(name, '/start')
const good = portal.issueSession()
const bad = portal.issueSession()
await say('ada', `/sessione ${good.asCurl.bash}`)
await say('ada', `/sessione ${bad.asCurl.windows}`)
world.group.addBot(person('ada'))
await telegram.waitForIdle(WAIT)
await say('ada', '/lingua en', world.group)
await say('ada', '/segui torino', world.group)

await say('anna', '/segui torino, milano')
await press('anna', 'set-hours', 'am')
await press('anna', 'set-gone', 0)
await say('bruno', '/segui torino')
await press('bruno', 'set-quiet', '22.00', '08.00')
await press('bruno', 'quiet-mode', 'digest')
await say('carla', '/segui torino')
await press('carla', 'set-quiet', '22.00', '07.30')
await press('carla', 'quiet-mode', 'digest')
await press('carla', 'set-before', 60)
await say('dario', '/lingua en')
await say('dario', '/segui milano')
await press('dario', 'set-places', 2)
await say('elena', '/segui roma')
await say('franca', '/segui torino')
await press('franca', 'mute', 'TO')
await press('franca', 'type-quiet')

// Slots that are seen, told and taken again; one chat blocks the bot; one session ends.
poll()
portal.freeSlot(office('TO'), '2026-12-09', '10:15', 2)
portal.freeSlot(office('TO'), '2026-12-10', '11:00', 1)
await person('anna').chat.waitFor(/Nuova disponibilità/, WAIT)
await countIs(2, 'slots')
portal.takeSlot(office('TO'), '2026-12-10', '11:00')
await countIs(1, "slot_events WHERE kind = 'gone'")
person('elena').block()
portal.expireSession('redirect', bad.number)
await telegram.waitForIdle(WAIT)
await countIs(1, "portal_sessions WHERE health = 'dead'")

// A student: an account, a booking, three weekly bookings and one that waits for its opening.
const { username, password, otpauth } = sportrick.demo
const student = await runtime.student(PEOPLE.giulia)
await student.link('fixture-link', { username, password, otpauth })
await person('giulia').chat.waitFor(/Account collegato/, WAIT)
await student.setPreferences({ confirmHours: 11, deadlineHours: 2 })
const course = (name: string, date: string, start: string) =>
  ({ type: 'course', name, location: 'Giuriati - Corsi Platinum', date, start }) as const
const weekly = (
  name: string,
  dayOfWeek: number,
  start: string,
  policy: 'book-then-confirm' | 'ask-then-book',
) => ({ type: 'course', name, location: 'Giuriati - Corsi Platinum', dayOfWeek, start, policy }) as const
await student.book({ requestKey: 'f1', wish: course('SPINNING', DAY_AFTER, '13:00'), when: 'now' })
await student.createWeekly('f2', weekly('PILATES', 3, '13:00', 'book-then-confirm'))
await student.createWeekly('f3', weekly('FIT BOXE', 3, '19:00', 'book-then-confirm'))
await student.createWeekly('f4', weekly('YOGA', 4, '18:00', 'ask-then-book'))
await student.book({ requestKey: 'f5', wish: course('YOGA', '2026-11-28', '10:00'), when: 'at-opening' })
await student.book({
  requestKey: 'f6',
  wish: {
    type: 'fit-center',
    name: FIT_CENTER.name,
    location: FIT_CENTER.name,
    date: DAY_AFTER,
    start: '07:00',
  },
  when: 'now',
})
await student.feedToken()
await until('bookings', async () => {
  const answer = await student.bookings()
  return answer.ok && answer.value.filter((booking) => booking.state === 'active').length === 4
})

// In the evening the student is asked about tomorrow's class, and types half of other credentials.
await at(DAY_BEFORE, '21:05')
await (await runtime.student(PEOPLE.giulia)).account()
await ((await runtime.student(PEOPLE.giulia)) as unknown as { wake(): Promise<void> }).wake()
await person('giulia').chat.waitFor(/PILATES[\s\S]*\?/i, WAIT)
await telegram.waitForIdle(WAIT)

// The morning: alerts that wait for the end of quiet hours, and one that Telegram does not take.
await at(THE_DAY, '07:15')
await press('giulia', 'sp-link-chat')
await say('giulia', '10899999')
const refuse = telegram.faults.add({
  fault: { type: 'server-error', status: 502 },
  method: 'sendMessage',
  chatId: PEOPLE.anna,
})
portal.freeSlot(office('TO', 1), '2026-12-14', '09:30', 3)
poll()
await countIs(2, "deliveries WHERE status = 'held'")
await until(
  'a message that Telegram does not take',
  async () =>
    (await count(
      `SELECT count(*) AS n FROM deliveries WHERE status = 'queued' AND attempts > 0 AND chat_id = ${PEOPLE.anna}`,
    )) === 1,
)

// Quiet hours of one chat end and its digest waits; an alert waits for its fan-out: nothing consumes the queues now.
await at(THE_DAY, '07:31', withoutConsumers as typeof built)
refuse()
await runtime.tick('dispatcher', '* * * * *')
portal.freeSlot(office('MI'), '2026-12-15', '12:00', 2)
await at(THE_DAY, '07:45', withoutConsumers as typeof built)
poll()
await countIs(1, "alerts WHERE fanned_out_at IS NULL AND kind = 'open'")
await (await runtime.database())
  .prepare('INSERT INTO dead_letters (queue, message_id, body, at) VALUES (?, ?, ?, ?)')
  .bind('sportello-outbound', 'message-of-the-fixture', '{"version":1,"trace":"fixture"}', clock.now())
  .run()
await telegram.waitForIdle(WAIT)
await runtime.stop()

const alarms = join(stateDir, OBJECTS, ALARMS)
const object = new DatabaseSync(objectFile(stateDir))
const due = object.prepare('SELECT min(due_at) AS at FROM timers').get() as { at: number }
// The Workers' clock was shifted. The runtime keeps an alarm twice, in nanoseconds of the machine's clock.
const dueNs = BigInt(due.at) * 1_000_000n
object.prepare('UPDATE _cf_METADATA SET value = ? WHERE key = 1').run(dueNs)
object.close()
const list = new DatabaseSync(alarms)
list.prepare('UPDATE _cf_ALARM SET scheduled_time = ?').run(dueNs)
list.close()

rmSync(target, { recursive: true, force: true })
for (const file of [d1File(stateDir), objectFile(stateDir), alarms]) {
  const db = new DatabaseSync(file)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; VACUUM')
  db.close()
  const kept = join(target, `${file.slice(stateDir.length + 1)}.gz`)
  mkdirSync(dirname(kept), { recursive: true })
  writeFileSync(kept, gzipSync(readFileSync(file), { level: 9 }))
}
const manifest: Manifest = {
  version,
  told: telegram.ledger.sent.map(({ chatId, text }) => ({ chatId, text })),
  free: portal.offices().flatMap(({ id }) =>
    portal
      .slots(String(id))
      .filter((slot) => slot.total > slot.taken)
      .map(({ date, time, total, taken }) => ({ officeId: String(id), date, time, places: total - taken })),
  ),
  booked: sportrick
    .ledger()
    .bookings.filter(({ outcome }) => outcome === 'accepted')
    .map(({ date, start, course }) => ({ date, start, ...(course !== null && { course }) })),
}
writeFileSync(join(target, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
await world.close()
rmSync(stateDir, { recursive: true })
console.log(`The state of ${version} is in ${target}.`)
process.exit(0)

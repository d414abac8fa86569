import { buttonData } from '../src/delivery/button-data.ts'
import type { Person, TelegramSimulator } from '../test/simulators/telegram/index.ts'
import { dayAfter, type SlotWish } from './slot-wishes.ts'
import { readRows } from './stored-rows.ts'

/** Patience with a slow machine. */
export const PATIENT = { timeoutMs: 120_000 }

interface Place {
  telegram: TelegramSimulator
  stateDir: string
}

const presses =
  (person: Person) =>
  async (verb: string, ...args: (string | number)[]) => {
    const [message] = person.chat.fromBot
    if (!message) throw new Error('the bot has not greeted')
    await person.press(message, buttonData(verb, ...args), { force: true }).answered(PATIENT)
  }

/** Answers a question of the bot. */
async function type(person: Person, telegram: TelegramSimulator, text: string): Promise<void> {
  person.send(text)
  await telegram.waitForIdle(PATIENT)
}

/** Fails unless the database has as many chats with these settings as there should be. */
function check({ stateDir }: Place, condition: string, wanted: number): void {
  const [found] = readRows<{ n: number }>(stateDir, `SELECT count(*) AS n FROM ${condition}`)
  if (found?.n !== wanted) throw new Error(`${found?.n} instead of ${wanted}: ${condition}`)
}

/** Sets quiet hours of these people from 22:00 to a Rome time, with a digest at the end. */
export async function setQuietHours(place: Place, people: readonly Person[], until: string): Promise<void> {
  for (const person of people) {
    const press = presses(person)
    await press('set-quiet', '22.00', until.replace(':', '.'))
    await press('quiet-mode', 'digest')
  }
  await place.telegram.waitForIdle(PATIENT)
  const where = `chats WHERE quiet_from = '22:00' AND quiet_to = '${until}' AND quiet_mode = 'digest'`
  check(place, where, people.length)
}

/** Lets people set the filters of what they want, and enter their appointments. @param today the Rome day */
export async function setWishes(
  place: Place,
  people: readonly Person[],
  wishes: readonly SlotWish[],
  today: string,
): Promise<void> {
  const { telegram } = place
  for (const [i, person] of people.entries()) {
    const press = presses(person)
    const { weekdays, fromInDays, windows, appointment } = wishes[i] ?? {}
    if (weekdays) await press('set-weekdays', weekdays.join(''))
    if (fromInDays !== undefined) {
      await press('type-from-day')
      await type(person, telegram, dayAfter(today, fromInDays))
    }
    if (windows) {
      await press('type-hours')
      await type(person, telegram, windows.map((window) => window.join('-')).join(', '))
    }
    if (appointment) await press('booked-keep', appointment.province, dayAfter(today, appointment.inDays))
  }
  const count = (field: keyof SlotWish) => wishes.filter((wish) => wish[field] !== undefined).length
  check(place, 'chats WHERE only_weekdays IS NOT NULL', count('weekdays'))
  check(place, 'chats WHERE only_from_day IS NOT NULL', count('fromInDays'))
  check(place, 'chats WHERE json_array_length(only_windows) = 2', count('windows'))
  check(place, 'subscriptions WHERE booked_date IS NOT NULL', count('appointment'))
}

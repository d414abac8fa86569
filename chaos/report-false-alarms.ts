import { PATIENT } from './follower-settings.ts'
import type { World } from './world.ts'

/** The button below an alert of which all is gone, in Italian. */
const FALSE_ALARM = '👻 Non c’era'

/** Everybody with an alert of which all is gone says of the last one that it was false. */
export async function reportFalseAlarms({ telegram, people, reports }: World): Promise<void> {
  for (const person of people) {
    const message = person.chat.fromBot.findLast(({ buttons }) => buttons.includes(FALSE_ALARM))
    if (message) reports.push(person.press(message, FALSE_ALARM))
  }
  await Promise.all(reports.map((press) => press.answered(PATIENT)))
  await telegram.waitForIdle(PATIENT)
}

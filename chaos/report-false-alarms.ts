import { buttonData } from '../src/delivery/button-data.ts'
import { PATIENT } from './follower-settings.ts'
import { readRows } from './stored-rows.ts'
import type { World } from './world.ts'

const LAST_ALERTS = `SELECT d.chat_id AS chatId, d.message_id AS messageId, d.event AS alert, max(d.id)
  FROM deliveries d JOIN alerts a ON a.id = d.event
  WHERE a.kind = 'open' AND d.status = 'sent' AND d.message_id IS NOT NULL GROUP BY d.chat_id`

/**
 * Everybody says of their last alert that it was false, by the button that an alert has once all of it is gone; the bot takes
 * it for any that the chat got.
 */
export async function reportFalseAlarms({ stateDir, telegram, people, reports }: World): Promise<void> {
  const last = readRows<{ chatId: number; messageId: number; alert: string }>(stateDir, LAST_ALERTS)
  for (const { chatId, messageId, alert } of last) {
    const person = people.find(({ id }) => id === chatId)
    const message = person?.chat.message(messageId)
    const [, office = '', trace = ''] = alert.split(':')
    if (person && message)
      reports.push(person.press(message, buttonData('false-alarm', office, trace), { force: true }))
  }
  await Promise.all(reports.map((press) => press.answered(PATIENT)))
  await telegram.waitForIdle(PATIENT)
}

import { FormattedString } from '@grammyjs/parse-mode'
import { sql } from 'drizzle-orm'
import type { Chat } from '../../chats/chat-row.ts'
import { inQuietHours } from '../../chats/quiet-hours.ts'
import type { Statement } from '../../db/database.ts'
import { button } from '../../delivery/button-data.ts'
import { lines, toMessage } from '../../delivery/message.ts'
import { enqueue, type OutboxMessage } from '../../delivery/outbox.ts'
import { addDays, MINUTE, romeDate, SECOND } from '../../platform/time.ts'
import { type Texts, textsIn } from '../../texts/index.ts'
import { provinceName } from '../provinces/provinces.ts'
import { headline, officeBlock } from './alert-message.ts'

/** The example comes so long (ms) after the tap: a person has time to leave Telegram, which is silent while it is open. */
export const EXAMPLE_DELAY = 10 * SECOND
/** While an example that is not older (ms) waits, a tap sends no other. */
const ONE_EACH = MINUTE
/** The event of an example that was asked for at an instant: in their order, events are in order of time. */
const eventAt = (now: number) => `example:${now}`
/** The province of the example for a chat that follows none. */
const ANY_PROVINCE = 'RM'

/**
 * The statement that sends an example of an alert, by which people check sound and notifications. It begins as an alert does, says that it is an
 * example, and offers nothing to book. It goes out with the chat's other messages and not as an alert: no statistic
 * counts it.
 * @param chat filters do not matter; in quiet hours it comes without a sound, also where alerts are gathered
 * @param follows the chat's provinces: the first one is in the example
 * @param now epoch ms
 */
export function sendExample(
  chat: Pick<Chat, 'id' | 'language' | 'quietFrom' | 'quietTo'>,
  follows: readonly { province: string }[],
  { now, trace, threadId }: { now: number; trace: string; threadId?: number | undefined },
): Statement {
  const texts = textsIn(chat.language)
  const { alerts, common } = texts
  const at = now + EXAMPLE_DELAY
  const province = follows[0]?.province ?? ANY_PROVINCE
  const slots = [{ date: addDays(romeDate(now), 7), time: '09:00', places: 2, gone: false }]
  const office = { code: '', name: alerts.exampleOffice(provinceName(province)), address: '', city: '' }
  const text = lines(
    FormattedString.join([`${alerts.exampleTitle} `, headline(texts, [province], slots)]),
    officeBlock(texts, office, slots),
    '',
    alerts.exampleNote,
  )
  const message = toMessage(text, [[button(common.whyNoAlert, 'why')], [button(common.settings, 'settings')]])
  const example: OutboxMessage = {
    event: eventAt(now),
    chatId: chat.id,
    priority: 'interactive',
    content: {
      type: 'message',
      message: {
        ...message,
        ...(inQuietHours(chat, at) && { silent: true }),
        ...(threadId !== undefined && { threadId }),
      },
    },
    eventAt: at,
    notBefore: at,
    trace,
  }
  const underWay = sql`EXISTS (SELECT 1 FROM deliveries WHERE event > ${eventAt(now - ONE_EACH)} AND event < ${eventAt(now)}
    AND chat_id = ${chat.id} AND status IN ('queued', 'claimed'))`
  return enqueue([example], now, sql`NOT ${underWay}`)
}

/** What is said when an example is on its way: in quiet hours, that it makes no sound, or that alerts would wait. */
export function exampleAnnounced(
  { alerts }: Texts,
  chat: Pick<Chat, 'quietFrom' | 'quietTo' | 'quietMode'>,
  now: number,
): string {
  if (!inQuietHours(chat, now + EXAMPLE_DELAY)) return alerts.exampleSoon
  return chat.quietMode === 'digest' ? alerts.exampleSoonDigest(chat.quietTo ?? '') : alerts.exampleSoonSilent
}

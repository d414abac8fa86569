import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import type { InlineKeyboardButton } from 'grammy/types'
import { beforeEach, expect, test, vi } from 'vitest'
import { transact } from '../../src/db/database.ts'
import {
  newFieldsFallback,
  ownMemory,
  storedMemory,
  withoutNewFields,
} from '../../src/delivery/channels/telegram/new-fields.ts'
import { telegramChannel } from '../../src/delivery/channels/telegram/telegram-channel.ts'
import { telegramSender } from '../../src/delivery/channels/telegram/telegram-sender.ts'
import { DAY, MINUTE } from '../../src/platform/time.ts'
import { addChat, clean, db, delivery, enqueueAll, plain, refusal, rows, senderKit } from './kit.worker.ts'

const EFFECT = '5046509860389126442'
const keyboard: InlineKeyboardButton[][] = [
  [{ text: 'Prenota', url: 'https://portal.example/', style: 'success' }],
  [{ text: 'Copia', copy_text: { text: 'TOPQ60' } }],
  [
    { text: 'Finito', disabled: {} },
    { text: 'Silenzia', callback_data: '1:mute:TO' },
  ],
]
const modern = (event: string, chatId: number) =>
  plain(event, chatId, { content: { type: 'message', message: { text: event, keyboard, effect: EFFECT } } })

/** A sender whose server refuses new fields, or knows them, and the memory in the database. */
function kit(knowsThem: { now: boolean }, now = () => Date.now()) {
  const made = senderKit({ clock: { now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } })
  const { api } = made.telegram
  api.config.use(newFieldsFallback(storedMemory(db, now)))
  Object.assign(made.context, { channels: [telegramChannel([telegramSender(api)], 400)] })
  made.telegram.answer = ({ body }) => {
    const isNew = withoutNewFields(body) !== undefined
    return isNew && !knowsThem.now ? refusal(400, "Bad Request: can't parse InlineKeyboardButton") : undefined
  }
  return made
}

beforeEach(async () => {
  await clean()
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
  await transact(db, [addChat(1), addChat(2), addChat(3)])
})

test('a server that knows new fields gets them', async () => {
  const { telegram, send } = kit({ now: true })
  await enqueueAll([modern('a', 1)])
  await send()
  expect(telegram.calls).toHaveLength(1)
  expect(telegram.calls[0]?.body).toMatchObject({
    message_effect_id: EFFECT,
    reply_markup: { inline_keyboard: keyboard },
  })
  expect(await rows(sql`SELECT 1 FROM state WHERE name = 'new-fields-refused'`)).toEqual([])
})

test('one that does not gets the message once without them, and no later message with them for a day', async () => {
  const server = { now: false }
  let shift = -DAY - MINUTE
  const now = () => Date.now() + shift
  const { telegram, send } = kit(server, now)
  await enqueueAll([modern('a', 1)])
  await send()
  expect(telegram.calls).toHaveLength(2)
  const body: Record<string, unknown> = telegram.calls[1]?.body ?? {}
  expect(body).not.toHaveProperty('message_effect_id')
  expect(body.reply_markup).toEqual({
    inline_keyboard: [
      [{ text: 'Prenota', url: 'https://portal.example/' }],
      [{ text: 'Silenzia', callback_data: '1:mute:TO' }],
    ],
  })
  expect(await delivery('a', 1)).toMatchObject({ status: 'sent', attempts: 1 })
  // Another invocation.
  const next = kit(server, now)
  await enqueueAll([modern('b', 2)])
  await next.send()
  expect(next.telegram.calls).toHaveLength(1)
  server.now = true
  shift = 0
  const later = kit(server, now)
  await transact(db, [sql`DELETE FROM deliveries`])
  await enqueueAll([modern('c', 3)])
  await later.send()
  expect(later.telegram.calls.at(-1)?.body).toHaveProperty('message_effect_id', EFFECT)
})

test('a message that is refused for another reason is refused as ever, and nothing is learned', async () => {
  const { telegram, send } = kit({ now: true })
  telegram.answer = () => refusal(400, 'Bad Request: message text is empty')
  await enqueueAll([modern('a', 1)])
  await send()
  expect(telegram.calls).toHaveLength(2)
  expect(await delivery('a', 1)).toMatchObject({ status: 'dead' })
  expect(await rows(sql`SELECT 1 FROM state WHERE name = 'new-fields-refused'`)).toEqual([])
})

test('what says nothing about the fields is not repeated: a limit, a blocked bot, a broken connection', async () => {
  const memory = ownMemory(Date.now)
  for (const [code, description] of [
    [429, 'Too Many Requests: retry after 5'],
    [403, 'Forbidden: bot was blocked by the user'],
    [500, 'Internal Server Error'],
    [400, 'Bad Request: message is not modified'],
  ] as const) {
    let calls = 0
    const call = async () => {
      calls += 1
      return { ok: false as const, error_code: code, description }
    }
    const payload = { chat_id: 1, text: 'x', message_effect_id: EFFECT }
    const answer = await newFieldsFallback(memory)(call, 'sendMessage', payload)
    expect(answer).toMatchObject({ error_code: code })
    expect(calls).toBe(1)
  }
  expect(await memory.areRefused()).toBe(false)
})

test('of any keyboard, only what is new is left out', () => {
  const style = fc.constantFrom('danger', 'success', 'primary')
  const look = fc.record({ text: fc.string({ minLength: 1 }), style }, { requiredKeys: ['text'] })
  const oldAction = fc.record({ callback_data: fc.string({ minLength: 1 }) })
  const newAction = fc.constantFrom({ copy_text: { text: 'x' } }, { disabled: {} })
  const anyButton = fc
    .tuple(look, fc.oneof(oldAction, newAction))
    .map(([shown, action]) => ({ ...shown, ...action }) as InlineKeyboardButton)
  fc.assert(
    fc.property(fc.array(fc.array(anyButton)), fc.option(fc.constant(EFFECT)), (inline_keyboard, effect) => {
      const payload = {
        text: 'x',
        reply_markup: { inline_keyboard },
        ...(effect && { message_effect_id: effect }),
      }
      const plainer = withoutNewFields(payload)
      const old = inline_keyboard.flat().filter((one) => 'callback_data' in one)
      if (plainer === undefined) {
        expect(effect).toBeNull()
        expect(old.filter((one) => one.style === undefined)).toHaveLength(inline_keyboard.flat().length)
        return
      }
      expect(withoutNewFields(plainer)).toBeUndefined()
      const left = plainer.reply_markup.inline_keyboard
      expect(left.every((row) => row.length > 0)).toBe(true)
      expect(left.flat().map(({ text }) => text)).toEqual(old.map(({ text }) => text))
    }),
  )
})

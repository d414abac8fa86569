import { describe, expect, test } from 'vitest'
import { harness } from './harness.worker.ts'
import { nextUpdateId, type Person } from './person.ts'

const bot = harness()
/** The id that the token of the tests names. */
const BOT_ID = 1234567890

const fromBot = { message_id: 7, from: { id: BOT_ID, is_bot: true, first_name: 'S' } }

/** A group whose admin was asked for the quiet hours. */
async function askedForHours(): Promise<{ admin: Person; quiet: () => Promise<unknown> }> {
  const admin = bot.inGroup(50_000 + nextUpdateId())
  bot.telegram.standing.set(Number((admin.message({}) as { from: { id: number } }).from.id), 'administrator')
  await admin.types('/impostazioni')
  await admin.pressesData('1:type-quiet')
  return { admin, quiet: async () => (await bot.chatRow(admin.chat.id))?.quiet_from }
}

describe('what answers a question in a group', () => {
  test('a reply to the bot’s own message', async () => {
    const { admin, quiet } = await askedForHours()
    await admin.types('22-7', { reply_to_message: fromBot })
    expect(await quiet()).toBe('22:00')
  })

  test('a reply that quotes the bot’s message, and one of an anonymous admin', async () => {
    const { admin, quiet } = await askedForHours()
    await admin.types('22-7', { reply_to_message: fromBot, quote: { text: 'ore', position: 0 } })
    expect(await quiet()).toBe('22:00')
    await admin.pressesData('1:type-quiet')
    await admin.types('23-8', {
      reply_to_message: fromBot,
      from: { id: 1_087_968_824, is_bot: true, first_name: 'Group' },
      sender_chat: admin.chat,
    })
    expect(await quiet()).toBe('23:00')
  })

  const notAnswers: [what: string, extra: object][] = [
    ['talk that replies to nobody', {}],
    ['a reply to another bot', { reply_to_message: { message_id: 8, from: { id: 77, is_bot: true } } }],
    ['a reply to a person', { reply_to_message: { message_id: 8, from: { id: 78, is_bot: false } } }],
    [
      'talk in a topic that the bot created',
      {
        message_thread_id: 7,
        is_topic_message: true,
        reply_to_message: { ...fromBot, forum_topic_created: {} },
      },
    ],
    [
      'a comment on a post of the linked channel',
      {
        reply_to_message: {
          message_id: 9,
          from: { id: 777_000, is_bot: false },
          sender_chat: { id: -9, type: 'channel' },
          is_automatic_forward: true,
        },
      },
    ],
    [
      'a reply to a message of another chat',
      { external_reply: { origin: { type: 'user', sender_user: fromBot.from }, message_id: 7 } },
    ],
    [
      'a post that the linked channel forwards by itself',
      { is_automatic_forward: true, sender_chat: { id: -9, type: 'channel' }, reply_to_message: fromBot },
    ],
  ]
  test.each(notAnswers)('%s is none', async (_, extra) => {
    const { admin, quiet } = await askedForHours()
    const before = bot.telegram.calls.length
    await admin.sends({ message: admin.message({ text: '18-20', ...extra }) })
    expect(await quiet()).toBeNull()
    expect(bot.telegram.calls).toHaveLength(before)
  })

  test('nor is a command for another bot', async () => {
    const { admin, quiet } = await askedForHours()
    await admin.sends({
      message: admin.message({ text: '/set@OtherBot 18-20', reply_to_message: fromBot }),
    })
    expect(await quiet()).toBeNull()
  })
})

test('another member’s press leaves the admin’s question open', async () => {
  const { admin, quiet } = await askedForHours()
  const member = bot.inGroup(60_000 + nextUpdateId(), admin.chat.id)
  await member.pressesData('1:settings')
  await member.pressesData('1:set-quiet:23.00:08.00')
  await admin.types('22-7', { reply_to_message: fromBot })
  expect(await quiet()).toBe('22:00')
})

test('an admin’s own button ends the question', async () => {
  const { admin, quiet } = await askedForHours()
  await admin.pressesData('1:set-places:2')
  await admin.sends({ message: admin.message({ text: '22-7', reply_to_message: fromBot }) })
  expect(await quiet()).toBeNull()
})

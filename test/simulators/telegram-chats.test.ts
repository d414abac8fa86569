import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { call, startTelegram } from './telegram-testing.ts'

const send = (telegram: Parameters<typeof call>[0], chat_id: number, text = 'x') =>
  call(telegram, 'sendMessage', { chat_id, text })

describe('who can be written to', () => {
  it('nobody who never wrote, who blocked the bot, or who is no more', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    const forbidden = (why: string) => ({ ok: false, error_code: 403, description: `Forbidden: ${why}` })
    expect(await send(telegram, anna.id)).toEqual(forbidden("bot can't initiate conversation with a user"))
    anna.start()
    expect(await send(telegram, anna.id)).toMatchObject({ ok: true })
    anna.block()
    expect(await send(telegram, anna.id)).toEqual(forbidden('bot was blocked by the user'))
    anna.unblock()
    expect(await send(telegram, anna.id)).toMatchObject({ ok: true })
    anna.deactivate()
    expect(await send(telegram, anna.id)).toEqual(forbidden('user is deactivated'))
  })

  it('tells the bot when it is blocked and unblocked', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    anna.start()
    anna.block()
    anna.unblock()
    const { result } = await call(telegram, 'getUpdates')
    const standing = (at: number) => result[at].my_chat_member.new_chat_member.status
    expect([standing(1), standing(2)]).toEqual(['kicked', 'member'])
    expect(() => anna.press(anna.chat.allMessages[0] as never, 'x')).toThrow(/No button/)
  })
})

describe('groups', () => {
  it('let the bot in and out, and say so', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser({ firstName: 'Anna' })
    const group = telegram.createGroup({ title: 'Amici', creator: anna, bot: 'left' })
    expect(await send(telegram, group.id)).toMatchObject({
      description: 'Forbidden: bot is not a member of the group chat',
    })
    group.addBot(anna)
    expect(await send(telegram, group.id)).toMatchObject({ ok: true })
    group.kickBot(anna)
    expect(await send(telegram, group.id)).toMatchObject({
      description: 'Forbidden: bot was kicked from the group chat',
    })
    const { result } = await call(telegram, 'getUpdates')
    expect(result[0].my_chat_member).toMatchObject({
      chat: { id: group.id, type: 'group', title: 'Amici' },
      old_chat_member: { status: 'left' },
      new_chat_member: { status: 'member' },
    })
    expect(result[1].message.new_chat_members[0].username).toBe('sportello_bot')
    expect(result.at(-1).message.left_chat_member.is_bot).toBe(true)
  })

  it('know their administrators', async () => {
    const telegram = await startTelegram()
    const [anna, bruno, carla] = ['Anna', 'Bruno', 'Carla'].map((firstName) =>
      telegram.createUser({ firstName }),
    )
    if (!anna || !bruno || !carla) throw new Error('three people')
    const group = telegram.createGroup({
      type: 'supergroup',
      creator: anna,
      admins: [bruno],
      members: [carla],
    })
    const status = async (user_id: number) =>
      (await call(telegram, 'getChatMember', { chat_id: group.id, user_id })).result.status
    expect([await status(anna.id), await status(bruno.id), await status(carla.id)]).toEqual([
      'creator',
      'administrator',
      'member',
    ])
    const { result } = await call(telegram, 'getChatAdministrators', { chat_id: group.id })
    expect(result.map((one: { user: { id: number } }) => one.user.id).sort()).toEqual(
      [anna.id, bruno.id].sort(),
    )
    expect(await call(telegram, 'getChatMember', { chat_id: group.id, user_id: 31_337 })).toMatchObject({
      error_code: 400,
    })
    group.setMember(bruno, 'member')
    expect(await status(bruno.id)).toBe('member')
  })

  it('pass on commands for the bot, replies to it and mentions of it, and nothing else', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    const group = telegram.createGroup({ creator: anna })
    await send(telegram, group.id, 'eccomi')
    const mine = await group.waitFor('eccomi')
    anna.send('chiacchiere', { in: group })
    anna.send('/mie', { in: group })
    anna.send('/mie@sportello_bot', { in: group })
    anna.send('/mie@altro_bot', { in: group })
    anna.send('rispondo', { in: group, replyTo: mine })
    const { result } = await call(telegram, 'getUpdates')
    expect(result.map((update: { message: { text: string } }) => update.message.text)).toEqual([
      '/mie',
      '/mie@sportello_bot',
      'rispondo',
    ])
  })

  it('become supergroups, after which the old id tells the new one', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    const group = telegram.createGroup({ creator: anna })
    const successor = group.upgrade(anna)
    expect(await send(telegram, group.id)).toEqual({
      ok: false,
      error_code: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: successor.id },
    })
    expect(await send(telegram, successor.id)).toMatchObject({ result: { chat: { type: 'supergroup' } } })
    const { result } = await call(telegram, 'getUpdates')
    expect(result[0].message.migrate_to_chat_id).toBe(successor.id)
    expect(result[1].message.migrate_from_chat_id).toBe(group.id)
  })

  it("others' messages are deleted only by an administrator", async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    const group = telegram.createGroup({ creator: anna })
    const { id } = anna.send('segreto', { in: group })
    const remove = () => call(telegram, 'deleteMessage', { chat_id: group.id, message_id: id })
    expect(await remove()).toMatchObject({ description: "Bad Request: message can't be deleted" })
    group.promoteBot(anna)
    expect(await remove()).toMatchObject({ ok: true })
  })

  it('can be left by the bot', async () => {
    const telegram = await startTelegram()
    const group = telegram.createGroup({ creator: telegram.createUser() })
    expect(await call(telegram, 'leaveChat', { chat_id: group.id })).toMatchObject({ ok: true })
    expect(await send(telegram, group.id)).toMatchObject({ error_code: 403 })
  })
})

describe('channels', () => {
  it('take posts of a bot that is an administrator, by id or by name, and hand theirs over', async () => {
    const telegram = await startTelegram()
    const channel = telegram.createChannel({
      title: 'Avvisi',
      username: 'avvisi',
      creator: telegram.createUser(),
    })
    expect(await call(telegram, 'sendMessage', { chat_id: '@avvisi', text: 'x' })).toMatchObject({
      result: { chat: { id: channel.id, type: 'channel' }, sender_chat: { title: 'Avvisi' } },
    })
    channel.publish('/segui torino')
    const { result } = await call(telegram, 'getUpdates')
    expect(result[0].channel_post).toMatchObject({ text: '/segui torino', chat: { id: channel.id } })
    channel.botStatus = 'member'
    expect(await send(telegram, channel.id)).toMatchObject({
      description: 'Bad Request: need administrator rights in the channel chat',
    })
  })
})

describe('Mini Apps', () => {
  it("open with the person's data, signed with the bot's token", async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser({ firstName: 'Anna', languageCode: 'en' })
    const opened = new URL(anna.openWebApp('https://example.org/app?x=1'))
    const initData = new URLSearchParams(new URLSearchParams(opened.hash.slice(1)).get('tgWebAppData') ?? '')
    const hash = initData.get('hash')
    initData.delete('hash')
    const lines = [...initData].map(([key, value]) => `${key}=${value}`).sort()
    const key = createHmac('sha256', 'WebAppData').update(telegram.token).digest()
    expect(createHmac('sha256', key).update(lines.join('\n')).digest('hex')).toBe(hash)
    expect(JSON.parse(initData.get('user') ?? '')).toMatchObject({ id: anna.id, language_code: 'en' })
    expect(opened.search).toBe('?x=1')
  })
})

describe('sendChatAction', () => {
  it('shows until the next message', async () => {
    const telegram = await startTelegram({ anyoneExists: true })
    await call(telegram, 'sendChatAction', { chat_id: 7, action: 'typing' })
    const chat = telegram.world.chats.get(7)
    expect(chat?.lastAction?.action).toBe('typing')
    await send(telegram, 7)
    expect(chat?.lastAction).toBeUndefined()
    expect(await call(telegram, 'sendChatAction', { chat_id: 7, action: 'dancing' })).toMatchObject({
      error_code: 400,
    })
  })
})

describe('forums', () => {
  it('have topics, which may be closed or deleted, and so may General', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    const group = telegram.createGroup({ creator: anna, type: 'supergroup' })
    const inTopic = (message_thread_id?: number) =>
      call(telegram, 'sendMessage', {
        chat_id: group.id,
        text: 'x',
        ...(message_thread_id !== undefined && { message_thread_id }),
      })
    expect(await inTopic(5)).toMatchObject({
      error_code: 400,
      description: 'Bad Request: message thread not found',
    })
    const topic = group.createTopic(anna, 'Avvisi')
    anna.send('/mie', { in: group, topic })
    const { result } = await call(telegram, 'getUpdates')
    expect(result.at(-1).message).toMatchObject({
      message_thread_id: topic.id,
      is_topic_message: true,
      reply_to_message: { message_id: topic.id, forum_topic_created: { name: 'Avvisi' } },
      chat: { is_forum: true },
    })
    expect(await inTopic(topic.id)).toMatchObject({ result: { message_thread_id: topic.id } })
    topic.closed = true
    group.generalClosed = true
    expect(await inTopic(topic.id)).toMatchObject({ description: 'Bad Request: TOPIC_CLOSED' })
    expect(await inTopic()).toMatchObject({ description: 'Bad Request: TOPIC_CLOSED' })
    group.promoteBot(anna)
    expect(await inTopic(topic.id)).toMatchObject({ ok: true })
    topic.deleted = true
    expect(await inTopic(topic.id)).toMatchObject({ description: 'Bad Request: message thread not found' })
  })
})

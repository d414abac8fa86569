import { describe, expect, it } from 'vitest'
import type { Chat, TelegramSimulator } from './telegram/index.ts'
import { call, startTelegram, steadyClock } from './telegram-testing.ts'

const badRequest = (reason: string) => ({ ok: false, error_code: 400, description: `Bad Request: ${reason}` })

async function start(): Promise<{ telegram: TelegramSimulator; chat: Chat; chat_id: number }> {
  const telegram = await startTelegram()
  const anna = telegram.createUser({ firstName: 'Anna' })
  anna.chat.botStatus = 'member'
  return { telegram, chat: anna.chat, chat_id: anna.id }
}

describe('sendMessage', () => {
  it('keeps text, entities, keyboard and silence, and gives the message back', async () => {
    const { telegram, chat, chat_id } = await start()
    const keyboard = { inline_keyboard: [[{ text: 'Apri', url: 'https://example.org/' }]] }
    const answer = await call(telegram, 'sendMessage', {
      chat_id,
      text: 'Ciao mondo',
      entities: [{ type: 'bold', offset: 0, length: 4 }],
      reply_markup: keyboard,
      disable_notification: true,
    })
    expect(answer.result).toMatchObject({
      chat: { id: chat_id, type: 'private', first_name: 'Anna' },
      from: { is_bot: true, username: 'sportello_bot' },
      text: 'Ciao mondo',
      entities: [{ type: 'bold', offset: 0, length: 4 }],
      reply_markup: keyboard,
    })
    expect(chat.last).toMatchObject({ id: answer.result.message_id, silent: true, buttons: ['Apri'] })
  })

  it('shows coloured, copying and disabled buttons, and an effect in a private chat', async () => {
    const { telegram, chat, chat_id } = await start()
    const keyboard = {
      inline_keyboard: [
        [{ text: 'Prenota', url: 'https://example.org/', style: 'success' }],
        [
          { text: 'Copia', copy_text: { text: 'TOPQ60' } },
          { text: 'Finito', disabled: {} },
        ],
      ],
    }
    const message = {
      chat_id,
      text: 'Ciao',
      reply_markup: keyboard,
      message_effect_id: '5046509860389126442',
    }
    const answer = await call(telegram, 'sendMessage', message)
    expect(answer.result).toMatchObject({ reply_markup: keyboard, effect_id: '5046509860389126442' })
    expect(chat.last).toMatchObject({ effect: '5046509860389126442' })
    const unknown = await call(telegram, 'sendMessage', { ...message, message_effect_id: '1' })
    expect(unknown).toMatchObject(badRequest('EFFECT_ID_INVALID'))
    const coloured = [[{ text: 'x', callback_data: 'x', style: 'mauve' }]]
    expect(
      await call(telegram, 'sendMessage', { ...message, reply_markup: { inline_keyboard: coloured } }),
    ).toMatchObject({ error_code: 400 })
  })

  it('refuses what a server from before these fields does not know, and nothing else', async () => {
    const { telegram, chat, chat_id } = await start()
    telegram.faults.refusesNewFields = true
    const button = { text: 'x', url: 'https://example.org/' }
    const send = (extra: object) => call(telegram, 'sendMessage', { chat_id, text: 'Ciao', ...extra })
    const withButton = (extra: object) =>
      send({ reply_markup: { inline_keyboard: [[{ ...button, ...extra }]] } })
    for (const answer of [
      await send({ message_effect_id: '5046509860389126442' }),
      await withButton({ style: 'success' }),
      await withButton({ url: undefined, copy_text: { text: 'x' } }),
      await withButton({ url: undefined, disabled: {} }),
    ])
      expect(answer).toMatchObject({ ok: false, error_code: 400 })
    expect(chat.last).toBeUndefined()
    expect(await withButton({})).toMatchObject({ ok: true })
  })

  it('finds commands, links and mentions by itself, but not inside code', async () => {
    const { telegram, chat_id } = await start()
    const { result } = await call(telegram, 'sendMessage', {
      chat_id,
      parse_mode: 'HTML',
      text: '/segui o https://example.org/x, @qualcuno <code>/no</code>',
    })
    expect(result.entities).toEqual([
      { type: 'bot_command', offset: 0, length: 6 },
      { type: 'url', offset: 9, length: 21 },
      { type: 'mention', offset: 32, length: 9 },
      { type: 'code', offset: 42, length: 3 },
    ])
  })

  it('trims space around the text and moves the entities along', async () => {
    const { telegram, chat_id } = await start()
    const { result } = await call(telegram, 'sendMessage', {
      chat_id,
      text: '\n  ciao  \n',
      entities: [{ type: 'bold', offset: 0, length: 10 }],
    })
    expect(result).toMatchObject({ text: 'ciao', entities: [{ type: 'bold', offset: 0, length: 4 }] })
  })

  it('takes 4,096 characters after the markup is read, and not one more', async () => {
    const { telegram, chat_id } = await start()
    const send = (length: number) =>
      call(telegram, 'sendMessage', { chat_id, parse_mode: 'HTML', text: `<b>${'a'.repeat(length)}</b>` })
    expect(await send(4_096)).toMatchObject({ ok: true })
    expect(await send(4_097)).toEqual(badRequest('message is too long'))
  })

  it.each([
    [{ text: '  \n ' }, 'message text is empty'],
    [{ text: 'x', chat_id: 424_242 }, 'chat not found'],
    [{ text: 'x', chat_id: '@nobody' }, 'chat not found'],
    [{ text: 'x', chat_id: '' }, 'chat_id is empty'],
    [{ text: 'x', parse_mode: 'BBCode' }, 'unsupported parse_mode'],
    [{ text: 'x', reply_parameters: { message_id: 999 } }, 'message to be replied not found'],
    [
      { text: 'x', entities: [{ type: 'glitter', offset: 0, length: 1 }] },
      "can't parse MessageEntity: Unsupported type specified",
    ],
  ])('refuses %j', async (wrong, reason) => {
    const { telegram, chat_id } = await start()
    expect(await call(telegram, 'sendMessage', { chat_id, ...wrong })).toEqual(badRequest(reason))
    expect(telegram.ledger.sent).toEqual([])
    expect(telegram.ledger.refused).toHaveLength(1)
  })

  it.each([
    [{ text: 'x', callback_data: 'à'.repeat(33) }, 'BUTTON_DATA_INVALID'],
    [{ text: 'x' }, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"],
    [
      { text: 'x', callback_data: '' },
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ],
    [
      { text: 'x', url: 'http://localhost:1' },
      "inline keyboard button URL 'http://localhost:1' is invalid: Wrong HTTP URL",
    ],
    [
      { text: 'x', web_app: { url: 'http://example.org' } },
      "inline keyboard button Web App URL 'http://example.org' is invalid: Only HTTPS links are allowed",
    ],
    [{ callback_data: 'x' }, 'can\'t parse inline keyboard button: Field "text" must be of type String'],
  ])('refuses the button %j', async (button, reason) => {
    const { telegram, chat_id } = await start()
    const reply_markup = { inline_keyboard: [[button]] }
    expect(await call(telegram, 'sendMessage', { chat_id, text: 'x', reply_markup })).toEqual(
      badRequest(reason),
    )
  })

  it('takes 64 bytes of callback data, and web apps in private chats only', async () => {
    const { telegram, chat_id } = await start()
    const group = telegram.createGroup({ creator: telegram.createUser() })
    const full = { inline_keyboard: [[{ text: 'x', callback_data: 'à'.repeat(32) }]] }
    expect(await call(telegram, 'sendMessage', { chat_id, text: 'x', reply_markup: full })).toMatchObject({
      ok: true,
    })
    const app = { inline_keyboard: [[{ text: 'x', web_app: { url: 'https://example.org/app' } }]] }
    expect(await call(telegram, 'sendMessage', { chat_id, text: 'x', reply_markup: app })).toMatchObject({
      ok: true,
    })
    expect(await call(telegram, 'sendMessage', { chat_id: group.id, text: 'x', reply_markup: app })).toEqual(
      badRequest('BUTTON_TYPE_INVALID'),
    )
  })
})

describe('editing and deleting', () => {
  it('an edit without keyboard takes the keyboard away', async () => {
    const { telegram, chat, chat_id } = await start()
    const reply_markup = { inline_keyboard: [[{ text: 'a', callback_data: 'a' }]] }
    const { result } = await call(telegram, 'sendMessage', { chat_id, text: 'prima', reply_markup })
    await call(telegram, 'editMessageText', { chat_id, message_id: result.message_id, text: 'dopo' })
    expect(chat.last).toMatchObject({ text: 'dopo', keyboard: undefined })
    expect(chat.last?.history).toMatchObject([{ text: 'prima', keyboard: reply_markup }])
  })

  it('refuses an edit that changes nothing, in text or keyboard', async () => {
    const { telegram, chat_id } = await start()
    const reply_markup = { inline_keyboard: [[{ text: 'a', callback_data: 'a' }]] }
    const same = { chat_id, text: '<b>x</b>', parse_mode: 'HTML', reply_markup }
    const { result } = await call(telegram, 'sendMessage', same)
    const { message_id } = result
    const again = await call(telegram, 'editMessageText', { ...same, message_id })
    expect(again.description).toMatch(/^Bad Request: message is not modified/)
    const markup = await call(telegram, 'editMessageReplyMarkup', { chat_id, message_id, reply_markup })
    expect(markup.description).toMatch(/^Bad Request: message is not modified/)
    expect(await call(telegram, 'editMessageReplyMarkup', { chat_id, message_id })).toMatchObject({
      ok: true,
    })
  })

  it('knows what is gone and what is not its own', async () => {
    const { telegram, chat, chat_id } = await start()
    const theirs = chat.person?.send('ciao')
    const edit = (message_id: number | undefined) =>
      call(telegram, 'editMessageText', { chat_id, message_id, text: 'y' })
    expect(await edit(9_999)).toEqual(badRequest('message to edit not found'))
    expect(await edit(theirs?.id)).toEqual(badRequest("message can't be edited"))
    const remove = () => call(telegram, 'deleteMessage', { chat_id, message_id: theirs?.id })
    expect(await remove()).toEqual({ ok: true, result: true })
    expect(await remove()).toEqual(badRequest('message to delete not found'))
    expect(theirs?.deletedAt).toBeDefined()
  })

  it('deletes several at once and passes over those that are gone', async () => {
    const { telegram, chat, chat_id } = await start()
    const ids: number[] = []
    for (const text of ['a', 'b', 'c']) {
      ids.push((await call(telegram, 'sendMessage', { chat_id, text })).result.message_id)
    }
    expect(
      await call(telegram, 'deleteMessages', { chat_id, message_ids: [...ids.slice(1), 77_777] }),
    ).toMatchObject({ ok: true })
    expect(chat.messages.map(({ text }) => text)).toEqual(['a'])
  })

  it('lets nothing be deleted after two days', async () => {
    const clock = steadyClock()
    const telegram = await startTelegram({ clock, anyoneExists: true })
    const { result } = await call(telegram, 'sendMessage', { chat_id: 5, text: 'x' })
    clock.advance(49 * 3_600_000)
    expect(await call(telegram, 'deleteMessage', { chat_id: 5, message_id: result.message_id })).toEqual(
      badRequest("message can't be deleted"),
    )
  })
})

describe('files', () => {
  it('takes a document with a caption and serves it back', async () => {
    const { telegram, chat, chat_id } = await start()
    const form = new FormData()
    form.set('chat_id', String(chat_id))
    form.set('caption', '<i>i tuoi dati</i>')
    form.set('parse_mode', 'HTML')
    form.set('document', new Blob(['{"a":1}'], { type: 'application/json' }), 'dati.json')
    const sent = await fetch(`${telegram.url}/bot${telegram.token}/sendDocument`, {
      method: 'POST',
      body: form,
    })
    const { result } = (await sent.json()) as { result: { document: { file_id: string; file_name: string } } }
    expect(result).toMatchObject({
      caption: 'i tuoi dati',
      document: { file_name: 'dati.json', mime_type: 'application/json' },
    })
    expect(chat.last?.file?.name).toBe('dati.json')
    const { result: file } = await call(telegram, 'getFile', { file_id: result.document.file_id })
    const served = await fetch(`${telegram.url}/file/bot${telegram.token}/${file.file_path}`)
    expect(await served.text()).toBe('{"a":1}')
    expect(
      await call(telegram, 'sendDocument', { chat_id, document: result.document.file_id }),
    ).toMatchObject({ ok: true })
  })

  it("hands the bot a person's photo with its size in pixels", async () => {
    const { telegram, chat } = await start()
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAAAAAD+8qQMAAAADklEQVR4nGP4z8DAwMAAAAYJAQH1p7rUAAAAAElFTkSuQmCC',
      'base64',
    )
    chat.person?.sendPhoto(png, { caption: 'QR' })
    const { result } = await call(telegram, 'getUpdates')
    expect(result[0].message).toMatchObject({ caption: 'QR', photo: [{ width: 2, height: 3 }] })
  })

  it('refuses what is not there', async () => {
    const { telegram, chat_id } = await start()
    expect(await call(telegram, 'getFile', { file_id: 'x' })).toEqual(badRequest('invalid file_id'))
    expect(await call(telegram, 'sendDocument', { chat_id })).toEqual(
      badRequest('there is no document in the request'),
    )
  })
})

describe('what the bot says about itself', () => {
  it('keeps commands for each scope and language, and shows a person the narrowest', async () => {
    const { telegram, chat_id } = await start()
    const it = [{ command: 'segui', description: 'Segui una provincia' }]
    const en = [{ command: 'segui', description: 'Follow a province' }]
    await call(telegram, 'setMyCommands', { commands: it })
    await call(telegram, 'setMyCommands', {
      commands: en,
      language_code: 'en',
      scope: { type: 'all_private_chats' },
    })
    expect((await call(telegram, 'getMyCommands')).result).toEqual(it)
    const { profile } = telegram.world
    expect(profile.commandsSeenBy(chat_id, chat_id, false, 'en')).toEqual(en)
    expect(profile.commandsSeenBy(chat_id, chat_id, false, 'it')).toEqual(it)
    await call(telegram, 'deleteMyCommands')
    expect((await call(telegram, 'getMyCommands')).result).toEqual([])
  })

  it.each([
    ['setMyCommands', { commands: [{ command: 'Segui!', description: 'x' }] }, 'BOT_COMMAND_INVALID'],
    ['setMyCommands', { commands: [{ command: 'x', description: '' }] }, 'BOT_COMMAND_DESCRIPTION_INVALID'],
    ['setMyCommands', { commands: [], language_code: 'italiano' }, 'invalid language code specified'],
    ['setMyShortDescription', { short_description: 'x'.repeat(121) }, 'short_description is too long'],
    ['setChatMenuButton', { menu_button: { type: 'web_app', text: 'x' } }, 'MENU_BUTTON_INVALID'],
  ])('refuses %s %j', async (method, parameters, reason) => {
    const { telegram } = await start()
    expect(await call(telegram, method, parameters)).toEqual(badRequest(reason))
  })

  it('keeps name, descriptions and menu button', async () => {
    const { telegram } = await start()
    await call(telegram, 'setMyName', { name: 'Sportello' })
    await call(telegram, 'setMyDescription', { description: 'Passaporti' })
    await call(telegram, 'setMyDescription', { description: 'Passports', language_code: 'en' })
    await call(telegram, 'setChatMenuButton', { menu_button: { type: 'commands' } })
    expect((await call(telegram, 'getMyName')).result).toEqual({ name: 'Sportello' })
    expect((await call(telegram, 'getMyDescription', { language_code: 'en' })).result).toEqual({
      description: 'Passports',
    })
    expect((await call(telegram, 'getChatMenuButton')).result).toEqual({ type: 'commands' })
  })
})

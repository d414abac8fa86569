import type { Chat } from '../telegram/chat.ts'
import type { InlineKeyboardButton } from '../telegram/keyboard.ts'
import type { ChatMessage } from '../telegram/message.ts'
import type { Person } from '../telegram/person.ts'
import type { PressAnswer } from '../telegram/press.ts'
import type { World } from '../telegram/world.ts'
import type { ChatSource, SourceChat } from './source.ts'
import type { ButtonView, EntityView, MessageView, PressView } from './wire.ts'

/** The part of the simulated Telegram that the page looks at. */
export type WatchedWorld = Pick<World, 'bot' | 'chats' | 'people' | 'profile' | 'files' | 'events'>

/** Telegram's apps stop a button's spinner after about this long without an answer, ms. */
const LONGEST_SPIN = 30_000

const PRESENT = new Set(['creator', 'administrator', 'member'])

function buttonView(button: InlineKeyboardButton): ButtonView {
  const { text } = button
  if ('url' in button) return { text, url: button.url }
  if ('web_app' in button) return { text, webApp: button.web_app.url }
  if ('copy_text' in button) return { text, copy: button.copy_text.text }
  return { text, data: 'callback_data' in button ? button.callback_data : '' }
}

function fileView(message: ChatMessage): Pick<MessageView, 'photo' | 'document'> {
  const { file } = message
  if (file === undefined) return {}
  const href = `/api/chats/${message.chatId}/files/${encodeURIComponent(file.fileId)}`
  return file.kind === 'photo'
    ? { photo: { name: file.name, href } }
    : { document: { name: file.name, bytes: file.bytes.length, href } }
}

function pressView(answer: PressAnswer): PressView {
  return { text: answer.text, alert: answer.alert, url: answer.url }
}

/** Shows private chats and groups of the simulated Telegram; channels, in which only the bot speaks, are left out. */
export function telegramSource(world: WatchedWorld): ChatSource {
  const find = (chatId: number): Chat => {
    const chat = world.chats.get(chatId)
    if (chat === undefined) throw new Error('chat sconosciuta')
    return chat
  }
  const person = (id: number): Person => {
    const found = world.people.get(id)
    if (found === undefined) throw new Error('persona sconosciuta')
    return found
  }
  const messageView = (message: ChatMessage): MessageView => ({
    id: message.id,
    from: message.from === 'bot' ? 'bot' : 'user',
    author: message.from === 'bot' ? world.bot.first_name : (world.people.get(message.from)?.name ?? ''),
    text: message.text,
    entities: message.entities.map((entity): EntityView => ({ ...entity })),
    keyboard: message.keyboard?.inline_keyboard.map((row) => row.map(buttonView)) ?? [],
    silent: message.silent,
    edited: message.editedAt !== undefined,
    date: message.sentAt,
    ...fileView(message),
  })
  const peopleOf = (chat: Chat): Person[] => {
    if (chat.person !== undefined) return [chat.person]
    const present = [...chat.members].filter(([, status]) => PRESENT.has(status))
    return present.flatMap(([id]) => world.people.get(id) ?? [])
  }
  const sourceChat = (chat: Chat): SourceChat => ({
    id: chat.id,
    title: chat.title ?? chat.person?.name ?? String(chat.id),
    kind: chat.isGroup ? 'group' : 'private',
    people: peopleOf(chat).map(({ id, name }) => ({ id, name })),
    blocked: chat.botStatus === 'blocked',
    messages: chat.messages.filter((message) => message.service === undefined).map(messageView),
  })

  return {
    bot: () => ({ name: world.bot.first_name, username: world.bot.username }),
    chats: () =>
      [...world.chats.values()]
        .filter((chat) => chat.type !== 'channel' && chat.migratedTo === undefined)
        .map(sourceChat),
    commands: (chatId) => {
      const chat = find(chatId)
      const [reader] = peopleOf(chat)
      if (reader === undefined) return []
      const standing = chat.members.get(reader.id)
      const isAdmin = standing === 'creator' || standing === 'administrator'
      const seen = world.profile.commandsSeenBy(reader.id, chatId, isAdmin, reader.languageCode ?? '')
      return seen.map(({ command, description }) => ({ command, description }))
    },
    send: async (chatId, as, text) => {
      person(as).send(text, { in: find(chatId) })
    },
    sendPhoto: async (chatId, as, bytes) => {
      person(as).sendPhoto(bytes, { in: find(chatId) })
    },
    press: (chatId, as, messageId, data) => {
      const message = find(chatId).message(messageId)
      if (message === undefined) throw new Error('messaggio sconosciuto')
      const press = person(as).press(message, data)
      return press.answered({ timeoutMs: LONGEST_SPIN }).then(pressView, () => ({}))
    },
    setBlocked: async (chatId, blocked) => {
      const owner = find(chatId).person
      if (owner === undefined) throw new Error('solo in una chat privata si blocca il bot')
      if (blocked) owner.block()
      else owner.unblock()
    },
    file: (chatId, fileId) => {
      const sent = find(chatId).messages.some((message) => message.file?.fileId === fileId)
      const file = sent ? world.files.byId(fileId) : undefined
      return file && { bytes: file.bytes, name: file.name, type: file.mime }
    },
    webApp: (_chatId, as, url) => person(as).openWebApp(url),
    onChange: (listener) => world.events.listen(({ type }) => type === 'call' || listener()),
  }
}

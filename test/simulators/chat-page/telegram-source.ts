import type { Chat } from '../telegram/chat.ts'
import type { InlineKeyboardButton } from '../telegram/keyboard.ts'
import type { ChatMessage } from '../telegram/message.ts'
import type { Person } from '../telegram/person.ts'
import type { PressAnswer } from '../telegram/press.ts'
import type { World } from '../telegram/world.ts'
import { type Language, said, serverWords, type Words } from './language.ts'
import type { ChatSource, SourceChat } from './source.ts'
import type { ButtonView, DoingView, EntityView, MenuView, MessageView, PressView } from './wire.ts'

/** The part of the simulated Telegram that the page looks at. */
export type WatchedWorld = Pick<World, 'bot' | 'chats' | 'people' | 'profile' | 'files' | 'events' | 'clock'>

/** Telegram's apps stop a button's spinner after about this long without an answer, ms. */
const LONGEST_SPIN = 30_000

/** Telegram's apps show what a bot does for this long after it said so, or until it writes, ms. */
const LONGEST_DOING = 5_000

const DOING: Readonly<Record<string, Words>> = serverWords.doing

const PRESENT = new Set(['creator', 'administrator', 'member'])

function buttonView(button: InlineKeyboardButton): ButtonView {
  const { text, style } = button
  const look = { text, ...(style && { style }) }
  if ('url' in button) return { ...look, url: button.url }
  if ('web_app' in button) return { ...look, webApp: button.web_app.url }
  if ('copy_text' in button) return { ...look, copy: button.copy_text.text }
  if ('disabled' in button) return { ...look, disabled: true }
  return { ...look, data: 'callback_data' in button ? button.callback_data : '' }
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

type Named = { id: number; first_name?: string }

/** What happened in a group, in one line. `from` did it, and is called `by`. */
function serviceLine(from: 'bot' | number, by: string, service: Readonly<Record<string, unknown>>): Words {
  const joined = service.new_chat_members as Named[] | undefined
  const gone = service.left_chat_member as Named | undefined
  if (joined?.every(({ id }) => id === from)) return serverWords.joined(by)
  if (joined) return serverWords.added(by, joined.map(({ first_name }) => first_name).join(', '))
  if (gone?.id === from) return serverWords.left(by)
  if (gone) return serverWords.removed(by, gone.first_name ?? '')
  if (service.migrate_from_chat_id) return serverWords.supergroup
  return serverWords.changed(by)
}

function menuView(button: Readonly<Record<string, unknown>>): MenuView {
  const app = button.type === 'web_app' ? (button.web_app as { url?: unknown } | undefined) : undefined
  return app ? { text: String(button.text), webApp: String(app.url) } : { text: 'Menu' }
}

/**
 * Shows private chats and groups of the simulated Telegram; channels, in which only the bot speaks, are left out.
 * @param now the bot's clock, epoch ms, which may be moved away from Telegram's
 */
export function telegramSource(world: WatchedWorld, now: () => number = () => world.clock.now()): ChatSource {
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
  const nameOf = (from: 'bot' | number): string =>
    from === 'bot' ? world.bot.first_name : (world.people.get(from)?.name ?? '')
  const answersView = (
    chat: Chat,
    message: ChatMessage,
    language: Language,
  ): Pick<MessageView, 'answers'> => {
    const answered = message.replyTo === undefined ? undefined : chat.message(message.replyTo)
    if (answered === undefined) return {}
    return {
      answers: {
        author: nameOf(answered.from),
        text: answered.text.split('\n')[0] || said(language)(serverWords.attachment),
      },
    }
  }
  const messageView = (chat: Chat, message: ChatMessage, language: Language): MessageView => ({
    id: message.id,
    from: message.from === 'bot' ? 'bot' : 'user',
    author: nameOf(message.from),
    text: message.text,
    entities: message.entities.map((entity): EntityView => ({ ...entity })),
    keyboard: message.keyboard?.inline_keyboard.map((row) => row.map(buttonView)) ?? [],
    silent: message.silent,
    effect: message.effect !== undefined,
    edited: message.editedAt !== undefined,
    date: message.sentAt,
    ...fileView(message),
    ...answersView(chat, message, language),
    ...(message.service && {
      service: said(language)(serviceLine(message.from, nameOf(message.from), message.service)),
    }),
  })
  const peopleOf = (chat: Chat): Person[] => {
    if (chat.person !== undefined) return [chat.person]
    const present = [...chat.members].filter(([, status]) => PRESENT.has(status))
    return present.flatMap(([id]) => world.people.get(id) ?? [])
  }
  const sourceChat = (chat: Chat, language: Language): SourceChat => ({
    id: chat.id,
    title: chat.title ?? chat.person?.name ?? String(chat.id),
    kind: chat.isGroup ? 'group' : 'private',
    people: peopleOf(chat).map(({ id, name }) => ({ id, name })),
    blocked: chat.botStatus === 'blocked',
    messages: chat.messages.map((message) => messageView(chat, message, language)),
  })
  const doing = ({ lastAction }: Chat, language: Language): DoingView | null => {
    if (lastAction === undefined) return null
    const leftMs = lastAction.at + LONGEST_DOING - world.clock.now()
    return leftMs > 0
      ? { text: said(language)(DOING[lastAction.action] ?? serverWords.doing.other), leftMs }
      : null
  }

  return {
    bot: () => ({ name: world.bot.first_name, username: world.bot.username }),
    chats: (language) =>
      [...world.chats.values()]
        .filter((chat) => chat.type !== 'channel' && chat.migratedTo === undefined)
        .map((chat) => sourceChat(chat, language)),
    surroundings: (chatId, language) => {
      const chat = find(chatId)
      const { profile } = world
      const menu = menuView({ ...(chat.menuButton ?? (chat.isGroup ? {} : profile.menuButton)) })
      const [reader] = peopleOf(chat)
      if (reader === undefined) return { description: '', commands: [], menu, doing: doing(chat, language) }
      const own = reader.languageCode ?? ''
      const description = profile.descriptions.get(own) ?? profile.descriptions.get('') ?? ''
      const standing = chat.members.get(reader.id)
      const isAdmin = standing === 'creator' || standing === 'administrator'
      const seen = profile.commandsSeenBy(reader.id, chatId, isAdmin, own)
      const commands = seen.map((one) => ({ command: one.command, description: one.description }))
      return { description, commands, menu, doing: doing(chat, language) }
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
    webApp: (_chatId, as, url) => person(as).openWebApp(url, undefined, now()),
    onChange: (listener) => world.events.listen(({ type }) => type === 'call' || listener()),
  }
}

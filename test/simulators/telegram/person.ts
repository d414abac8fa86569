import type { CallbackQuery, Update, User } from 'grammy/types'
import { apiMessage, asMember, memberUpdate } from './api-view.ts'
import { type BotStatus, Chat, type Topic } from './chat.ts'
import { type MessageEntity, tidy, withFoundEntities } from './formatting/formatted.ts'
import { findButton } from './keyboard.ts'
import type { ChatMessage } from './message.ts'
import { ButtonPress } from './press.ts'
import { webAppAddress } from './web-app.ts'
import type { World } from './world.ts'

export interface PersonDetails {
  id?: number
  firstName?: string
  lastName?: string
  username?: string
  /** Language of their Telegram; `null` for one that does not tell. Default `it`. */
  languageCode?: string | null
}

export interface SendOptions {
  /** Where to write; the private chat with the bot when left out. */
  in?: Chat
  entities?: MessageEntity[]
  replyTo?: ChatMessage
  /** The topic of a forum; General when left out. */
  topic?: Topic
}

export interface PressOptions {
  /** Presses it though the message no longer shows such a button (an old screen, a hostile client). */
  force?: boolean
  /** Telegram no longer hands the message over with the press (too old): only its chat and id. */
  inaccessible?: boolean
}

/** Somebody with Telegram, and what they can do. */
export class Person {
  readonly id: number
  readonly api: User
  readonly username: string | undefined
  readonly languageCode: string | undefined
  /** The private chat with the bot. */
  readonly chat: Chat
  isDeactivated = false
  readonly #world: World

  constructor(world: World, details: PersonDetails & { id: number }) {
    this.#world = world
    this.id = details.id
    this.username = details.username
    this.languageCode = details.languageCode === null ? undefined : (details.languageCode ?? 'it')
    this.api = {
      id: details.id,
      is_bot: false,
      first_name: details.firstName ?? `Persona ${details.id}`,
      ...(details.lastName === undefined ? {} : { last_name: details.lastName }),
      ...(details.username === undefined ? {} : { username: details.username }),
      ...(this.languageCode === undefined ? {} : { language_code: this.languageCode }),
    }
    this.chat = new Chat(this.id, 'private', { username: details.username, person: this })
  }

  get name(): string {
    return [this.api.first_name, this.api.last_name].filter(Boolean).join(' ')
  }

  /** Presses Start, with the payload of a deep link if any. */
  start(payload = ''): ChatMessage {
    return this.send(payload === '' ? '/start' : `/start ${payload}`)
  }

  /** Writes a message, as typed in the app: commands, links and mentions are found. */
  send(text: string, options: SendOptions = {}): ChatMessage {
    const formatted = withFoundEntities(tidy({ text, entities: options.entities ?? [] }))
    if (formatted.text === '') throw new Error('Telegram does not send an empty message')
    return this.#write(options, { ...formatted })
  }

  sendPhoto(bytes: Uint8Array, options: SendOptions & { caption?: string } = {}): ChatMessage {
    const file = this.#world.files.keep({ name: 'photo.jpg', mime: 'image/jpeg', bytes }, 'photo')
    return this.#write(options, { text: options.caption ?? '', entities: options.entities ?? [], file })
  }

  sendDocument(
    bytes: Uint8Array,
    options: SendOptions & { name?: string; mime?: string; caption?: string } = {},
  ): ChatMessage {
    const { name = 'file.bin', mime = 'application/octet-stream', caption = '', entities = [] } = options
    const file = this.#world.files.keep({ name, mime, bytes }, 'document')
    return this.#write(options, { text: caption, entities, file })
  }

  /** Changes the text of a message of theirs. */
  edit(message: ChatMessage, text: string): void {
    const chat = this.#chatOf(message)
    this.#world.edit(chat, message, withFoundEntities(tidy({ text, entities: [] })), message.keyboard)
    const content = apiMessage(this.#world, chat, message) as Update['edited_message']
    this.#world.tellBot('edited_message', chat, content)
  }

  /**
   * Presses a button that calls the bot back.
   * @param wanted the button's text or data, or a part of its text that only it has
   * @throws Error when the message shows no such button, or it is a link
   */
  press(message: ChatMessage, wanted: string, options: PressOptions = {}): ButtonPress {
    const chat = this.#chatOf(message)
    if (chat.person?.isDeactivated || chat.botStatus === 'blocked') {
      throw new Error(`${this.name} has blocked the bot and cannot press a button`)
    }
    const button = message.keyboard && findButton(message.keyboard, wanted)
    let data = wanted
    if (button) {
      if (!('callback_data' in button)) throw new Error(`The button "${button.text}" opens a page`)
      data = button.callback_data
    } else if (!options.force) {
      throw new Error(`No button "${wanted}" among: ${message.buttons.join(' | ') || '(none)'}`)
    }
    if (message.deletedAt !== undefined && !options.force) {
      throw new Error('The message with this button was deleted')
    }
    const world = this.#world
    const id = String(Math.floor(world.random() * 2 ** 52) + world.presses.size)
    const press = new ButtonPress(id, world.clock.now(), this.id, chat, message, data)
    world.presses.set(id, press)
    const accessible = apiMessage(world, chat, message)
    world.tellBot('callback_query', chat, {
      id,
      from: this.api,
      message: options.inaccessible ? { chat: chat.api, message_id: message.id, date: 0 } : accessible,
      chat_instance: String(chat.id * 7_919),
      data,
    } as CallbackQuery)
    return press
  }

  /**
   * The address that a web app button opens for this person, signed as Telegram signs it.
   * @param now when it was signed, epoch ms: the page refuses what its own clock finds too old or too new
   */
  openWebApp(url: string, startParameter?: string, now = this.#world.clock.now()): string {
    const { random, token } = this.#world
    return webAppAddress(url, { user: this.api, now, token, random, startParameter })
  }

  /** Blocks the bot. */
  block(): void {
    this.#changeStanding('blocked')
  }

  /** Unblocks the bot (in the app this also sends /start, which is `start()` here). */
  unblock(): void {
    this.#changeStanding('member')
  }

  /** Deletes their account: no message reaches them afterwards. */
  deactivate(): void {
    this.isDeactivated = true
  }

  #changeStanding(after: BotStatus): void {
    const { chat } = this
    const before = chat.botStatus
    chat.botStatus = after
    const { bot, clock, events } = this.#world
    const content = memberUpdate(chat, this.api, clock.now(), bot, asMember(before), asMember(after))
    this.#world.tellBot('my_chat_member', chat, content)
    events.emit({ type: 'chat', chat })
  }

  #chatOf(message: ChatMessage): Chat {
    const chat = this.#world.chats.get(message.chatId)
    if (!chat) throw new Error(`No chat ${message.chatId}`)
    return chat
  }

  #write(
    options: SendOptions,
    content: Pick<ChatMessage, 'text' | 'entities'> & { file?: ChatMessage['file'] },
  ) {
    const chat = options.in ?? this.chat
    if (this.isDeactivated) throw new Error(`${this.name} has no account any more`)
    if (chat.botStatus === 'blocked') throw new Error(`${this.name} has blocked the bot: unblock() first`)
    if (chat.botStatus === 'stranger') chat.botStatus = 'member'
    if (chat.isGroup && !chat.members.has(this.id)) chat.members.set(this.id, 'member')
    const message = this.#world.post(chat, {
      from: this.id,
      ...content,
      entities: [...content.entities],
      replyTo: options.replyTo?.id,
      threadId: options.topic?.id,
    })
    if (this.#reachesBot(chat, message)) this.#world.tellBotOfMessage(chat, message)
    return message
  }

  /** In groups a bot in privacy mode gets commands meant for it, replies to it and mentions of it; admins get all. */
  #reachesBot(chat: Chat, message: ChatMessage): boolean {
    if (!chat.isGroup) return true
    const { bot } = this.#world
    if (chat.botStatus !== 'member' && chat.botStatus !== 'administrator') return false
    const command = /^\/\w+(?:@(\w+))?/.exec(message.text)
    if (command) return command[1] === undefined || command[1].toLowerCase() === bot.username.toLowerCase()
    if (chat.botStatus === 'administrator' || bot.can_read_all_group_messages) return true
    const answered = message.replyTo === undefined ? undefined : chat.message(message.replyTo)
    return answered?.from === 'bot' || message.text.includes(`@${bot.username}`)
  }
}

import type { Chat as ApiChat } from 'grammy/types'
import type { ChatMessage } from './message.ts'
import type { Person } from './person.ts'
import { Signal, type WaitOptions, waitUntil } from './waiting.ts'

export type ChatType = 'private' | 'group' | 'supergroup' | 'channel'

/** A member's status in a chat, in Telegram's terms. */
export type MemberStatus = 'creator' | 'administrator' | 'member' | 'left' | 'kicked'

/**
 * Where the bot stands: `stranger` in a private chat that never wrote to it, `blocked` in one that blocked it; in
 * groups and channels as any member.
 */
export type BotStatus = 'stranger' | 'blocked' | 'administrator' | 'member' | 'left' | 'kicked'

/** What a message must be to be waited for: contain a text, match a pattern, or pass a test. */
export type MessageTest = string | RegExp | ((message: ChatMessage) => boolean)

export interface ChatWaitOptions extends WaitOptions {
  /** Only messages sent after this one, or edited after it was sent. */
  after?: ChatMessage
}

function passes(test: MessageTest, message: ChatMessage): boolean {
  if (typeof test === 'string') return message.text.includes(test)
  return test instanceof RegExp ? test.test(message.text) : test(message)
}

/** A topic of a forum. Its id is that of the message that created it. */
export interface Topic {
  readonly id: number
  readonly name: string
  closed: boolean
  deleted: boolean
}

/** One chat as the server keeps it, and what a test can ask about it. */
export class Chat {
  readonly id: number
  readonly type: ChatType
  readonly title: string | undefined
  readonly username: string | undefined
  /** The other side of a private chat. */
  readonly person: Person | undefined
  /** Where people stand in a group or channel, by user id. */
  readonly members = new Map<number, MemberStatus>()
  botStatus: BotStatus
  /** The supergroup that this group became. */
  migratedTo: number | undefined = undefined
  /** The topics of a forum; undefined in a chat without topics. */
  topics: Map<number, Topic> | undefined = undefined
  /** Whether the General topic of a forum is closed. */
  generalClosed = false
  lastMessageId = 0
  /** What the bot last said it was doing (`sendChatAction`), with the time (epoch ms). */
  lastAction: { action: string; at: number } | undefined = undefined
  /** Buttons that the bot set with `setChatMenuButton` for this chat. */
  menuButton: Record<string, unknown> | undefined = undefined
  readonly #messages = new Map<number, ChatMessage>()
  #changed: Signal<ChatMessage> | undefined

  constructor(
    id: number,
    type: ChatType,
    about: { title?: string | undefined; username?: string | undefined; person?: Person },
  ) {
    this.id = id
    this.type = type
    this.title = about.title
    this.username = about.username
    this.person = about.person
    this.botStatus = type === 'private' ? 'stranger' : 'left'
  }

  get isGroup(): boolean {
    return this.type !== 'private'
  }

  /** As the API shows it in messages. */
  get api(): ApiChat {
    const username = this.username === undefined ? {} : { username: this.username }
    if (this.type === 'private') {
      const { first_name, last_name } = this.person?.api ?? { first_name: '' }
      return {
        id: this.id,
        type: 'private',
        first_name,
        ...(last_name === undefined ? {} : { last_name }),
        ...username,
      } as ApiChat
    }
    const forum = this.topics ? { is_forum: true } : {}
    return { id: this.id, type: this.type, title: this.title ?? '', ...username, ...forum } as ApiChat
  }

  /** Every message ever, oldest first, deleted ones included. */
  get allMessages(): ChatMessage[] {
    return [...this.#messages.values()]
  }

  /** What can be seen now, oldest first. */
  get messages(): ChatMessage[] {
    return this.allMessages.filter((message) => message.deletedAt === undefined)
  }

  /** What the bot wrote and can be seen now, oldest first. */
  get fromBot(): ChatMessage[] {
    return this.messages.filter((message) => message.from === 'bot' && message.service === undefined)
  }

  /** The last message of the bot that can be seen. */
  get last(): ChatMessage | undefined {
    return this.fromBot.at(-1)
  }

  message(id: number): ChatMessage | undefined {
    return this.#messages.get(id)
  }

  keep(message: ChatMessage): void {
    this.#messages.set(message.id, message)
  }

  /** Tells who waits that a message came, changed or went. */
  touch(message: ChatMessage): void {
    this.#changed?.emit(message)
  }

  /**
   * The last visible message of the bot that passes the test: one that is there, or else the first to come (or to be
   * edited into passing).
   * @throws Error (rejects) with what was there instead, when time is up
   */
  waitFor(test: MessageTest, options: ChatWaitOptions = {}): Promise<ChatMessage> {
    const { after } = options
    return this.waitUntil(
      () =>
        this.fromBot.findLast(
          (message) =>
            (after === undefined || message.id > after.id || (message.editedAt ?? 0) > after.sentAt) &&
            passes(test, message),
        ),
      { what: String(test), ...options },
    )
  }

  /** Resolves with the first true or defined result of `look`, tried now and at each change in this chat. */
  waitUntil<Result>(
    look: () => Result | undefined | false,
    options: WaitOptions & { what?: string } = {},
  ): Promise<Result> {
    this.#changed ??= new Signal()
    return waitUntil(
      this.#changed,
      look,
      () => {
        const seen = this.messages.slice(-5).map(({ from, text }) => `${from}: ${JSON.stringify(text)}`)
        return `${options.what ?? 'nothing fitting'} in chat ${this.id}; last seen:\n${seen.join('\n') || '(nothing)'}`
      },
      options,
    )
  }
}

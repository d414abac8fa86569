import { EventEmitter } from 'node:events'
import type { BotCommand } from 'grammy/types'
import type { CallbackAnswer, Change, LedgerEntry, SimChat, SimDocument, SimMessage } from './types.ts'

/** Everything that Telegram knows: chats, messages, files, commands. Changes are announced. */
export class World {
  readonly chats = new Map<number, SimChat>()
  readonly files = new Map<string, { bytes: Uint8Array; document: SimDocument }>()
  readonly ledger: LedgerEntry[] = []
  readonly commands = new Map<string, BotCommand[]>()
  readonly callbacks = new Map<
    string,
    { userId: number; chatId: number; messageId: number; answer?: CallbackAnswer }
  >()
  /** Refusals, by error code. */
  readonly refusals = new Map<number, number>()
  menuButton: unknown = { type: 'commands' }
  /** Keep the messages of chats; without it only the ledger grows. */
  keepMessages = true
  readonly #events = new EventEmitter().setMaxListeners(0)
  #nextMessage = 1
  #nextFile = 1

  onChange(listener: (change: Change) => void): () => void {
    this.#events.on('change', listener)
    return () => this.#events.off('change', listener)
  }

  changed(change: Change): void {
    this.#events.emit('change', change)
  }

  chat(id: number): SimChat {
    const chat = this.chats.get(id)
    if (!chat) throw new Error(`The simulated Telegram has no chat ${id}`)
    return chat
  }

  addChat(chat: Omit<SimChat, 'messages'>): SimChat {
    const added: SimChat = { ...chat, messages: [] }
    this.chats.set(chat.id, added)
    this.changed({ chatId: chat.id })
    return added
  }

  addMessage(chat: SimChat, message: Omit<SimMessage, 'id' | 'chatId' | 'history' | 'deleted'>): SimMessage {
    const added: SimMessage = {
      ...message,
      id: this.#nextMessage++,
      chatId: chat.id,
      history: [],
      deleted: false,
    }
    if (this.keepMessages) chat.messages.push(added)
    this.changed({ chatId: chat.id })
    return added
  }

  addFile(bytes: Uint8Array, name: string, mime: string): SimDocument {
    const document = { fileId: `file-${this.#nextFile++}`, name, mime, size: bytes.length }
    this.files.set(document.fileId, { bytes, document })
    return document
  }

  findMessage(chatId: number, messageId: number): SimMessage | undefined {
    const message = this.chats.get(chatId)?.messages.find((each) => each.id === messageId)
    return message?.deleted ? undefined : message
  }

  countRefusal(code: number): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
  }
}

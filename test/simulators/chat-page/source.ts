import type { Language } from './language.ts'
import type { MessageView, OpenChatView, PersonView, PressView } from './wire.ts'

/** A chat as the page needs it; messages in the order they were sent, without deleted ones. */
export type SourceChat = {
  id: number
  title: string
  kind: 'private' | 'group'
  people: PersonView[]
  blocked: boolean
  messages: MessageView[]
}

/** What the page needs of a Telegram: chats to show, and people to act as. */
export type ChatSource = {
  bot(): { name: string; username: string }
  chats(language: Language): SourceChat[]
  /** What the bot offers and does in this chat, as the person who looks sees it. */
  surroundings(
    chatId: number,
    language: Language,
  ): Pick<OpenChatView, 'description' | 'commands' | 'menu' | 'doing'>
  send(chatId: number, as: number, text: string): Promise<void>
  sendPhoto(chatId: number, as: number, bytes: Uint8Array, name: string): Promise<void>
  /** Resolves when the bot has answered the press, or has let the time for it pass. */
  press(chatId: number, as: number, messageId: number, data: string): Promise<PressView>
  setBlocked(chatId: number, blocked: boolean): Promise<void>
  /** A file that a message of this chat carries, by the id in its `href`. */
  file(chatId: number, fileId: string): { bytes: Uint8Array; name: string; type: string } | undefined
  /** The address that a web app button opens for this person, with signed launch data after the `#`. */
  webApp(chatId: number, as: number, url: string): string
  /** Calls back after any chat changed; returns how to stop. */
  onChange(listener: () => void): () => void
}

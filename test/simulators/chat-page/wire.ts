/** What the page's server tells the browser, as JSON. Times are milliseconds since the epoch. */

export type EntityView = {
  type: string
  /** In UTF-16 units, as Telegram counts. */
  offset: number
  length: number
  url?: string
  language?: string
}

/** A button under a message does one thing: calls the bot back, opens a page or a Mini App, copies a text, or nothing. */
export type ButtonView = {
  text: string
  data?: string
  url?: string
  webApp?: string
  copy?: string
  disabled?: true
  style?: 'danger' | 'success' | 'primary'
}

export type MessageView = {
  id: number
  from: 'bot' | 'user'
  /** Who wrote it; shown in groups. */
  author: string
  text: string
  entities: EntityView[]
  keyboard: ButtonView[][]
  /** Delivered without a sound. */
  silent: boolean
  /** It arrives with an animation. */
  effect: boolean
  edited: boolean
  date: number
  /** The message that this one answers. */
  answers?: { author: string; text: string }
  /** What happened in a group, in one line: a message that nobody wrote. */
  service?: string
  document?: { name: string; bytes: number; href: string }
  photo?: { name: string; href: string }
}

export type PersonView = { id: number; name: string }

export type ChatView = {
  id: number
  title: string
  kind: 'private' | 'group'
  /** Who can write here: the owner of a private chat, the members of a group. */
  people: PersonView[]
  blocked: boolean
  /** The last message in one line; empty when nothing was written yet. */
  preview: string
  lastDate: number
  /** The bot's unread messages in this chat. */
  unread: number
}

export type CommandView = { command: string; description: string }

/** The button next to the message box: opens a Mini App, or (without one) lists the commands. */
export type MenuView = { text: string; webApp?: string }

/** What the bot says that it is doing ("sta scrivendo…"), and for how many more milliseconds. */
export type DoingView = { text: string; leftMs: number }

export type OpenChatView = {
  id: number
  /** What the bot says about itself on an empty chat; empty when it says nothing. */
  description: string
  commands: CommandView[]
  menu: MenuView
  doing: DoingView | null
  messages: MessageView[]
}

export type StateView = {
  bot: { name: string; username: string }
  chats: ChatView[]
  /** The chat that was asked for, or null when there is no such chat. */
  open: OpenChatView | null
}

/** What a pressed button led to: the bot's toast, alert or link; all absent when it only stopped the spinner. */
export type PressView = { text?: string; alert?: boolean; url?: string }

export type FieldView = {
  name: string
  label: string
  type: 'text' | 'number' | 'date' | 'time' | 'select'
  options?: { value: string; label: string }[]
  value?: string
}

export type SectionView = {
  title: string
  actions: { id: string; label: string; hint?: string; fields?: FieldView[] }[]
}

export type TableView = { title: string; columns: string[]; rows: (string | number)[][] }

/** The result of an action of the side panel; `copy` is a text to be sent on. */
export type ActionView = { ok: boolean; text: string; copy?: string }

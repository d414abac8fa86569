/** Telegram as a test sees it from inside the Worker: every call is recorded and answered, or refused on demand. */
export class RecordedTelegram {
  readonly calls: { method: string; payload: Record<string, unknown> }[] = []
  /** Answers a call instead of the usual success: the body of Telegram's error, or a thrown network failure. */
  refuse: (method: string, payload: Record<string, unknown>) => object | undefined = () => undefined
  /** What getMe answers. */
  username = 'SportelloBot'
  /** Members with the status that getChatMember gives; anyone else is a plain member. */
  readonly standing = new Map<number, string>()
  private lastMessageId = 1000
  /** Files that people sent, by id. */
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>()
  /** Messages as they stand in the chats, by chat and id. */
  readonly messages = new Map<string, ShownMessage>()

  /** Stands in for the global fetch. */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    const method = pathname.split('/').at(-1) ?? ''
    if (pathname.startsWith('/file/bot')) return new Response(this.files.get(method) ?? null)
    const payload = (request.headers.get('content-type') ?? '').includes('json')
      ? ((await request.json()) as Record<string, unknown>)
      : { upload: new TextDecoder().decode(await request.arrayBuffer()) }
    this.calls.push({ method, payload })
    const refusal = this.refuse(method, payload)
    if (refusal) return Response.json({ ok: false, ...refusal }, { status: 400 })
    return Response.json({ ok: true, result: this.result(method, payload) })
  }

  private result(method: string, payload: Record<string, unknown>): unknown {
    if (method === 'getMe')
      return { id: 1_234_567_890, is_bot: true, first_name: 'S', username: this.username }
    if (method === 'getFile') return { file_id: payload.file_id, file_path: `photos/${payload.file_id}` }
    if (method === 'getChatMember') {
      return { status: this.standing.get(Number(payload.user_id)) ?? 'member', user: { id: payload.user_id } }
    }
    if (method !== 'sendMessage' && method !== 'editMessageText') return true
    const id = method === 'sendMessage' ? ++this.lastMessageId : Number(payload.message_id)
    const markup = payload.reply_markup as { inline_keyboard?: ShownButton[][] } | undefined
    const shown = {
      id,
      chatId: Number(payload.chat_id),
      text: String(payload.text),
      buttons: (markup?.inline_keyboard ?? []).flat(),
      columns: Math.max(0, ...(markup?.inline_keyboard ?? []).map((row) => row.length)),
    }
    this.messages.set(`${shown.chatId}:${id}`, shown)
    return { message_id: id, chat: { id: shown.chatId, type: 'private' }, date: 1, text: shown.text }
  }

  /** How often a method was called. */
  count = (method: string): number => this.calls.filter((call) => call.method === method).length
}

export interface ShownButton {
  text: string
  callback_data?: string
  url?: string
}

export interface ShownMessage {
  id: number
  chatId: number
  text: string
  buttons: ShownButton[]
  columns: number
}

let lastUpdateId = 1

/** A new id for an update that no other test uses. */
export const nextUpdateId = (): number => ++lastUpdateId

/** Somebody who talks to the bot in one chat. */
export class Person {
  readonly telegram: RecordedTelegram
  readonly chat: { id: number; type: string }
  private readonly from: { id: number; is_bot: boolean; first_name: string; language_code?: string }
  private readonly deliver: (update: object) => Promise<Response>

  constructor(
    telegram: RecordedTelegram,
    deliver: (update: object) => Promise<Response>,
    chat: { id: number; type: string },
    userId = chat.id,
  ) {
    this.telegram = telegram
    this.deliver = deliver
    this.chat = chat
    this.from = { id: userId, is_bot: false, first_name: 'Ada' }
  }

  /** The newest message in the chat. */
  get shown(): ShownMessage {
    const mine = [...this.telegram.messages.values()].filter((message) => message.chatId === this.chat.id)
    const last = mine.at(-1)
    if (!last) throw new Error('the bot has not said anything')
    return last
  }

  /** How many messages the bot has in the chat. */
  get messageCount(): number {
    return [...this.telegram.messages.values()].filter((message) => message.chatId === this.chat.id).length
  }

  /** Labels of the buttons under the newest message. */
  get labels(): string[] {
    return this.shown.buttons.map((button) => button.text)
  }

  async types(text: string, extra: object = {}): Promise<ShownMessage> {
    await this.sends({ message: this.message({ text, ...extra }) })
    return this.shown
  }

  /** Presses the first button whose label holds `label`, under the newest message or the given one. */
  async presses(label: string, on: ShownMessage = this.shown): Promise<ShownMessage> {
    const button = on.buttons.find((one) => one.text.includes(label))
    if (!button?.callback_data) throw new Error(`no button «${label}» among ${on.buttons.map((b) => b.text)}`)
    await this.pressesData(button.callback_data, on.id)
    return this.shown
  }

  pressesData(data: string, messageId = this.shown.id): Promise<Response> {
    return this.sends({
      callback_query: {
        id: String(nextUpdateId()),
        from: this.from,
        chat_instance: '1',
        data,
        message: { message_id: messageId, chat: this.chat, date: 1, text: 'x' },
      },
    })
  }

  message(content: object): object {
    return { message_id: nextUpdateId(), date: 1, chat: this.chat, from: this.from, ...content }
  }

  async sends(update: object): Promise<Response> {
    const response = await this.deliver({ update_id: nextUpdateId(), ...update })
    if (response.status !== 200) throw new Error(`the webhook answered ${response.status}`)
    return response
  }
}

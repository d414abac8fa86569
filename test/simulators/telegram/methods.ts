import type { InlineKeyboardButton, MessageEntity } from 'grammy/types'
import { ParseError, parseHtml } from './parse-mode.ts'
import type { SimChat, SimMessage } from './types.ts'
import type { World } from './world.ts'

/** An answer of the Bot API that is no success. */
export class ApiError extends Error {
  readonly code: number
  readonly parameters: object | undefined
  constructor(code: number, description: string, parameters?: object) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

const badRequest = (text: string) => new ApiError(400, `Bad Request: ${text}`)

/** A call's parameters: JSON values, or text where they came as a form. Files stand under their field's name. */
export type Parameters = Record<string, unknown>

export interface MethodContext {
  world: World
  now: number
  bot: { id: number; is_bot: true; first_name: string; username: string }
  webhook: Webhook
}

/** What setWebhook set. */
export interface Webhook {
  url: string
  secret: string
  allowedUpdates: string[] | undefined
  maxConnections: number
  lastErrorDate?: number
  lastErrorMessage?: string
}

const MAX_TEXT = 4_096
const MAX_CAPTION = 1_024

/** A parameter that may have come as JSON text. */
function json<Value>(value: unknown): Value | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') return value as Value
  try {
    return JSON.parse(value) as Value
  } catch {
    throw badRequest("can't parse JSON object")
  }
}

const flag = (value: unknown) => value === true || value === 'true'

function chatOf({ world }: MethodContext, parameters: Parameters): SimChat {
  const id = Number(parameters.chat_id)
  if (parameters.chat_id === undefined || parameters.chat_id === '') throw badRequest('chat_id is empty')
  const chat = world.chats.get(id)
  if (!chat) throw badRequest('chat not found')
  if (chat.migratedTo !== undefined) {
    throw new ApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo,
    })
  }
  if (chat.refuses === 'blocked') throw new ApiError(403, 'Forbidden: bot was blocked by the user')
  if (chat.refuses === 'deactivated') throw new ApiError(403, 'Forbidden: user is deactivated')
  if (chat.refuses === 'kicked') throw new ApiError(403, 'Forbidden: bot was kicked from the group chat')
  return chat
}

function textOf(parameters: Parameters, field: 'text' | 'caption', max: number) {
  const raw = String(parameters[field] ?? '')
  let text = raw
  let entities = json<MessageEntity[]>(parameters[field === 'text' ? 'entities' : 'caption_entities']) ?? []
  if (String(parameters.parse_mode ?? '').toUpperCase() === 'HTML') {
    try {
      ;({ text, entities } = parseHtml(raw))
    } catch (error) {
      if (error instanceof ParseError) throw badRequest(`can't parse entities: ${error.message}`)
      throw error
    }
  }
  if (field === 'text' && text.trim() === '') throw badRequest('message text is empty')
  if (text.length > max)
    throw badRequest(field === 'text' ? 'message is too long' : 'message caption is too long')
  for (const { offset, length } of entities) {
    if (offset < 0 || length <= 0 || offset + length > text.length)
      throw badRequest('entity begins in a wrong place')
  }
  return { text, entities }
}

function keyboardOf(parameters: Parameters): InlineKeyboardButton[][] {
  const markup = json<{ inline_keyboard?: InlineKeyboardButton[][] }>(parameters.reply_markup)
  const keyboard = markup?.inline_keyboard ?? []
  for (const button of keyboard.flat()) {
    if (!button.text)
      throw badRequest(
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
      )
    if ('callback_data' in button) {
      const bytes = new TextEncoder().encode(button.callback_data).length
      if (bytes < 1 || bytes > 64) throw badRequest('BUTTON_DATA_INVALID')
    } else if ('url' in button) {
      if (!/^(https?|tg):\/\/\S+$/.test(button.url))
        throw badRequest(`inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`)
    } else if (!('web_app' in button) && !('copy_text' in button)) {
      throw badRequest(
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
      )
    }
  }
  return keyboard
}

/** A message as the Bot API shows it. */
export function apiMessage(context: Pick<MethodContext, 'bot' | 'world'>, message: SimMessage): object {
  const chat = context.world.chat(message.chatId)
  return {
    message_id: message.id,
    date: Math.floor(message.date / 1_000),
    chat: apiChat(chat),
    from:
      message.from === 'bot' ? context.bot : apiUser(context.world.chat(message.userId ?? message.chatId)),
    ...(message.text !== '' && { text: message.text }),
    ...(message.entities.length > 0 && { entities: message.entities }),
    ...(message.editedAt && { edit_date: Math.floor(message.editedAt / 1_000) }),
    ...(message.keyboard.length > 0 && { reply_markup: { inline_keyboard: message.keyboard } }),
    ...(message.document && {
      document: {
        file_id: message.document.fileId,
        file_unique_id: message.document.fileId,
        file_name: message.document.name,
      },
    }),
    ...(message.photo && {
      photo: [
        { file_id: message.photo.fileId, file_unique_id: message.photo.fileId, width: 800, height: 800 },
      ],
    }),
  }
}

export const apiChat = ({ id, type, title, first_name, username }: SimChat) => ({
  id,
  type,
  ...(title !== undefined && { title }),
  ...(first_name !== undefined && { first_name }),
  ...(username !== undefined && { username }),
})

export const apiUser = ({ id, first_name, username, language_code }: SimChat) => ({
  id,
  is_bot: false,
  first_name: first_name ?? '',
  ...(username !== undefined && { username }),
  ...(language_code !== undefined && { language_code }),
})

function send(
  context: MethodContext,
  parameters: Parameters,
  extra: Partial<SimMessage> & { text: string; entities: MessageEntity[] },
) {
  const chat = chatOf(context, parameters)
  const keyboard = keyboardOf(parameters)
  const message = context.world.addMessage(chat, {
    from: 'bot',
    keyboard,
    silent: flag(parameters.disable_notification),
    date: context.now,
    ...extra,
  })
  return { message, result: apiMessage(context, message) }
}

function edited(context: MethodContext, parameters: Parameters): SimMessage {
  chatOf(context, parameters)
  const message = context.world.findMessage(Number(parameters.chat_id), Number(parameters.message_id))
  if (!message) throw badRequest('message to edit not found')
  if (message.from !== 'bot') throw badRequest("message can't be edited")
  return message
}

/** What a call made or changed, for the ledger, and what it answers. */
export interface MethodResult {
  result: unknown
  message?: SimMessage
}

type Method = (context: MethodContext, parameters: Parameters) => MethodResult

const file = (parameters: Parameters, field: string) =>
  parameters[field] as { bytes: Uint8Array; name: string; mime: string }

const administrator = (context: MethodContext, id: number) => ({
  user: context.world.chats.get(id) ? apiUser(context.world.chat(id)) : context.bot,
  status: 'administrator',
})

/** The Bot API's methods, as far as the bot could use them. getUpdates is the server's own. */
export const methods: Record<string, Method> = {
  getMe: ({ bot }) => ({
    result: {
      ...bot,
      can_join_groups: true,
      can_read_all_group_messages: false,
      supports_inline_queries: false,
    },
  }),
  sendMessage: (context, parameters) => send(context, parameters, textOf(parameters, 'text', MAX_TEXT)),
  sendDocument(context, parameters) {
    const { bytes, name, mime } = file(parameters, 'document')
    return send(context, parameters, {
      ...textOf(parameters, 'caption', MAX_CAPTION),
      document: context.world.addFile(bytes, name, mime),
    })
  },
  sendPhoto(context, parameters) {
    const { bytes, name, mime } = file(parameters, 'photo')
    return send(context, parameters, {
      ...textOf(parameters, 'caption', MAX_CAPTION),
      photo: context.world.addFile(bytes, name, mime),
    })
  },
  editMessageText(context, parameters) {
    const message = edited(context, parameters)
    const { text, entities } = textOf(parameters, 'text', MAX_TEXT)
    const keyboard = keyboardOf(parameters)
    const same =
      JSON.stringify([message.text, message.entities, message.keyboard]) ===
      JSON.stringify([text, entities, keyboard])
    if (same)
      throw badRequest(
        'message is not modified: specified new message content and reply markup are exactly the same',
      )
    message.history.push(message.text)
    Object.assign(message, { text, entities, keyboard, editedAt: context.now })
    context.world.changed({ chatId: message.chatId })
    return { message, result: apiMessage(context, message) }
  },
  editMessageReplyMarkup(context, parameters) {
    const message = edited(context, parameters)
    const keyboard = keyboardOf(parameters)
    if (JSON.stringify(message.keyboard) === JSON.stringify(keyboard))
      throw badRequest('message is not modified')
    Object.assign(message, { keyboard, editedAt: context.now })
    context.world.changed({ chatId: message.chatId })
    return { message, result: apiMessage(context, message) }
  },
  deleteMessage(context, parameters) {
    chatOf(context, parameters)
    const message = context.world.findMessage(Number(parameters.chat_id), Number(parameters.message_id))
    if (!message) throw badRequest('message to delete not found')
    message.deleted = true
    context.world.changed({ chatId: message.chatId })
    return { result: true }
  },
  answerCallbackQuery({ world }, parameters) {
    const id = String(parameters.callback_query_id)
    const callback = world.callbacks.get(id)
    if (!callback || callback.answer)
      throw badRequest('query is too old and response timeout expired or query ID is invalid')
    callback.answer = {
      ...(parameters.text !== undefined && { text: String(parameters.text) }),
      showAlert: flag(parameters.show_alert),
    }
    world.changed({ callback: id, answer: callback.answer, userId: callback.userId })
    return { result: true }
  },
  setWebhook({ webhook }, parameters) {
    Object.assign(webhook, {
      url: String(parameters.url ?? ''),
      secret: String(parameters.secret_token ?? ''),
      allowedUpdates: json<string[]>(parameters.allowed_updates),
      maxConnections: Number(parameters.max_connections ?? 40),
    })
    return { result: true }
  },
  deleteWebhook({ webhook }) {
    webhook.url = ''
    return { result: true }
  },
  getWebhookInfo: ({ webhook }) => ({
    result: {
      url: webhook.url,
      has_custom_certificate: false,
      pending_update_count: 0,
      max_connections: webhook.maxConnections,
      ...(webhook.allowedUpdates && { allowed_updates: webhook.allowedUpdates }),
      ...(webhook.lastErrorDate && {
        last_error_date: webhook.lastErrorDate,
        last_error_message: webhook.lastErrorMessage,
      }),
    },
  }),
  setMyCommands({ world }, parameters) {
    world.commands.set(String(parameters.language_code ?? ''), json(parameters.commands) ?? [])
    return { result: true }
  },
  getMyCommands: ({ world }, parameters) => ({
    result: world.commands.get(String(parameters.language_code ?? '')) ?? [],
  }),
  deleteMyCommands({ world }, parameters) {
    world.commands.delete(String(parameters.language_code ?? ''))
    return { result: true }
  },
  setMyName: () => ({ result: true }),
  setMyDescription: () => ({ result: true }),
  setMyShortDescription: () => ({ result: true }),
  setChatMenuButton({ world }, parameters) {
    world.menuButton = json(parameters.menu_button) ?? { type: 'commands' }
    return { result: true }
  },
  sendChatAction(context, parameters) {
    chatOf(context, parameters)
    return { result: true }
  },
  getChat: (context, parameters) => ({ result: apiChat(chatOf(context, parameters)) }),
  getChatAdministrators: (context, parameters) => ({
    result: chatOf(context, parameters).admins.map((id) => administrator(context, id)),
  }),
  getChatMember(context, parameters) {
    const chat = chatOf(context, parameters)
    const id = Number(parameters.user_id)
    const status = chat.admins.includes(id) ? 'administrator' : 'member'
    return { result: { ...administrator(context, id), status } }
  },
  leaveChat(context, parameters) {
    chatOf(context, parameters).refuses = 'kicked'
    return { result: true }
  },
  getFile({ world }, parameters) {
    const found = world.files.get(String(parameters.file_id))
    if (!found) throw badRequest('wrong file_id or the file is temporarily unavailable')
    const { fileId, size } = found.document
    return {
      result: { file_id: fileId, file_unique_id: fileId, file_size: size, file_path: `documents/${fileId}` },
    }
  },
}

/** Methods that count against the limits on sending. */
export const LIMITED = new Set([
  'sendMessage',
  'sendDocument',
  'sendPhoto',
  'editMessageText',
  'editMessageReplyMarkup',
])

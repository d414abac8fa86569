import { badRequest } from '../api-error.ts'
import { apiMessage } from '../api-view.ts'
import type { Chat } from '../chat.ts'
import { readFormatted } from '../formatting/read.ts'
import { type InlineKeyboardMarkup, readMarkup } from '../keyboard.ts'
import { type ChatMessage, sameJson } from '../message.ts'
import { type Call, type Method, record, writableChat } from './call.ts'

const MOST_DELETED = 100
/** After two days a message can no longer be deleted by the bot. */
const DELETABLE_MS = 48 * 3_600_000

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message'

function existing(chat: Chat, id: number | undefined, missing: string): ChatMessage {
  const message = id === undefined ? undefined : chat.message(id)
  if (!message || message.deletedAt !== undefined || message.service) throw badRequest(missing)
  return message
}

function editable(call: Call, chat: Chat): ChatMessage {
  if (!call.parameters.has('message_id')) throw badRequest('message identifier is not specified')
  const message = existing(chat, call.parameters.integer('message_id'), 'message to edit not found')
  if (message.from !== 'bot') throw badRequest("message can't be edited")
  return message
}

const markupOf = ({ parameters }: Call, chat: Chat): InlineKeyboardMarkup | undefined =>
  readMarkup(parameters.json('reply_markup', 'reply keyboard markup JSON object'), !chat.isGroup).inline

/** Without kept messages nothing can be compared: the change of anything ever sent is accepted. */
function acceptBlindly(call: Call, chat: Chat, kind: 'edited' | 'deleted'): true {
  const id = call.parameters.integer('message_id') ?? 0
  if (id < 1 || id > chat.lastMessageId) {
    throw badRequest(`message to ${kind === 'edited' ? 'edit' : 'delete'} not found`)
  }
  const text = call.parameters.text('text')
  call.entries.push(call.world.record(kind, call.method, chat.id, { id, text, silent: false }))
  return true
}

function editContent(call: Call, field: 'text' | 'caption') {
  const chat = writableChat(call)
  const content = readFormatted(call.parameters, field)
  if (field === 'text' && content.text === '') throw badRequest('message text is empty')
  const keyboard = markupOf(call, chat)
  if (!call.world.keepMessages) return acceptBlindly(call, chat, 'edited')
  const message = editable(call, chat)
  if (field === 'text' && message.file) throw badRequest('there is no text in the message to edit')
  if (field === 'caption' && !message.file) throw badRequest('there is no caption in the message to edit')
  const same = message.text === content.text && sameJson(message.entities, content.entities)
  if (same && sameJson(message.keyboard, keyboard)) throw badRequest(NOT_MODIFIED)
  call.world.edit(chat, message, content, keyboard)
  record(call, 'edited', chat, message)
  return apiMessage(call.world, chat, message)
}

function editMessageReplyMarkup(call: Call) {
  const chat = writableChat(call)
  const keyboard = markupOf(call, chat)
  if (!call.world.keepMessages) return acceptBlindly(call, chat, 'edited')
  const message = editable(call, chat)
  if (sameJson(message.keyboard, keyboard)) throw badRequest(NOT_MODIFIED)
  call.world.edit(chat, message, { text: message.text, entities: [...message.entities] }, keyboard)
  record(call, 'edited', chat, message)
  return apiMessage(call.world, chat, message)
}

/** In a group others' messages are for administrators; in a private chat a bot may delete both sides'. */
function mayDelete(call: Call, chat: Chat, message: ChatMessage): boolean {
  if (call.world.clock.now() - message.sentAt > DELETABLE_MS) return false
  return message.from === 'bot' || !chat.isGroup || chat.botStatus === 'administrator'
}

function remove(call: Call, chat: Chat, message: ChatMessage): void {
  call.world.remove(chat, message)
  record(call, 'deleted', chat, message)
}

function deleteMessage(call: Call) {
  const chat = writableChat(call)
  if (!call.parameters.has('message_id')) throw badRequest('message identifier is not specified')
  if (!call.world.keepMessages) return acceptBlindly(call, chat, 'deleted')
  const message = existing(chat, call.parameters.integer('message_id'), 'message to delete not found')
  if (!mayDelete(call, chat, message)) throw badRequest("message can't be deleted")
  remove(call, chat, message)
  return true
}

/** Those that cannot be found or deleted are passed over, as Telegram does. */
function deleteMessages(call: Call) {
  const chat = writableChat(call)
  const ids = call.parameters.json('message_ids', 'message identifiers')
  if (!Array.isArray(ids) || ids.length === 0) throw badRequest('message identifiers are not specified')
  if (ids.length > MOST_DELETED) throw badRequest('too many message identifiers specified')
  for (const id of ids) {
    const message = chat.message(Number(id))
    if (message && message.deletedAt === undefined && mayDelete(call, chat, message))
      remove(call, chat, message)
  }
  return true
}

export const changing: Record<string, Method> = {
  editMessageText: { run: (call) => editContent(call, 'text'), isLimited: true },
  editMessageCaption: { run: (call) => editContent(call, 'caption'), isLimited: true },
  editMessageReplyMarkup: { run: editMessageReplyMarkup, isLimited: true },
  deleteMessage: { run: deleteMessage },
  deleteMessages: { run: deleteMessages },
}

import { badRequest } from '../api-error.ts'
import { apiMessage } from '../api-view.ts'
import type { Chat } from '../chat.ts'
import type { Formatted } from '../formatting/formatted.ts'
import { readFormatted } from '../formatting/read.ts'
import { readMarkup } from '../keyboard.ts'
import type { StoredFile } from '../message.ts'
import { type Call, type Method, record, topicOf, writableChat } from './call.ts'

/** 50 MB for a document, 10 MB for a photo, in bytes. */
const LARGEST = { document: 50 * 1024 * 1024, photo: 10 * 1024 * 1024 }

const ACTIONS = new Set([
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
])

function answeredMessage({ parameters }: Call, chat: Chat): number | undefined {
  const given = parameters.json('reply_parameters', 'reply parameters')
  const about = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
  const id = Number(about.message_id ?? parameters.integer('reply_to_message_id') ?? 0)
  if (id === 0) return undefined
  const message = chat.message(id)
  if (message && message.deletedAt === undefined) return id
  if (about.allow_sending_without_reply === true || parameters.flag('allow_sending_without_reply'))
    return undefined
  throw badRequest('message to be replied not found')
}

/** The effects that every person can send, by Telegram's ids: fire, thumbs up and down, heart, confetti, poo. */
const EFFECTS = new Set([
  '5104841245755180586',
  '5107584321108051014',
  '5104858069142078462',
  '5159385139981059251',
  '5046509860389126442',
  '5046589136895476101',
])

/** The message's effect; undefined: none. @throws ApiError when it is unknown, or outside a private chat */
function effectOf({ parameters }: Call, chat: Chat): string | undefined {
  if (!parameters.has('message_effect_id')) return undefined
  const effect = parameters.text('message_effect_id')
  if (chat.isGroup || !EFFECTS.has(effect)) throw badRequest('EFFECT_ID_INVALID')
  return effect
}

function post(call: Call, chat: Chat, content: Formatted, file?: StoredFile) {
  const { parameters, world } = call
  const threadId = topicOf(call, chat)
  const markup = readMarkup(
    parameters.json('reply_markup', 'reply keyboard markup JSON object'),
    !chat.isGroup,
  )
  const message = world.post(chat, {
    from: 'bot',
    ...content,
    keyboard: markup.inline,
    otherMarkup: markup.other,
    silent: parameters.flag('disable_notification'),
    effect: effectOf(call, chat),
    replyTo: answeredMessage(call, chat),
    threadId,
    file,
  })
  chat.lastAction = undefined
  record(call, 'sent', chat, message)
  return apiMessage(world, chat, message)
}

function sendMessage(call: Call) {
  const chat = writableChat(call)
  call.parameters.json('link_preview_options', 'link preview options JSON object')
  const content = readFormatted(call.parameters, 'text')
  if (content.text === '') throw badRequest('message text is empty')
  return post(call, chat, content)
}

function sendFile(call: Call, kind: 'document' | 'photo') {
  const chat = writableChat(call)
  const { parameters, world } = call
  const caption = readFormatted(parameters, 'caption')
  const upload = parameters.file(kind)
  if (upload) {
    if (upload.bytes.length === 0) throw badRequest('file must be non-empty')
    if (upload.bytes.length > LARGEST[kind]) throw badRequest('file is too big')
    return post(call, chat, caption, world.files.keep(upload, kind))
  }
  const reference = parameters.text(kind)
  if (reference === '') throw badRequest(`there is no ${kind} in the request`)
  const known = world.files.byId(reference)
  if (!known) throw badRequest('wrong file identifier/HTTP URL specified')
  return post(call, chat, caption, known)
}

function sendChatAction(call: Call) {
  const chat = writableChat(call)
  topicOf(call, chat)
  const action = call.parameters.text('action')
  if (!ACTIONS.has(action)) throw badRequest('wrong parameter action in request')
  chat.lastAction = { action, at: call.world.clock.now() }
  call.world.events.emit({ type: 'action', chat })
  return true
}

export const sending: Record<string, Method> = {
  sendMessage: { run: sendMessage, isLimited: true },
  sendDocument: { run: (call) => sendFile(call, 'document'), isLimited: true },
  sendPhoto: { run: (call) => sendFile(call, 'photo'), isLimited: true },
  sendChatAction: { run: sendChatAction },
}

import { badRequest } from '../api-error.ts'
import { Gathering, standingOf } from '../group.ts'
import { assertWritable, type Call, chatOf, type Method, writableChat } from './call.ts'

function getChat(call: Call) {
  const chat = chatOf(call)
  if (chat.isGroup) assertWritable(chat)
  return { ...chat.api, accent_color_id: 0, max_reaction_count: 11, accepted_gift_types: {} }
}

function getChatMember(call: Call) {
  const chat = writableChat(call)
  const userId = call.parameters.integer('user_id')
  if (userId === undefined) throw badRequest('invalid user_id specified')
  const member = standingOf(call.world, chat, userId)
  if (!member) throw badRequest('PARTICIPANT_ID_INVALID')
  return member
}

function getChatAdministrators(call: Call) {
  const chat = writableChat(call)
  if (!(chat instanceof Gathering)) throw badRequest('there are no administrators in the private chat')
  return chat.apiAdministrators()
}

function getChatMemberCount(call: Call) {
  const chat = writableChat(call)
  if (!chat.isGroup) return 2
  const present = [...chat.members.values()].filter((status) => status !== 'left' && status !== 'kicked')
  return present.length + 1
}

function leaveChat(call: Call) {
  const chat = writableChat(call)
  if (!chat.isGroup) throw badRequest("chat member status can't be changed in private chats")
  chat.botStatus = 'left'
  call.world.events.emit({ type: 'chat', chat })
  return true
}

function answerCallbackQuery(call: Call) {
  const { parameters, world } = call
  const press = world.presses.get(parameters.text('callback_query_id'))
  // Presses that a bench makes up, like messages that it does not keep, are taken as they come.
  if (!press && !world.keepMessages) return true
  if (!press || world.clock.now() - press.at > world.pressLifetimeMs) {
    throw badRequest('query is too old and response timeout expired or query ID is invalid')
  }
  const text = parameters.text('text')
  if (text.length > 200) throw badRequest('MESSAGE_TOO_LONG')
  const entry = world.record('answered', call.method, press.chat.id, { id: 0, text, silent: false })
  call.entries.push(entry)
  press.settle({ at: entry.at, text, alert: parameters.flag('show_alert'), url: parameters.text('url') })
  world.events.emit({ type: 'answered', press })
  return true
}

const LARGEST_DOWNLOAD = 20 * 1024 * 1024

function getFile({ parameters, world }: Call) {
  const file = world.files.byId(parameters.text('file_id'))
  if (!file) throw badRequest('invalid file_id')
  if (file.bytes.length > LARGEST_DOWNLOAD) throw badRequest('file is too big')
  return {
    file_id: file.fileId,
    file_unique_id: file.uniqueId,
    file_size: file.bytes.length,
    file_path: file.path,
  }
}

export const chats: Record<string, Method> = {
  getChat: { run: getChat },
  getChatMember: { run: getChatMember },
  getChatAdministrators: { run: getChatAdministrators },
  getChatMemberCount: { run: getChatMemberCount },
  leaveChat: { run: leaveChat },
  answerCallbackQuery: { run: answerCallbackQuery },
  getFile: { run: getFile },
}

import { badRequest, forbidden } from '../api-error.ts'
import type { Chat } from '../chat.ts'
import type { LedgerEntry } from '../ledger.ts'
import type { ChatMessage } from '../message.ts'
import type { Parameters } from '../parameters.ts'
import type { World } from '../world.ts'

/** One call under way. */
export interface Call {
  world: World
  /** The method's name as Telegram writes it. */
  method: string
  parameters: Parameters
  /** Aborted when the caller hangs up. */
  signal: AbortSignal
  /** What the call put into the ledger, so that a lost answer can be noted. */
  entries: LedgerEntry[]
}

export interface Method {
  /** @returns the `result`. @throws ApiError */
  run(call: Call): unknown
  /** Whether it counts against the sending limits. */
  isLimited?: boolean
}

/** A result that Telegram explains in words, e.g. "Webhook was set". */
export class Described {
  readonly result: unknown
  readonly description: string

  constructor(result: unknown, description: string) {
    this.result = result
    this.description = description
  }
}

/** The chat that the call names. @throws ApiError when there is none */
export function chatOf({ world, parameters }: Call): Chat {
  const reference = parameters.chatReference()
  if (reference === undefined) throw badRequest('chat_id is empty')
  const chat = world.findChat(reference)
  if (!chat) throw badRequest('chat not found')
  return chat
}

const KINDS = { private: 'private', group: 'group', supergroup: 'supergroup', channel: 'channel' } as const

/** @throws ApiError in Telegram's words if the bot may not write here */
export function assertWritable(chat: Chat): void {
  if (chat.migratedTo !== undefined) {
    throw badRequest('group chat was upgraded to a supergroup chat', { migrate_to_chat_id: chat.migratedTo })
  }
  if (chat.person?.isDeactivated) throw forbidden('user is deactivated')
  switch (chat.botStatus) {
    case 'blocked':
      throw forbidden('bot was blocked by the user')
    case 'stranger':
      throw forbidden("bot can't initiate conversation with a user")
    case 'kicked':
      throw forbidden(`bot was kicked from the ${KINDS[chat.type]} chat`)
    case 'left':
      throw forbidden(`bot is not a member of the ${KINDS[chat.type]} chat`)
    case 'member':
      if (chat.type === 'channel') throw badRequest('need administrator rights in the channel chat')
      return
    case 'administrator':
      return
  }
}

/** The chat that the call names, open for writing. */
export function writableChat(call: Call): Chat {
  const chat = chatOf(call)
  assertWritable(chat)
  return chat
}

/**
 * The forum topic that the call names; undefined for General and for a chat without topics.
 * @throws ApiError when there is no such topic, or when it is closed and the bot is no administrator
 */
export function topicOf({ parameters }: Call, chat: Chat): number | undefined {
  const id = parameters.integer('message_thread_id')
  const mayWrite = chat.botStatus === 'administrator'
  if (id === undefined || id === 0) {
    if (chat.topics && chat.generalClosed && !mayWrite) throw badRequest('TOPIC_CLOSED')
    return undefined
  }
  const topic = chat.topics?.get(id)
  if (!topic || topic.deleted) throw badRequest('message thread not found')
  if (topic.closed && !mayWrite) throw badRequest('TOPIC_CLOSED')
  return id
}

/** Notes in the ledger what the call did. */
export function record(call: Call, kind: LedgerEntry['kind'], chat: Chat, message?: ChatMessage): void {
  call.entries.push(call.world.record(kind, call.method, chat.id, message))
}

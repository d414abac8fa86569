import type { ChatMemberUpdated, Message, User } from 'grammy/types'
import type { BotStatus, Chat, MemberStatus } from './chat.ts'
import type { ChatMessage, StoredFile } from './message.ts'
import type { World } from './world.ts'

/** Telegram's seconds for an instant in epoch ms. */
export const seconds = (instant: number): number => Math.floor(instant / 1_000)

function fileFields(file: StoredFile): Record<string, unknown> {
  const sizes = { file_id: file.fileId, file_unique_id: file.uniqueId, file_size: file.bytes.length }
  if (file.kind === 'document') {
    return { document: { ...sizes, file_name: file.name, mime_type: file.mime } }
  }
  return { photo: [{ ...sizes, width: file.width, height: file.height }] }
}

function senderFields(world: World, chat: Chat, message: ChatMessage): Record<string, unknown> {
  if (message.from === 'bot') {
    return chat.type === 'channel' ? { sender_chat: chat.api } : { from: world.bot }
  }
  if (message.from === chat.id && chat.isGroup) return { sender_chat: chat.api }
  const person = world.people.get(message.from)
  return person ? { from: person.api } : {}
}

/** A message as the API shows it. `nested` leaves out what it replies to. */
export function apiMessage(world: World, chat: Chat, message: ChatMessage, nested = false): Message {
  // In a topic, what replies to nothing replies to the message that created the topic.
  const repliesTo = message.replyTo ?? (message.threadId === message.id ? undefined : message.threadId)
  const answered = repliesTo === undefined || nested ? undefined : chat.message(repliesTo)
  const [textField, entitiesField] = message.file ? ['caption', 'caption_entities'] : ['text', 'entities']
  return {
    message_id: message.id,
    ...senderFields(world, chat, message),
    chat: chat.api,
    date: seconds(message.sentAt),
    ...(message.threadId === undefined
      ? {}
      : { message_thread_id: message.threadId, is_topic_message: true }),
    ...(message.editedAt === undefined ? {} : { edit_date: seconds(message.editedAt) }),
    ...(answered ? { reply_to_message: apiMessage(world, chat, answered, true) } : {}),
    ...(message.file ? fileFields(message.file) : {}),
    ...(message.text === '' ? {} : { [textField as string]: message.text }),
    ...(message.entities.length === 0 ? {} : { [entitiesField as string]: message.entities }),
    ...(message.effect === undefined ? {} : { effect_id: message.effect }),
    ...(message.keyboard ? { reply_markup: message.keyboard } : {}),
    ...message.service,
  } as unknown as Message
}

const ADMIN_RIGHTS = {
  can_be_edited: false,
  can_manage_chat: true,
  can_change_info: true,
  can_delete_messages: true,
  can_invite_users: true,
  can_restrict_members: true,
  can_pin_messages: true,
  can_promote_members: false,
  can_manage_video_chats: true,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
  is_anonymous: false,
}

/** Somebody's standing in a chat as the API shows it (ChatMember). */
export function apiMember(user: User, status: MemberStatus): Record<string, unknown> {
  switch (status) {
    case 'creator':
      return { user, status, is_anonymous: false }
    case 'administrator':
      return { user, status, ...ADMIN_RIGHTS }
    case 'kicked':
      return { user, status, until_date: 0 }
    default:
      return { user, status }
  }
}

/** The bot's standing as a member's: who blocked it has "kicked" it. */
export function asMember(status: BotStatus): MemberStatus {
  if (status === 'blocked') return 'kicked'
  return status === 'stranger' ? 'left' : status
}

/** A change of a member's status, as the API sends it. `at` in epoch ms. */
export function memberUpdate(
  chat: Chat,
  by: User,
  at: number,
  who: User,
  before: MemberStatus,
  after: MemberStatus,
): ChatMemberUpdated {
  return {
    chat: chat.api,
    from: by,
    date: seconds(at),
    old_chat_member: apiMember(who, before),
    new_chat_member: apiMember(who, after),
  } as unknown as ChatMemberUpdated
}

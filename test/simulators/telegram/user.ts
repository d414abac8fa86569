import { type apiUser as ApiUser, apiChat, apiMessage, apiUser } from './methods.ts'
import type { SimChat, SimMessage, Update } from './types.ts'
import type { Updates } from './updates.ts'
import type { World } from './world.ts'

/** What a person does in a chat with the bot (their own, or a group or channel). */
export interface SimUser {
  readonly id: number
  /** The messages that they see in a chat, deleted ones left out. */
  messages(chatId?: number): SimMessage[]
  send(text: string, chatId?: number): Update
  /** Presses an inline button of a message, by its data or its text. @returns the callback's id */
  press(message: SimMessage | number, button: string, chatId?: number): string
  sendPhoto(bytes: Uint8Array, name?: string): Update
  /** Blocks the bot, as a person does from the chat's menu. */
  block(): void
  unblock(): void
}

export interface UserContext {
  world: World
  updates: Updates
  bot: { id: number; is_bot: true; first_name: string; username: string }
  now(): number
}

/** Bot commands at the start of a text, as the client marks them. */
const commandEntities = (text: string) => {
  const command = /^\/\w+(@\w+)?/.exec(text)?.[0]
  return command ? [{ type: 'bot_command' as const, offset: 0, length: command.length }] : []
}

/** Gives a person of the simulated Telegram hands. */
export function simUser(context: UserContext, id: number): SimUser {
  const { world, updates } = context
  const person = world.chat(id)
  const from: ReturnType<typeof ApiUser> = apiUser(person)
  const posted = (chat: SimChat, message: SimMessage) => {
    const body = apiMessage(context, message)
    return updates.add(
      (chat.type === 'channel' ? { channel_post: body } : { message: body }) as Omit<Update, 'update_id'>,
      chat.id,
    )
  }
  const membership = (status: 'member' | 'kicked', before: string) =>
    updates.add(
      {
        my_chat_member: {
          chat: apiChat(person),
          from,
          date: Math.floor(context.now() / 1_000),
          old_chat_member: { user: context.bot, status: before },
          new_chat_member: { user: context.bot, status },
        },
      } as unknown as Omit<Update, 'update_id'>,
      id,
    )

  return {
    id,
    messages: (chatId = id) => world.chat(chatId).messages.filter((message) => !message.deleted),
    send(text, chatId = id) {
      const chat = world.chat(chatId)
      const message = world.addMessage(chat, {
        from: 'user',
        userId: id,
        text,
        entities: commandEntities(text),
        keyboard: [],
        silent: false,
        date: context.now(),
      })
      return posted(chat, message)
    },
    press(target, button, chatId = id) {
      const messageId = typeof target === 'number' ? target : target.id
      const message = world.findMessage(chatId, messageId)
      const found = message?.keyboard
        .flat()
        .find((each) => each.text === button || ('callback_data' in each && each.callback_data === button))
      const data = found && 'callback_data' in found ? found.callback_data : button
      const callbackId = `callback-${world.callbacks.size + 1}`
      world.callbacks.set(callbackId, { userId: id, chatId, messageId })
      updates.add(
        {
          callback_query: {
            id: callbackId,
            from,
            chat_instance: String(chatId),
            data,
            ...(message
              ? { message: apiMessage(context, message) }
              : { message: { message_id: messageId, date: 0, chat: apiChat(world.chat(chatId)) } }),
          },
        } as unknown as Omit<Update, 'update_id'>,
        chatId,
      )
      return callbackId
    },
    sendPhoto(bytes, name = 'photo.png') {
      const message = world.addMessage(person, {
        from: 'user',
        userId: id,
        text: '',
        entities: [],
        keyboard: [],
        silent: false,
        date: context.now(),
        photo: world.addFile(bytes, name, 'image/png'),
      })
      return posted(person, message)
    },
    block() {
      person.refuses = 'blocked'
      world.changed({ chatId: id })
      membership('kicked', 'member')
    },
    unblock() {
      delete person.refuses
      world.changed({ chatId: id })
      membership('member', 'kicked')
    },
  }
}

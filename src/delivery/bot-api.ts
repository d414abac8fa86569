import type { Api } from 'grammy'
import type { Message } from './content.ts'
import type { Prepared } from './prepare.ts'
import { splitMessage } from './split-message.ts'

/**
 * Sends or edits one message.
 * @returns Telegram's id of the message (of its first part, where it had to be split); undefined when it gave none
 * @throws what grammY throws; see errors.ts
 */
export async function callTelegram(
  api: Api,
  { delivery, message, editOf }: Prepared,
): Promise<number | undefined> {
  const [first = message, ...rest] = splitMessage(message)
  if (editOf !== undefined) {
    const { text, options } = callOf(first)
    await api.editMessageText(delivery.chatId, editOf, text, options)
    return editOf
  }
  const id = await send(api, delivery.chatId, first)
  for (const part of rest) await send(api, delivery.chatId, part)
  return id
}

async function send(api: Api, chatId: number, message: Message): Promise<number | undefined> {
  const { text, options } = callOf(message)
  const sent: { message_id: number } | undefined = await api.sendMessage(chatId, text, {
    ...options,
    ...(message.silent && { disable_notification: true }),
  })
  // An answer without it still says that the message was taken: sending it again would double it.
  return sent?.message_id
}

/** A message as the parameters of a call. */
function callOf({ text, entities, keyboard }: Message) {
  return {
    text,
    options: {
      ...(entities && { entities }),
      ...(keyboard && { reply_markup: { inline_keyboard: keyboard } }),
      link_preview_options: { is_disabled: true },
    },
  }
}

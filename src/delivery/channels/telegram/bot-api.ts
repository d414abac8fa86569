import type { Api } from 'grammy'
import type { Call } from '../channel.ts'

/** Sends one message to a chat, or edits one. */
export interface TelegramCall extends Omit<Call, 'key'> {
  /** Pay for a new message in Telegram Stars where Telegram's free rate is exceeded. */
  paid?: boolean
}

/**
 * Turns a message into a Bot API call; nothing else does.
 * @returns Telegram's id of the message; undefined when the answer holds none (the message was accepted all the same)
 * @throws what grammY throws; see `readTelegramFailure`
 */
export async function callTelegram(
  api: Api,
  { chatId, message, editOf, paid }: TelegramCall,
): Promise<number | undefined> {
  const { text, entities, keyboard, silent, effect, threadId } = message
  const options = {
    ...(entities && { entities }),
    ...(keyboard && { reply_markup: { inline_keyboard: keyboard } }),
    link_preview_options: { is_disabled: true },
  }
  if (editOf !== undefined) {
    await api.editMessageText(chatId, editOf, text, options)
    return editOf
  }
  const sent: { message_id: number } | undefined = await api.sendMessage(chatId, text, {
    ...options,
    ...(silent && { disable_notification: true }),
    ...(effect !== undefined && { message_effect_id: effect }),
    ...(threadId !== undefined && { message_thread_id: threadId }),
    ...(paid && { allow_paid_broadcast: true }),
  })
  return sent?.message_id
}

import type { Api } from 'grammy'
import { describeError } from '../../../platform/log.ts'
import type { Answer, Sender } from '../channel.ts'
import { callTelegram, type TelegramCall } from './bot-api.ts'
import { readTelegramFailure } from './telegram-errors.ts'

/**
 * A sender over the connections of the running invocation.
 * @param paid pay for messages above Telegram's free rate; where Telegram refuses that, the message goes without
 */
export function telegramSender(api: Api, paid = false): Sender {
  const send = async (call: TelegramCall): Promise<Answer> => {
    try {
      return { ok: true, messageId: await callTelegram(api, call) }
    } catch (error) {
      return { ok: false, failure: readTelegramFailure(error), error: describeError(error) }
    }
  }
  if (!paid) return { send }
  return {
    async send(call) {
      const answer = await send({ ...call, paid })
      // For example: too few Stars.
      const unpaid = !answer.ok && answer.failure.kind === 'refused' && call.editOf === undefined
      return unpaid ? send(call) : answer
    },
  }
}

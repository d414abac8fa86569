import type { Api } from 'grammy'
import { describeError } from '../platform/log.ts'
import { callTelegram, type TelegramCall } from './bot-api.ts'
import { readTelegramFailure, type TelegramFailure } from './telegram-errors.ts'

/** Telegram's answer to a call, as a plain value: a sender returns it over RPC. */
export type TelegramAnswer =
  | { ok: true; messageId: number | undefined }
  /** `error` describes the failure for logs. */
  | { ok: false; failure: TelegramFailure; error: string }

/** Calls Telegram over the connections of one invocation. Rejects only when that invocation fails. */
export interface TelegramSender {
  send(call: TelegramCall): Promise<TelegramAnswer>
}

/**
 * A sender over the connections of the running invocation.
 * @param paid pay for messages above Telegram's free rate; where Telegram refuses that, the message goes without
 */
export function telegramSender(api: Api, paid = false): TelegramSender {
  const send = async (call: TelegramCall): Promise<TelegramAnswer> => {
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

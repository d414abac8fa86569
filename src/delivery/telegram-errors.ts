import { GrammyError } from 'grammy'

/**
 * What a failed call to Telegram means for what it should have sent (Bot API error codes and descriptions):
 * - `done`: it is as it should be already (an edit that changes nothing).
 * - `wait`: too many requests; everybody waits, the message is untouched.
 * - `retry`: Telegram was down or out of reach. It may have been accepted all the same: `inDoubt`.
 * - `chat-gone`: the chat refuses us for good, until it writes again.
 * - `moved`: the group became a supergroup with another id.
 * - `stale`: the message to edit is no longer there.
 * - `refused`: our own mistake; sending it again would be refused again.
 */
export type TelegramFailure =
  | { kind: 'done' }
  | { kind: 'wait'; retryAfterMs: number }
  | { kind: 'retry'; inDoubt: boolean }
  | { kind: 'chat-gone'; reason: string }
  | { kind: 'moved'; chatId: number }
  | { kind: 'stale' }
  | { kind: 'refused'; reason: string }

const GONE =
  /chat not found|user not found|is deactivated|bot was (?:kicked|blocked)|bot is not a member|peer_id_invalid|have no rights to send|not enough rights|need administrator rights|chat_write_forbidden|chat_restricted|group chat was (?:deleted|deactivated)/i
const STALE =
  /message to edit not found|message can't be edited|message_id_invalid|message identifier is not specified/i

/** Sorts what a call to Telegram threw. Anything that is not Telegram's own answer is a failure of the way there. */
export function readTelegramFailure(error: unknown): TelegramFailure {
  if (!(error instanceof GrammyError)) return { kind: 'retry', inDoubt: true }
  const { error_code: code, description, parameters } = error
  if (parameters?.migrate_to_chat_id !== undefined)
    return { kind: 'moved', chatId: parameters.migrate_to_chat_id }
  if (code === 429) return { kind: 'wait', retryAfterMs: Math.max(1, parameters?.retry_after ?? 1) * 1_000 }
  if (code >= 500) return { kind: 'retry', inDoubt: true }
  if (code === 403 || GONE.test(description)) return { kind: 'chat-gone', reason: description }
  if (/message is not modified/i.test(description)) return { kind: 'done' }
  if (STALE.test(description)) return { kind: 'stale' }
  // A refused token is nobody's message's fault: what is owed stays owed until the operator mends it.
  if (code === 401 || code === 404) return { kind: 'retry', inDoubt: false }
  return { kind: 'refused', reason: description }
}

/** Attempts after which a message is given up: by then Telegram was out of reach for hours. */
export const MAX_ATTEMPTS = 24

/**
 * Milliseconds to wait before the next attempt: exponential from 1 s to 15 minutes, with full jitter in its upper half.
 * @param attempts made so far, at least 1
 * @param jitter uniform in [0, 1)
 */
export const retryDelay = (attempts: number, jitter: number): number =>
  Math.min(1_000 * 2 ** (attempts - 1), 900_000) * (0.5 + 0.5 * jitter)

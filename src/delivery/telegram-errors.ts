import { GrammyError } from 'grammy'
import { HOUR, MINUTE, SECOND } from '../platform/time.ts'

/**
 * What a failed call to Telegram means for its message (Bot API error codes and descriptions):
 * - `done`: the message is as it should be already (an edit that changes nothing).
 * - `wait`: too many requests, to this chat or in all. The message waits.
 * - `retry`: Telegram was down or could not be reached. It may have accepted the message all the same.
 * - `unauthorized`: the bot token is wrong. Messages stay queued until the operator fixes it.
 * - `chat-gone`: the chat refuses the bot for good: blocked, kicked, deleted.
 * - `chat-refuses`: the chat refuses the bot, perhaps only for now: missing rights, a restriction.
 * - `topic-closed`: the forum topic is closed or deleted; other topics of the chat may be open.
 * - `moved`: the group became a supergroup with another id.
 * - `stale`: the message to edit no longer exists.
 * - `refused`: the request is wrong, and would be refused again.
 */
export type TelegramFailure =
  | { kind: 'done' }
  | { kind: 'wait'; retryAfterMs: number }
  | { kind: 'retry' }
  | { kind: 'unauthorized' }
  | { kind: 'chat-gone'; reason: string }
  | { kind: 'chat-refuses'; reason: string }
  | { kind: 'topic-closed'; reason: string }
  | { kind: 'moved'; chatId: number }
  | { kind: 'stale' }
  | { kind: 'refused'; reason: string }

const GONE =
  /chat not found|user not found|is deactivated|bot was (?:kicked|blocked)|bot is not a member|peer_id_invalid|group chat was (?:deleted|deactivated)|can't initiate conversation|can't send messages to (?:bots|the bot)/i
const REFUSES =
  /no rights to|not enough rights|administrator rights|chat_write_forbidden|chat_restricted|chat_admin_required|chat_send_\w{1,30}_forbidden|user_restricted|can't be sent/i
const TOPIC_CLOSED =
  /topic_(?:closed|deleted|id_invalid)|topic (?:is )?(?:closed|deleted)|(?:message thread|topic) not found/i
const STALE =
  /message to edit not found|message can't be edited|message_id_invalid|message identifier is not specified/i

/** Classifies what a call to Telegram threw. Anything but Telegram's own answer is a failure of the connection. */
export function readTelegramFailure(error: unknown): TelegramFailure {
  if (!(error instanceof GrammyError)) return { kind: 'retry' }
  const { error_code: code, description, parameters } = error
  if (parameters?.migrate_to_chat_id !== undefined)
    return { kind: 'moved', chatId: parameters.migrate_to_chat_id }
  if (code === 429) return { kind: 'wait', retryAfterMs: Math.max(1, parameters?.retry_after ?? 1) * SECOND }
  if (code >= 500) return { kind: 'retry' }
  if (code === 401 || code === 404) return { kind: 'unauthorized' }
  if (/message is not modified/i.test(description)) return { kind: 'done' }
  if (STALE.test(description)) return { kind: 'stale' }
  if (TOPIC_CLOSED.test(description)) return { kind: 'topic-closed', reason: description }
  if (GONE.test(description)) return { kind: 'chat-gone', reason: description }
  // An unknown 403 may pass, like those that Telegram returned wrongly for hours in October 2023.
  if (code === 403 || REFUSES.test(description)) return { kind: 'chat-refuses', reason: description }
  return { kind: 'refused', reason: description }
}

/** A message is given up after this many attempts: by then Telegram could not be reached for hours. */
export const MAX_ATTEMPTS = 24

/** Exponential, with random jitter in the upper half. */
const backoff = (first: number, longest: number, attempts: number, jitter: number): number =>
  Math.min(first * 2 ** (attempts - 1), longest) * (0.5 + 0.5 * jitter)

/**
 * Milliseconds to wait before the next attempt, from 1 s to 15 minutes.
 * @param attempts made so far, at least 1
 * @param jitter uniform in [0, 1)
 */
export const retryDelay = (attempts: number, jitter: number): number =>
  backoff(SECOND, 15 * MINUTE, attempts, jitter)

/** Milliseconds to wait before a chat that refuses the bot is tried again, from a minute to an hour. */
export const refusalDelay = (attempts: number, jitter: number): number =>
  backoff(MINUTE, HOUR, attempts, jitter)

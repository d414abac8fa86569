import { GrammyError } from 'grammy'
import { SECOND } from '../../../platform/time.ts'
import type { Failure } from '../channel.ts'

const GONE =
  /chat not found|user not found|is deactivated|bot was (?:kicked|blocked)|bot is not a member|peer_id_invalid|group chat was (?:deleted|deactivated)|can't initiate conversation|can't send messages to (?:bots|the bot)/i
const REFUSES =
  /no rights to|not enough rights|administrator rights|chat_write_forbidden|chat_restricted|chat_admin_required|chat_send_\w{1,30}_forbidden|user_restricted|can't be sent/i
const TOPIC_CLOSED =
  /topic_(?:closed|deleted|id_invalid)|topic (?:is )?(?:closed|deleted)|(?:message thread|topic) not found/i
const STALE =
  /message to edit not found|message can't be edited|message_id_invalid|message identifier is not specified/i

/**
 * Classifies what a call to Telegram threw (Bot API error codes and descriptions). Anything but Telegram's own answer is a
 * failure of the connection.
 */
export function readTelegramFailure(error: unknown): Failure {
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

import { GrammyError, HttpError } from 'grammy'
import { expect, test } from 'vitest'
import { readTelegramFailure } from '../../src/delivery/channels/telegram/telegram-errors.ts'
import { MAX_ATTEMPTS, retryDelay } from '../../src/delivery/retry.ts'

const refusal = (error_code: number, description: string, parameters = {}) =>
  new GrammyError('x', { ok: false, error_code, description, parameters }, 'sendMessage', {})

test.each([
  [403, 'Forbidden: bot was blocked by the user'],
  [403, 'Forbidden: user is deactivated'],
  [403, 'Forbidden: bot was kicked from the supergroup chat'],
  [403, 'Forbidden: the group chat was deleted'],
  [403, 'Forbidden: bot is not a member of the channel chat'],
  [400, 'Bad Request: chat not found'],
  [400, 'Bad Request: user is deactivated'],
  [400, 'Bad Request: bot was kicked from the group chat'],
  [403, 'Forbidden: bot was kicked from the channel chat'],
  [400, 'Bad Request: PEER_ID_INVALID'],
  [403, "Forbidden: bot can't initiate conversation with a user"],
])('%i %s: the chat is gone', (code, description) => {
  expect(readTelegramFailure(refusal(code, description))).toEqual({ kind: 'chat-gone', reason: description })
})

test.each([
  [400, 'Bad Request: not enough rights to send text messages to the chat'],
  [400, 'Bad Request: have no rights to send a message'],
  [400, 'Bad Request: need administrator rights in the channel chat'],
  [400, 'Bad Request: CHAT_WRITE_FORBIDDEN'],
  [400, 'Bad Request: CHAT_RESTRICTED'],
  [400, 'Bad Request: CHAT_SEND_PLAIN_FORBIDDEN'],
  [400, 'Bad Request: CHAT_ADMIN_REQUIRED'],
  [403, 'Forbidden: not enough rights'],
  [403, 'Forbidden: something new'],
])('%i %s may pass: the chat is tried again', (code, description) => {
  expect(readTelegramFailure(refusal(code, description))).toEqual({
    kind: 'chat-refuses',
    reason: description,
  })
})

test.each([
  'Bad Request: TOPIC_CLOSED',
  'Bad Request: TOPIC_DELETED',
  'Bad Request: message thread not found',
])('%s closes a topic, not the chat', (description) => {
  expect(readTelegramFailure(refusal(400, description))).toEqual({
    kind: 'topic-closed',
    reason: description,
  })
})

test('a group that became a supergroup is followed', () => {
  const failure = refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
    migrate_to_chat_id: -1_001_234_567_890,
  })
  expect(readTelegramFailure(failure)).toEqual({ kind: 'moved', chatId: -1_001_234_567_890 })
})

test('a 429 says how long to wait, at least a second', () => {
  expect(readTelegramFailure(refusal(429, 'Too Many Requests: retry after 35', { retry_after: 35 }))).toEqual(
    {
      kind: 'wait',
      retryAfterMs: 35_000,
    },
  )
  expect(readTelegramFailure(refusal(429, 'Too Many Requests'))).toEqual({
    kind: 'wait',
    retryAfterMs: 1_000,
  })
})

test.each([
  ['a 5xx', refusal(502, 'Bad Gateway')],
  ['a broken connection', new HttpError('Network request failed', new TypeError('fetch failed'))],
  ['an answer that is no JSON', new SyntaxError('Unexpected token <')],
])('%s is tried again, and may have been accepted', (_, error) => {
  expect(readTelegramFailure(error)).toEqual({ kind: 'retry' })
})

test.each([401, 404])('%i means a wrong bot token, whatever the message', (code) => {
  expect(readTelegramFailure(refusal(code, 'x'))).toEqual({ kind: 'unauthorized' })
})

test('an edit that changes nothing is done, one without its message is of no use, our mistakes are dead', () => {
  const bad = (description: string) => readTelegramFailure(refusal(400, `Bad Request: ${description}`)).kind
  expect(bad('message is not modified: specified new message content…')).toBe('done')
  expect(bad('message to edit not found')).toBe('stale')
  expect(bad("message can't be edited")).toBe('stale')
  expect(bad("can't parse entities: unsupported start tag")).toBe('refused')
  expect(bad('message is too long')).toBe('refused')
})

test('the wait between attempts grows, with jitter, up to a quarter of an hour', () => {
  expect([retryDelay(1, 0), retryDelay(1, 0.999)].map(Math.round)).toEqual([500, 1_000])
  expect(retryDelay(4, 0)).toBe(4_000)
  expect(retryDelay(MAX_ATTEMPTS, 1)).toBe(900_000)
})

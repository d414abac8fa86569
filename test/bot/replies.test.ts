import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ReplyOutbox } from '../../src/bot/replies.ts'

const NOW = 1_000_000
const GROUP = -7

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
})
afterEach(() => {
  vi.restoreAllMocks()
})

type Answers = { ok: boolean; error_code?: number; description?: string; parameters?: object }[]

/** An outbox of the replies to one update, and a way to call Telegram through it. */
function outboxFor(...answers: Answers) {
  const outbox = new ReplyOutbox({ chatId: GROUP, updateId: 1, fingerprint: 2, now: NOW, trace: 't' })
  const call = async () => answers.shift() ?? { ok: true, result: { message_id: 5 } }
  const says = (text: string) =>
    outbox.transformer(call as never, 'sendMessage', { chat_id: GROUP, text } as never)
  const kept = () =>
    outbox.unsaved.map(({ content, notBefore = 0 }) => [
      content.type === 'message' && content.message.text,
      notBefore - NOW,
    ])
  return { outbox, says, kept }
}
const tooMany = { ok: false, error_code: 429, description: 'x', parameters: { retry_after: 40 } }

test('the rest of a long reply follows its first part within the rate of the chat', async () => {
  const { outbox, says, kept } = outboxFor()
  await says('first part')
  outbox.keepRest({ text: 'rest' })
  expect(kept()).toEqual([['rest', 3_000]])
})

test('neither the rest of a long reply nor a later one overtakes a part that Telegram put off', async () => {
  const { outbox, says, kept } = outboxFor(tooMany)
  await says('first part')
  outbox.keepRest({ text: 'rest' })
  await says('next')
  expect(kept()).toEqual([
    ['first part', 40_000],
    ['rest', 40_000],
    ['next', 40_000],
  ])
})

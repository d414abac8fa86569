import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { harness } from './harness.worker.ts'

const bot = harness()
const UPDATES = 5_000
const BATCH = 25

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '/start',
    '/segui',
    '/segui \u0000',
    `/segui ${'a'.repeat(5000)}`,
    '/smetti __proto__',
    '/start constructor',
    '/stato@',
    '//',
    '/',
    '\ud800',
    '<b>&amp;',
    "'; DROP TABLE chats; --",
    '/segui TO,MI,RM',
    '31/12/2026',
    '22-7',
  ),
  fc.lorem({ maxCount: 3 }),
)
const oddData = fc.oneof(
  oddText,
  fc
    .tuple(
      fc.constantFrom(
        'mine',
        'region',
        'ask',
        'follow',
        'drop',
        'office',
        'offices',
        'set-before',
        'set-quiet',
        'set-places',
        'set-lang',
        'type-before',
        'mute',
        'quiet-mode',
        'constructor',
        'toString',
        'sport',
      ),
      fc.array(
        fc.oneof(
          fc.constantFrom('TO', 'XX', '-1', '1e9', 'NaN', '', '__proto__'),
          fc.string({ maxLength: 8 }),
        ),
        {
          maxLength: 5,
        },
      ),
    )
    .map(([verb, args]) => ['1', verb, ...args].join(':')),
)
const oddId = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.string(),
)
const chat = fc.oneof(
  fc.record({ id: fc.integer({ min: 1, max: 40 }), type: fc.constant('private') }),
  fc.record(
    { id: oddId, type: fc.oneof(fc.constantFrom('private', 'group', 'channel'), fc.anything()) },
    { requiredKeys: ['id'] },
  ),
  fc.anything(),
)
const from = fc.oneof(
  fc.record({ id: oddId, is_bot: fc.anything(), language_code: fc.anything() }, { requiredKeys: ['id'] }),
  fc.anything(),
)
const message = fc.oneof(
  fc.record(
    {
      message_id: oddId,
      chat,
      from,
      text: oddText,
      caption: oddText,
      photo: fc.anything(),
      date: fc.anything(),
    },
    { requiredKeys: ['message_id', 'chat'] },
  ),
  fc.record({ message_id: fc.integer(), chat, text: oddText }),
  fc.anything(),
)
const press = fc.oneof(
  fc.record({ id: fc.string(), from, data: oddData, message }, { requiredKeys: ['id', 'from'] }),
  fc.record({
    id: fc.constant('q'),
    from: fc.record({ id: fc.integer({ min: 1, max: 40 }) }),
    data: oddData,
    message: fc.record({
      message_id: fc.integer({ min: 1 }),
      chat: fc.record({ id: fc.integer({ min: 1, max: 40 }) }),
    }),
  }),
)
const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.record({ message }) },
  { weight: 4, arbitrary: fc.record({ callback_query: press }) },
  { weight: 1, arbitrary: fc.record({ channel_post: message }) },
  {
    weight: 1,
    arbitrary: fc.record({ my_chat_member: fc.record({ chat, from, new_chat_member: fc.anything() }) }),
  },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('message', 'poll', 'inline_query', 'x'), fc.anything()),
  },
)

/** What must never be read by a person. */
const nonsense = /undefined|\bnull\b|NaN|\[object|Invalid|=>|Error/

test('5,000 malformed and hostile updates never give a 5xx and never reach a person as nonsense', async () => {
  const errors = vi.spyOn(console, 'error')
  const updates = fc.sample(hostile, { numRuns: UPDATES, seed: 20261119 })
  const bodies = updates.map((update, index) => {
    const text = JSON.stringify({ update_id: 1_000_000 + index, ...update })
    // Some are cut short, some have no id.
    if (index % 50 === 0) return text.slice(0, -Math.ceil(text.length / 3))
    return index % 50 === 1 ? JSON.stringify(update) : text
  })
  for (let at = 0; at < bodies.length; at += BATCH) {
    const answers = await Promise.all(bodies.slice(at, at + BATCH).map((body) => bot.post(body)))
    expect([...new Set(answers.map((answer) => answer.status))]).toEqual([200])
  }
  const shown = bot.telegram.calls.filter((call) => typeof call.payload.text === 'string')
  expect(shown.length).toBeGreaterThan(UPDATES / 10)
  for (const { payload } of shown) {
    expect(payload.text).not.toMatch(nonsense)
    expect(payload.text).not.toBe('')
    expect(String(payload.text).length).toBeLessThanOrEqual(4096)
    const markup = payload.reply_markup as
      | { inline_keyboard?: { text: string; callback_data?: string }[][] }
      | undefined
    for (const button of (markup?.inline_keyboard ?? []).flat()) {
      expect(button.text).not.toMatch(nonsense)
      expect(new TextEncoder().encode(button.callback_data).length).toBeLessThanOrEqual(64)
    }
  }
  const apologies = shown.filter((call) => /andato storto|went wrong/.test(String(call.payload.text)))
  expect(apologies).toEqual([])
  expect(errors.mock.calls).toEqual([])
}, 120_000)

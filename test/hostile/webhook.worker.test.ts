import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { transact } from '../../src/db/database.ts'
import { routesIn } from '../bot/routes.ts'
import { pastes } from '../platform/pastes.ts'
import { fuzz, oddJson, oddText, spoilt } from './fuzz.ts'
import { hostileHarness, someone } from './webhook-kit.worker.ts'

const bot = hostileHarness()
const after = () => bot.expectBystandersUntouched()

declare global {
  interface ImportMeta {
    glob<Value>(pattern: string | string[], options: object): Record<string, Value>
  }
}

const sources = import.meta.glob<string>(
  ['../../src/bot/**/*.ts', '../../src/passport/alerts/*-button*.ts'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
)
const { commands, verbs, answers } = routesIn(Object.values(sources))

const privately = (id: number, content: object) => ({
  message: { message_id: 7, date: 1, chat: { id, type: 'private' }, from: { id, is_bot: false }, ...content },
})
const inGroup = (id: number, content: object) => ({
  message: {
    message_id: 7,
    date: 1,
    chat: { id: -1_000 - id, type: 'supergroup' },
    from: { id, is_bot: false },
    ...content,
  },
})
const pressed = (id: number, data: unknown) => ({
  callback_query: {
    id: 'q',
    from: { id, is_bot: false },
    data,
    message: { message_id: 5, chat: { id, type: 'private' } },
  },
})

/** An argument as our buttons carry them, or nearly. */
const argument = fc.oneof(
  fc.constantFrom(
    'TO',
    'RM',
    'XX',
    '-1',
    '0',
    '1',
    '7',
    '46',
    '1e9',
    '99999999999999999999',
    '',
    '.',
    'yes',
    'here',
  ),
  fc.constantFrom(
    '2026-11-24',
    '18.00',
    '__proto__',
    'constructor',
    'c',
    'f',
    'no',
    'Infinity',
    '0x10',
    '3d.0',
  ),
  fc.stringMatching(/^[\w.-]{0,12}$/),
)
const someVerb = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...verbs) },
  { weight: 1, arbitrary: fc.constantFrom('constructor', 'toString', 'nothing', '') },
)
const data = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('1', '1', '1', '1', '1', '0', '2', ''),
        someVerb,
        fc.array(argument, { maxLength: 5 }),
      )
      .map(([version, verb, args]) => [version, verb, ...args].join(':')),
  },
  { weight: 1, arbitrary: oddText },
)

fuzz('callback data', 0.14, fc.tuple(someone, data), ([id, given]) => bot.post(pressed(id, given)), { after })

const typed = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...commands), oddText).map(([name, rest]) => `/${name} ${rest}`),
  },
  { weight: 1, arbitrary: fc.constantFrom(...commands).map((name) => `/${name}@SportelloBot`) },
  { weight: 1, arbitrary: fc.constantFrom('/', '//', '/stato@', '/constructor', `/${'x'.repeat(100)}`) },
  { weight: 3, arbitrary: oddText },
)

fuzz(
  'commands and talk',
  0.08,
  fc.tuple(someone, typed, fc.boolean()),
  ([id, text, group]) => bot.post((group ? inGroup : privately)(id, { text })),
  { after },
)

const awaited = fc
  .tuple(
    fc.constantFrom(...answers, 'constructor', 'of-an-older-version', ''),
    fc.array(fc.oneof(argument, oddText)),
  )
  .map(([name, args]) => [name, ...args].join(':'))

fuzz(
  'answers that were waited for',
  0.07,
  fc.tuple(someone, awaited, fc.oneof(typed, fc.constantFrom('22-7', 'dalle 9 alle 12', 'domani', '123456'))),
  async ([id, awaiting, text]) => {
    await transact(bot.db, [
      sql`INSERT INTO chats (id, kind, created_at, last_seen_at, awaiting) VALUES (${id}, 'private', 1, 1, ${awaiting})
          ON CONFLICT (id) DO UPDATE SET awaiting = excluded.awaiting`,
    ])
    await bot.post(privately(id, { text }))
  },
  { after },
)

const deepLink = fc.oneof(
  fc.stringMatching(/^[\w-]{0,64}$/),
  fc.constantFrom('TO', 'to', 'segui_TO', 'p-TO', 'RM_MI', '__proto__', 'constructor', 'sport', '-', '_'),
  oddText,
)
fuzz(
  'deep links',
  0.03,
  fc.tuple(someone, deepLink, fc.boolean()),
  ([id, payload, group]) =>
    bot.post((group ? inGroup : privately)(id, { text: `/start${group ? 'group' : ''} ${payload}` })),
  { after },
)

const pasted = fc.oneof(
  fc.tuple(fc.constantFrom(...Object.values(pastes)), fc.nat(2_000)).map(([text, at]) => text.slice(0, at)),
  fc
    .tuple(
      fc.constantFrom(...Object.values(pastes)),
      fc.nat(600),
      fc.oneof(oddText, fc.constantFrom("'", '"', '^', '\\')),
    )
    .map(([text, at, odd]) => text.slice(0, at) + odd + text.slice(at)),
)
fuzz(
  'pasted sessions in the chat',
  0.03,
  fc.tuple(
    fc.constantFrom('/sessione', '/session', '/sessione_sport'),
    fc.oneof(fc.constant(900), someone),
    pasted,
  ),
  async ([command, id, text]) => {
    await bot.post(privately(id, { text: `${command} ${text}`.slice(0, 4096) }))
    await bot.post(privately(id, { text: text.slice(0, 4096) || '-' }))
  },
  { after },
)

const oddId = fc.oneof(someone, fc.integer({ min: 800_000 }), fc.double(), oddJson)
const chat = fc.oneof(
  someone.map((id) => ({ id, type: 'private' })),
  fc.record({ id: oddId, type: fc.oneof(fc.constantFrom('private', 'group', 'channel'), oddJson) }),
  oddJson,
)
const message = fc.oneof(
  fc.record(
    {
      message_id: oddId,
      chat,
      from: chat,
      sender_chat: chat,
      text: oddText,
      caption: oddText,
      date: oddJson,
      photo: oddJson,
      document: oddJson,
      reply_to_message: oddJson,
      web_app_data: oddJson,
      entities: oddJson,
      migrate_to_chat_id: fc.integer({ min: -900_000, max: -800_000 }),
    },
    { requiredKeys: ['message_id', 'chat'] },
  ),
  oddJson,
)
const anyUpdate = fc.oneof(
  fc.record({ message }),
  fc.record({ channel_post: message }),
  fc.record({ my_chat_member: fc.record({ chat, from: chat, new_chat_member: oddJson }) }),
  fc.record({ callback_query: fc.record({ id: oddJson, from: chat, data: oddJson, message }) }),
  fc.record({ update_id: oddJson, message }),
  someone.chain((id) => spoilt(privately(id, { text: '/segui lecce' }))),
  someone.chain((id) =>
    spoilt(inGroup(id, { text: '/segui lecce', reply_to_message: { from: { is_bot: true } } })),
  ),
  someone.chain((id) => spoilt(pressed(id, '1:mine'))),
  someone.chain((id) =>
    spoilt({
      my_chat_member: { chat: { id, type: 'group' }, from: { id }, new_chat_member: { status: 'kicked' } },
    }),
  ),
  oddJson,
)
fuzz('webhook bodies', 0.1, fc.tuple(anyUpdate, fc.nat(30)), ([update, cut]) => bot.post(update, cut === 0), {
  after,
})

/** Of few people, so that one's own updates meet. */
const together = fc.integer({ min: 1, max: 3 }).chain((id) =>
  fc.oneof(
    data.map((given) => pressed(id, given)),
    typed.map((text) => privately(id, { text })),
    typed.map((text) => inGroup(id, { text })),
    fc
      .constantFrom('/segui torino', '/smetti torino', '/cancellami', '/esporta')
      .map((text) => privately(id, { text })),
    fc
      .constantFrom('1:follow:TO', '1:drop:TO', '1:forget-yes', '1:mute:TO')
      .map((given) => pressed(id, given)),
  ),
)
fuzz(
  'updates that come at once',
  0.02,
  fc.array(together, { minLength: 2, maxLength: 12 }),
  (updates) => bot.postAll(updates),
  { after },
)

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import fc from 'fast-check'
import { expect } from 'vitest'
import edge from '../../src/edge.ts'
import { FakeStudents } from '../bot/fake-student.ts'
import { countStatements } from '../counting-d1.worker.ts'
import { enter, initData } from '../web/app-kit.worker.ts'
import { kit, NOON } from '../web/kit.worker.ts'
import { fuzz } from './fuzz.ts'

/* What only looks like a key: wrong tokens and replayed, old or foreign init data open nothing and cost next to nothing. */

const site = kit()
const students = new FakeStudents()
const { d1, used } = countStatements(site.bindings.DB as D1Database)
Object.assign(site.bindings, { DB: d1, STUDENTS: students, SPORT_USER_IDS: '*' })
site.forget()

const HOUR = 3_600_000
const TOKENS = [
  '1234567890:TEST-token-of-the-simulator',
  '1234567890:another',
  '99:TEST-token-of-the-simulator',
]

/** Init data that must be refused, with the reason. */
const wrongData = fc.oneof(
  fc.record({ kind: fc.constant('old' as const), age: fc.integer({ min: HOUR + 1, max: 400 * 24 * HOUR }) }),
  fc.record({ kind: fc.constant('of another bot' as const), token: fc.constantFrom(...TOKENS.slice(1)) }),
  fc.record({
    kind: fc.constant('from the future' as const),
    ahead: fc.integer({ min: HOUR, max: 9 * HOUR }),
  }),
  fc.record({ kind: fc.constant('of another person' as const), id: fc.integer({ min: 1, max: 1e12 }) }),
  fc.record({
    kind: fc.constant('replayed into another session' as const),
    id: fc.integer({ min: 600, max: 1e12 }),
  }),
  fc.record({ kind: fc.constant('doubled' as const), field: fc.constantFrom('user', 'auth_date', 'hash') }),
  fc.record({
    kind: fc.constant('changed' as const),
    at: fc.nat(),
    letter: fc.constantFrom('0', 'a', 'f', '%', '&', '='),
  }),
)

type Wrong = typeof wrongData extends fc.Arbitrary<infer Value> ? Value : never

async function dataOf(wrong: Wrong): Promise<string> {
  switch (wrong.kind) {
    case 'old':
      return initData(507, { now: NOON - wrong.age })
    case 'from the future':
      return initData(507, { now: NOON + wrong.ahead })
    case 'of another bot':
      return initData(507, { token: wrong.token })
    case 'of another person': {
      const own = new URLSearchParams(await initData(507))
      own.set('user', JSON.stringify({ id: wrong.id, first_name: 'Eva', language_code: 'it' }))
      return own.toString()
    }
    case 'replayed into another session':
      return initData(wrong.id)
    case 'doubled': {
      const own = new URLSearchParams(await initData(507))
      const other = new URLSearchParams(await initData(508))
      own.append(wrong.field, other.get(wrong.field) ?? '')
      return own.toString()
    }
    case 'changed': {
      const own = await initData(507)
      const hash = own.lastIndexOf('hash=') + 5
      const at = hash + (wrong.at % 64)
      return own[at] === wrong.letter ? `${own}0` : own.slice(0, at) + wrong.letter + own.slice(at + 1)
    }
  }
}

fuzz('init data that are old, foreign, doubled or changed', 0.03, wrongData, async (wrong) => {
  const open = (await enter(site, await initData(507))).headers.get('Set-Cookie')?.split(';')[0] ?? ''
  used.statements = 0
  const replayed = wrong.kind === 'replayed into another session'
  const answer = await enter(site, await dataOf(wrong), replayed ? { Cookie: open } : {})
  await answer.text()
  expect(answer.headers.get('set-cookie')).toBeNull()
  expect(answer.status).toBeLessThan(500)
  expect(used.statements).toBe(0)
})

const word = fc.string({ unit: fc.constantFrom(...'abcdefXYZ0189-_.~'), maxLength: 50 })
const IDS = [507, 508, 509]
const wrongTokens = fc.array(
  fc.record({
    where: fc.constantFrom('calendar', 'cookie', 'webhook'),
    id: fc.oneof(fc.constantFrom(...IDS).map(String), word),
    token: word,
  }),
  { minLength: 20, maxLength: 60 },
)

const requests = {
  calendar: (id: string, token: string) =>
    new Request(`https://sportello.test/calendar/${encodeURIComponent(`${id}-${token}`)}.ics`),
  cookie: (_: string, token: string) =>
    new Request('https://sportello.test/app/dati', {
      headers: { Cookie: `__Host-app=${token}` },
      redirect: 'manual',
    }),
  webhook: (_: string, token: string) =>
    new Request('https://sportello.test/telegram/webhook', {
      method: 'POST',
      headers: { 'X-Telegram-Bot-Api-Secret-Token': token, 'Content-Type': 'application/json' },
      body: '{"update_id":1}',
    }),
}

const worker = edge as unknown as {
  fetch(request: Request, env: unknown, context: ExecutionContext): Promise<Response>
}
const env = { ...site.bindings }

fuzz('wrong tokens by the thousand', 0.004, wrongTokens, async (attempts) => {
  used.statements = 0
  for (const { where, id, token } of attempts) {
    const context = createExecutionContext()
    const answer = await worker.fetch(requests[where](id, token), env, context)
    expect([302, 303, 401, 404, 429]).toContain(answer.status)
    await answer.text()
    await waitOnExecutionContext(context)
  }
  // Each person is looked up once in five seconds, and what was counted is saved now and then.
  expect(used.statements).toBeLessThanOrEqual(IDS.length + 3)
  expect([...students.byName.keys()]).toEqual([])
})

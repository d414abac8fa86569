import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, test } from 'vitest'
import type { EdgeEnv } from '../../src/bindings.d.ts'
import edge from '../../src/edge.ts'
import { harness, SECRET } from './harness.worker.ts'
import { nextUpdateId } from './person.ts'

const bot = harness()
const { telegram, post, rows, someone, edgeEnv } = bot

/** The environment with a D1 that counts what it is asked, or refuses it. */
function watchedEnv(refuse?: () => Error | undefined): { env: EdgeEnv; queries: () => number } {
  let queries = 0
  const before = () => {
    queries += 1
    const error = refuse?.()
    if (error) throw error
  }
  const DB = new Proxy(edgeEnv.DB, {
    get: (target, name) => {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (name !== 'prepare') before()
        return Reflect.apply(member, target, args)
      }
    },
  })
  return { env: { ...edgeEnv, DB }, queries: () => queries }
}

const start = (chatId: number, updateId = nextUpdateId()) =>
  JSON.stringify({
    update_id: updateId,
    message: { message_id: 1, date: 1, chat: { id: chatId, type: 'private' }, text: '/start' },
  })

afterEach(() => {
  telegram.refuse = () => undefined
})

describe('access', () => {
  test('a wrong or missing secret gets 401 and costs no query and no call', async () => {
    const { env, queries } = watchedEnv()
    const calls = telegram.calls.length
    for (const secret of ['', 'wrong', `${SECRET}x`, SECRET.toUpperCase()]) {
      const response = await post(start(1), { 'X-Telegram-Bot-Api-Secret-Token': secret }, env)
      expect(response.status).toBe(401)
    }
    expect(queries()).toBe(0)
    expect(telegram.calls).toHaveLength(calls)
  })

  test('nor does it cost the whole Worker a query, which counts its requests', async () => {
    const { env, queries } = watchedEnv()
    const ctx = createExecutionContext()
    const request = new Request('http://edge/telegram/webhook', { method: 'POST', body: start(1) })
    expect((await edge.fetch(request as never, env, ctx)).status).toBe(401)
    await waitOnExecutionContext(ctx)
    expect(queries()).toBe(0)
  })

  test('a menu costs one reading and one writing of the database', async () => {
    const { env, queries } = watchedEnv()
    expect((await post(start(7001), {}, env)).status).toBe(200)
    expect(queries()).toBe(2)
  })
})

describe('bodies', () => {
  test('a body that is not an update is accepted and dropped, so that Telegram does not repeat it', async () => {
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '7',
      '{}',
      '{"update_id":"x"}',
      '{"update_id":1.5}',
      '{"update_id":1e400}',
    ]) {
      expect((await post(body)).status).toBe(200)
    }
  })

  test('a body too large to be an update is refused', async () => {
    expect((await post(`{"update_id":1,"x":"${'x'.repeat(300_000)}"}`)).status).toBe(413)
  })

  test('a body that does not say how long it is is refused as soon as it is too large', async () => {
    const chunk = new TextEncoder().encode(' '.repeat(64 * 1024))
    let given = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += chunk.length
        controller.enqueue(chunk)
      },
    })
    expect((await post(endless)).status).toBe(413)
    expect(given).toBeLessThan(1024 * 1024)
  })

  test('missing optional fields break nothing', async () => {
    const chat = { id: 7002 }
    const sent = [
      { message: { message_id: 1, chat, text: '/start' } },
      { message: { message_id: 1, chat, text: '/segui lecce', from: { id: 7002 } } },
      { callback_query: { id: 'a', from: { id: 7002 }, data: '1:mine' } },
      { callback_query: { id: 'b', from: { id: 7002 } } },
      {
        callback_query: {
          id: 'c',
          from: { id: 7002 },
          message: { message_id: 4, chat, date: 0 },
          data: '1:home',
        },
      },
      { channel_post: { message_id: 1, chat: { id: -7003, type: 'channel' }, text: '/segui lecce' } },
    ]
    for (const update of sent) {
      const calls = telegram.count('sendMessage') + telegram.count('editMessageText')
      expect((await bot.deliver({ update_id: nextUpdateId(), ...update })).status).toBe(200)
      expect(telegram.count('sendMessage') + telegram.count('editMessageText')).toBe(calls + 1)
    }
    expect(await bot.followed(7002)).toEqual(['LE'])
    expect(await bot.followed(-7003)).toEqual(['LE'])
  })
})

describe('repeats', () => {
  test('an update that was done is dropped', async () => {
    const body = start(7010)
    await post(body)
    const calls = telegram.calls.length
    expect((await post(body)).status).toBe(200)
    expect(telegram.calls).toHaveLength(calls)
  })

  test('an update that comes twice at once is done once', async () => {
    const body = start(7011)
    const calls = telegram.count('sendMessage')
    const answers = await Promise.all([post(body), post(body), post(body)])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(telegram.count('sendMessage')).toBe(calls + 1)
  })

  test('while the database is down Telegram is asked to send again, and then it is done', async () => {
    const id = nextUpdateId()
    const { env } = watchedEnv(() => new Error('D1_ERROR: Network connection lost.'))
    expect((await post(start(7012, id), {}, env)).status).toBe(503)
    expect(await rows(sql`SELECT 1 FROM updates WHERE id = ${id}`)).toHaveLength(0)
    expect((await post(start(7012, id))).status).toBe(200)
    expect(await rows(sql`SELECT 1 FROM updates WHERE id = ${id}`)).toHaveLength(1)
  })

  test('a bug is said to the person in a few words and not repeated', async () => {
    const person = someone()
    await person.types('/segui rieti')
    // No reading ever leaves such an instant: no calendar knows it.
    await bot.read('RI', Number.MAX_SAFE_INTEGER)
    const id = nextUpdateId()
    const update = { update_id: id, message: person.message({ text: '/stato' }) }
    expect((await bot.deliver(update)).status).toBe(200)
    expect(person.shown.text).toBe('Qualcosa è andato storto, scusami. Riprova tra poco.')
    expect(await rows(sql`SELECT 1 FROM updates WHERE id = ${id}`)).toHaveLength(1)
  })
})

describe('when Telegram does not take a reply', () => {
  const owed = (chatId: number) =>
    rows(sql`SELECT content, lane, not_before FROM deliveries WHERE chat_id = ${chatId} ORDER BY id`)

  test.each([
    [
      '429',
      { error_code: 429, description: 'Too Many Requests: retry after 7', parameters: { retry_after: 7 } },
      7000,
    ],
    [
      'the news that the group moved',
      { error_code: 400, description: 'group chat was upgraded', parameters: { migrate_to_chat_id: -1 } },
      0,
    ],
    ['a 5xx', { error_code: 502, description: 'Bad Gateway' }, 0],
  ])('after %s the reply is owed and the sender told', async (_, refusal, delay) => {
    const person = someone()
    const nudges = bot.nudges.length
    telegram.refuse = (method) => (method === 'sendMessage' ? refusal : undefined)
    await bot.deliver({ update_id: nextUpdateId(), message: person.message({ text: '/help' }) })
    const [draft, ...more] = await owed(person.chat.id)
    expect(more).toEqual([])
    expect(draft).toMatchObject({ lane: 0, not_before: bot.time.now + delay })
    expect(JSON.parse(String(draft?.content)).message.text).toMatch(/portale della Polizia/)
    expect(bot.nudges.length).toBe(nudges + 1)
  })

  test('during a Telegram outage an edit is enqueued as an edit', async () => {
    const person = someone()
    await person.types('/start')
    telegram.refuse = (method) => {
      if (method === 'editMessageText') throw new TypeError('connection reset')
      return undefined
    }
    await person.pressesData('1:help')
    const [draft] = await owed(person.chat.id)
    expect(JSON.parse(String(draft?.content))).toMatchObject({
      type: 'edit',
      target: { messageId: person.shown.id },
    })
  })

  test('a message too old to edit is followed by a new one; the same text is as good as done', async () => {
    const person = someone()
    await person.types('/start')
    telegram.refuse = (method) =>
      method === 'editMessageText'
        ? { error_code: 400, description: "Bad Request: message can't be edited" }
        : undefined
    await person.pressesData('1:help')
    expect(person.messageCount).toBe(2)
    telegram.refuse = (method) =>
      method === 'editMessageText'
        ? { error_code: 400, description: 'Bad Request: message is not modified: x' }
        : undefined
    await person.pressesData('1:help')
    expect(person.messageCount).toBe(2)
    expect(await owed(person.chat.id)).toEqual([])
  })

  test('a press that is too old to be answered is still done', async () => {
    const person = someone()
    await person.types('/start')
    telegram.refuse = (method) =>
      method === 'answerCallbackQuery'
        ? { error_code: 400, description: 'Bad Request: query is too old' }
        : undefined
    await person.presses('Aiuto')
    expect(person.shown.text).toMatch(/portale della Polizia/)
  })

  test('a chat that blocked the bot is gone, and its subscriptions are suspended until it writes again', async () => {
    const person = someone()
    await person.types('/segui pisa')
    telegram.refuse = () => ({ error_code: 403, description: 'Forbidden: bot was blocked by the user' })
    await person.sends({ message: person.message({ text: '/mie' }) })
    const asleep = () => rows(sql`SELECT asleep FROM subscriptions WHERE chat_id = ${person.chat.id}`)
    expect(await asleep()).toEqual([{ asleep: 1 }])
    expect((await bot.chatRow(person.chat.id))?.status).toBe('gone')
    telegram.refuse = () => undefined
    await person.types('/mie')
    expect(await asleep()).toEqual([{ asleep: 0 }])
    expect((await bot.chatRow(person.chat.id))?.status).toBe('active')
  })
})

test('every pressed button is answered once', async () => {
  const person = someone()
  await person.types('/start')
  for (const label of [
    'Passaporto',
    'Aggiungi',
    'Lazio',
    'Roma',
    'Conferma',
    'Menu',
    'Stato',
    'Menu',
    'Aiuto',
  ]) {
    const before = telegram.count('answerCallbackQuery')
    await person.presses(label)
    expect(telegram.count('answerCallbackQuery')).toBe(before + 1)
  }
})

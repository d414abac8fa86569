import { describe, expect, it } from 'vitest'
import { call, startTelegram, startWebhook, steadyClock } from './telegram-testing.ts'

describe('getUpdates', () => {
  it('gives what is pending, again and again, until an offset acknowledges it', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    anna.send('uno')
    anna.send('due')
    const first = await call(telegram, 'getUpdates')
    expect(first.result.map((update: { message: { text: string } }) => update.message.text)).toEqual([
      'uno',
      'due',
    ])
    expect((await call(telegram, 'getUpdates')).result).toEqual(first.result)
    const offset = first.result[0].update_id + 1
    expect((await call(telegram, 'getUpdates', { offset, limit: 1 })).result).toEqual([first.result[1]])
    expect((await call(telegram, 'getWebhookInfo')).result.pending_update_count).toBe(1)
  })

  it('hangs until something happens', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    const polled = call(telegram, 'getUpdates', { timeout: 30 })
    await telegram.waitForIdle()
    anna.send('ciao')
    expect((await polled).result).toMatchObject([
      { message: { text: 'ciao', from: { language_code: 'it' } } },
    ])
  })

  it('gives only the kinds asked for', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    await call(telegram, 'getUpdates', { allowed_updates: ['callback_query'] })
    anna.send('ciao')
    expect((await call(telegram, 'getUpdates')).result).toEqual([])
  })

  it('is refused while a webhook is set, and ended by another poll', async () => {
    const telegram = await startTelegram()
    const hook = await startWebhook(() => 200)
    const earlier = call(telegram, 'getUpdates', { timeout: 30 })
    await telegram.waitUntil(() => telegram.ledger.calls.get('getUpdates') === 1)
    await call(telegram, 'getUpdates', { timeout: 0 })
    expect(await earlier).toMatchObject({
      error_code: 409,
      description: expect.stringMatching(/^Conflict: terminated by other/),
    })
    await call(telegram, 'setWebhook', { url: hook.url })
    expect(await call(telegram, 'getUpdates')).toMatchObject({ ok: false, error_code: 409 })
  })
})

describe('the webhook', () => {
  it('gets each update with the secret, one chat in order', async () => {
    const telegram = await startTelegram()
    const hook = await startWebhook(() => 200)
    expect(await call(telegram, 'setWebhook', { url: hook.url, secret_token: 's3cret' })).toEqual({
      ok: true,
      result: true,
      description: 'Webhook was set',
    })
    const anna = telegram.createUser()
    for (const text of ['uno', 'due', 'tre']) anna.send(text)
    await telegram.waitForIdle()
    expect(hook.received.map(({ update }) => update.message.text)).toEqual(['uno', 'due', 'tre'])
    expect(hook.received[0]?.headers['x-telegram-bot-api-secret-token']).toBe('s3cret')
  })

  it('repeats an update until it gets a 2xx, holding up its own chat but no other', async () => {
    const telegram = await startTelegram({ webhookBackoffMs: () => 1 })
    const anna = telegram.createUser()
    const bruno = telegram.createUser()
    let refusals = 3
    const hook = await startWebhook(({ update }) => {
      if (update.message.from.id !== anna.id || refusals === 0) return 200
      refusals -= 1
      return 503
    })
    await call(telegram, 'setWebhook', { url: hook.url })
    anna.send('uno')
    anna.send('due')
    bruno.send('altro')
    await telegram.waitForIdle()
    const ofAnna = hook.received.filter(({ update }) => update.message.from.id === anna.id)
    expect(ofAnna.map(({ update }) => update.message.text)).toEqual(['uno', 'uno', 'uno', 'uno', 'due'])
    expect(hook.received.filter(({ update }) => update.message.from.id === bruno.id)).toHaveLength(1)
    expect((await call(telegram, 'getWebhookInfo')).result).toMatchObject({
      pending_update_count: 0,
      last_error_message: 'Wrong response from the webhook: 503 Service Unavailable',
    })
  })

  it('never opens more connections than max_connections', async () => {
    const telegram = await startTelegram()
    let open = 0
    let most = 0
    let allOpen: () => void = () => undefined
    const threeOpen = new Promise<void>((resolve) => {
      allOpen = resolve
    })
    const hook = await startWebhook(async () => {
      open += 1
      most = Math.max(most, open)
      if (open === 3) allOpen()
      // The first three wait for each other, however slow the machine is.
      await threeOpen
      await new Promise((resolve) => setTimeout(resolve, 5))
      open -= 1
      return 200
    })
    await call(telegram, 'setWebhook', { url: hook.url, max_connections: 3 })
    for (const person of telegram.createUsers(12)) person.send('ciao')
    await telegram.waitForIdle()
    expect(hook.received).toHaveLength(12)
    expect(most).toBe(3)
  })

  it('delivers twice when asked: by lot, or one update by name', async () => {
    const telegram = await startTelegram({ duplicateProbability: 1 })
    const hook = await startWebhook(() => 200)
    await call(telegram, 'setWebhook', { url: hook.url })
    telegram.createUser().send('ciao')
    await telegram.waitForIdle()
    expect(hook.received).toHaveLength(2)
    const [update] = telegram.updates
    if (update) telegram.duplicate(update)
    await telegram.waitForIdle()
    expect(new Set(hook.received.map((one) => one.update.update_id)).size).toBe(1)
    expect(hook.received).toHaveLength(4)
  })

  it('gets what was pending when it was set, unless that is dropped', async () => {
    const telegram = await startTelegram()
    const hook = await startWebhook(() => 200)
    const anna = telegram.createUser()
    anna.send('prima')
    await call(telegram, 'setWebhook', { url: hook.url, drop_pending_updates: true })
    anna.send('dopo')
    await telegram.waitForIdle()
    expect(hook.received.map(({ update }) => update.message.text)).toEqual(['dopo'])
    await call(telegram, 'deleteWebhook')
    anna.send('ancora')
    await call(telegram, 'setWebhook', { url: hook.url })
    await telegram.waitForIdle()
    expect(hook.received.map(({ update }) => update.message.text)).toEqual(['dopo', 'ancora'])
  })

  it('carries a hostile update exactly as given', async () => {
    const telegram = await startTelegram()
    const hook = await startWebhook(() => 200)
    await call(telegram, 'setWebhook', { url: hook.url })
    telegram.inject({ message: { text: null, chat: 'nonsense' } })
    await telegram.waitForIdle()
    expect(hook.received[0]?.update).toMatchObject({ message: { text: null, chat: 'nonsense' } })
  })

  it.each([
    [{ url: 'http://example.org/hook' }, 'bad webhook: An HTTPS URL must be provided for webhook'],
    [
      { url: 'https://example.org:5000/' },
      'bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443',
    ],
    [
      { url: 'https://example.org/', secret_token: 'con spazi' },
      'secret token contains unallowed characters',
    ],
  ])('is refused with %j', async (parameters, reason) => {
    const telegram = await startTelegram()
    expect(await call(telegram, 'setWebhook', parameters)).toMatchObject({
      description: `Bad Request: ${reason}`,
    })
  })
})

describe('pressed buttons', () => {
  it('spin until they are answered, and cannot be answered late or by a made-up id', async () => {
    const clock = steadyClock()
    const telegram = await startTelegram({ clock, pressLifetimeMs: 60_000 })
    const anna = telegram.createUser()
    anna.start()
    const reply_markup = { inline_keyboard: [[{ text: 'Premi', callback_data: 'p:1' }]] }
    await call(telegram, 'sendMessage', { chat_id: anna.id, text: 'x', reply_markup })
    const menu = await anna.chat.waitFor('x')
    const press = anna.press(menu, 'Premi')
    const { result } = await call(telegram, 'getUpdates')
    expect(result.at(-1).callback_query).toMatchObject({
      id: press.id,
      data: 'p:1',
      message: { message_id: menu.id },
    })
    expect(press.answer).toBeUndefined()
    await call(telegram, 'answerCallbackQuery', { callback_query_id: press.id, text: 'Sì', show_alert: true })
    expect(press.answer).toMatchObject({ text: 'Sì', alert: true })

    const late = anna.press(menu, 'p:1')
    clock.advance(60_001)
    const tooOld = 'Bad Request: query is too old and response timeout expired or query ID is invalid'
    for (const id of [late.id, 'made-up']) {
      expect(await call(telegram, 'answerCallbackQuery', { callback_query_id: id })).toMatchObject({
        description: tooOld,
      })
    }
  })

  it('can be pressed on a message that no longer shows them, or that is too old to be handed over', async () => {
    const telegram = await startTelegram()
    const anna = telegram.createUser()
    anna.start()
    await call(telegram, 'sendMessage', { chat_id: anna.id, text: 'x' })
    const message = await anna.chat.waitFor('x')
    expect(() => anna.press(message, 'vecchio')).toThrow(/No button/)
    anna.press(message, 'vecchio', { force: true, inaccessible: true })
    const { result } = await call(telegram, 'getUpdates')
    expect(result.at(-1).callback_query).toMatchObject({
      data: 'vecchio',
      message: { date: 0, message_id: message.id },
    })
  })
})

import { DurableObject } from 'cloudflare:workers'
import { Api } from 'grammy'
import { readConfig } from '../../../platform/config.ts'
import { telegramClient } from '../../../platform/telegram-client.ts'
import { systemClock } from '../../../platform/time.ts'
import type { Answer, Call, Sender as Caller } from '../channel.ts'
import { newFieldsFallback, ownMemory } from './new-fields.ts'
import { telegramSender } from './telegram-sender.ts'

/** Timeout of a call to Telegram, seconds. */
export const CALL_TIMEOUT_S = 10

/**
 * One of several senders: a Durable Object, which has its own limit of simultaneous connections. It stores nothing and
 * decides nothing; the send run hands it each call. Callers and objects may run different versions during a deploy.
 */
export class Sender extends DurableObject<object> {
  readonly #sender: Caller

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env)
    const config = readConfig(env, ['TELEGRAM_API_ROOT', 'TELEGRAM_BOT_TOKEN'])
    const client = telegramClient(config.TELEGRAM_API_ROOT, CALL_TIMEOUT_S)
    const api = new Api(config.TELEGRAM_BOT_TOKEN, client)
    api.config.use(newFieldsFallback(ownMemory(() => systemClock.now())))
    this.#sender = telegramSender(api, true)
  }

  send(call: Call): Promise<Answer> {
    return this.#sender.send(call)
  }
}

/** The senders 2 to `count`. Cloudflare creates each object at its first call. */
export const senderObjects = (objects: DurableObjectNamespace<Sender>, count: number): Caller[] =>
  Array.from({ length: count - 1 }, (_, i) => {
    const id = objects.idFromName(String(i + 2))
    // A stub that has failed once fails again: each call takes a new one.
    return { send: (call) => objects.get(id, { locationHint: 'weur' }).send(call) }
  })

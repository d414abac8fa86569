import type { PushServer } from '../test/simulators/push/push-server.ts'
import type { Subscriber } from '../test/simulators/push/subscriber.ts'
import { testKeys } from '../test/simulators/push/test-keys.ts'
import { dayAfter, type SlotWish } from './slot-wishes.ts'
import { readRows } from './stored-rows.ts'

/** What a browser does of its own accord: it asks the edge Worker, keeps cookies, and returns the token of its first message. */
export class Browser {
  readonly subscriber: Subscriber
  /** Its id as a recipient. */
  readonly chatId: number
  /** When it gave up its subscription, epoch ms. */
  endedAt: number | undefined
  readonly #client: Client

  constructor(subscriber: Subscriber, chatId: number, client: Client) {
    this.subscriber = subscriber
    this.chatId = chatId
    this.#client = client
  }

  /** Sets filters and quiet hours on the page of the settings. @param today the Rome day */
  async set(
    { weekdays = [], fromInDays, windows = [] }: SlotWish,
    quietUntil: string | undefined,
    today: string,
  ): Promise<void> {
    await this.#client.request('/push/apri')
    const page = await (await this.#client.request('/app/preferenze')).text()
    const fields: [string, string][] = [
      ['csrf', /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''],
      ['language', 'it'],
      ['minPlaces', '1'],
      ['onlyFromDay', fromInDays === undefined ? '' : dayAfter(today, fromInDays)],
      ...weekdays.map((day): [string, string] => ['weekday', String(day)]),
      ...windows.flatMap(([from, to]): [string, string][] => [
        ['onlyFrom', from],
        ['onlyTo', to],
      ]),
      ['quietFrom', quietUntil === undefined ? '' : '22:00'],
      ['quietTo', quietUntil ?? ''],
      ['quietMode', quietUntil === undefined ? 'silent' : 'digest'],
    ]
    const saved = await this.#client.request('/app/preferenze', new URLSearchParams(fields))
    if (!saved.headers.get('location')?.includes('done=saved'))
      throw new Error(`a browser’s settings were answered ${saved.status}`)
  }
}

/** Requests of one browser, with its cookies. */
class Client {
  readonly #origin: string
  readonly #address: string
  readonly #cookies = new Map<string, string>()

  /** @param address its own, since each address may subscribe only so often */
  constructor(origin: string, address: string) {
    this.#origin = origin
    this.#address = address
  }

  async request(path: string, body?: URLSearchParams | object): Promise<Response> {
    const isForm = body instanceof URLSearchParams
    const response = await fetch(`${this.#origin}${path}`, {
      redirect: 'manual',
      headers: {
        origin: this.#origin,
        'cf-connecting-ip': this.#address,
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body && { method: 'POST', body: isForm ? body : JSON.stringify(body) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.#cookies.set(name, value)
    }
    return response
  }

  /** Posts an object and expects a state in the answer. */
  async post(path: string, body: object, expected: string): Promise<void> {
    const response = await this.request(path, body)
    const { state } = (await response.json()) as { state: string }
    if (state !== expected) throw new Error(`${path} was answered ${response.status} ${state}`)
  }
}

/**
 * Subscribes a browser as the page of a province does, returns the token that its first message brings, then follows the other
 * provinces.
 */
export async function subscribe(
  push: PushServer,
  { origin, stateDir, browsers }: { origin: string; stateDir: string; browsers: readonly Browser[] },
  [first = '', ...others]: readonly string[],
): Promise<Browser> {
  const client = new Client(origin, `198.51.100.${browsers.length + 1}`)
  const subscriber = await push.service.subscribe(testKeys.publicKey)
  const { endpoint, keys } = subscriber
  const subscribing = (province: string) => ({
    endpoint,
    keys,
    key: testKeys.publicKey,
    language: 'it',
    province,
  })
  const hello = push.next(subscriber)
  await client.post('/push/iscrizione', subscribing(first), 'confirming')
  const { text } = await hello
  await client.post('/push/conferma', { token: JSON.parse(text).confirm }, 'on')
  for (const province of others) await client.post('/push/iscrizione', subscribing(province), 'on')
  const [row] = readRows<{ id: number }>(
    stateDir,
    `SELECT chat_id AS id FROM push_subscriptions WHERE endpoint = '${endpoint}' AND confirm_token IS NULL`,
  )
  if (!row) throw new Error('a browser’s subscription was not confirmed')
  return new Browser(subscriber, row.id, client)
}

import { fromBase64url, type Subscriber, subscriberAt } from './subscriber.ts'

/** A message that the service took. */
export interface PushMessage {
  endpoint: string
  /** When it was taken, epoch ms. */
  at: number
  /** Taken, but the connection broke before the answer: the sender cannot know. */
  answerLost: boolean
  /** What the browser reads. */
  text: string
  ttl: number
  urgency: string | null
  topic: string | null
}

/** What the service answers instead of taking a message. */
export interface Refusal {
  status: number
  headers?: Record<string, string>
}

/** A message that the service refused because its subscription had ended. */
export interface EndedCall {
  endpoint: string
  /** When it was refused, epoch ms. */
  at: number
  /** When the request came: a fault may have held it up since, longer than its sender lived. */
  askedAt: number
  answerLost: boolean
}

/**
 * A push service (RFC 8030) that takes messages for its subscribers: it checks our signature (RFC 8292) and the headers that
 * real ones insist on, and reads each message as the browser would.
 */
export class PushService {
  readonly origin: string
  readonly taken: PushMessage[] = []
  /** Messages to subscriptions that had ended. */
  readonly ended: EndedCall[] = []
  /** Requests of all kinds. */
  requests = 0
  /** What to answer instead; undefined: the message is taken. */
  answer: (endpoint: string) => Refusal | undefined = () => undefined
  /** How the service says that a subscription has ended. */
  endedStatus: 404 | 410 = 410
  readonly #subscribers = new Map<string, Subscriber>()
  /** Each subscription's application server key. */
  readonly #keys = new Map<string, string>()
  readonly #now: () => number

  /**
   * @param origin where it is reached, e.g. `https://fcm.googleapis.com`
   * @param now epoch ms
   */
  constructor(origin: string, now: () => number = Date.now) {
    this.origin = origin
    this.#now = now
  }

  /** A browser subscribes. @param key the site's public key */
  async subscribe(key: string): Promise<Subscriber> {
    const subscriber = await subscriberAt(`${this.origin}/wpush/${crypto.randomUUID()}`)
    this.#subscribers.set(subscriber.endpoint, subscriber)
    this.#keys.set(subscriber.endpoint, key)
    return subscriber
  }

  /** The browser gives up its subscription. */
  unsubscribe({ endpoint }: Subscriber): void {
    this.#subscribers.delete(endpoint)
  }

  /** What a browser was sent, as objects. */
  messagesTo({ endpoint }: Subscriber): Record<string, unknown>[] {
    return this.taken.filter((message) => message.endpoint === endpoint).map(({ text }) => JSON.parse(text))
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    (await this.serve(new Request(input as string, init))).answer

  /**
   * Answers a request, and says what it took, or for which subscription that had ended the request was.
   * @param askedAt when the request came, epoch ms
   */
  async serve(
    request: Request,
    askedAt = this.#now(),
  ): Promise<{ answer: Response; taken?: PushMessage; ended?: EndedCall }> {
    this.requests++
    const endpoint = `${this.origin}${new URL(request.url).pathname}`
    const refusal = this.answer(endpoint)
    if (refusal) return { answer: new Response('refused', refusal) }
    const subscriber = this.#subscribers.get(endpoint)
    if (!subscriber) {
      const ended = { endpoint, at: this.#now(), askedAt, answerLost: false }
      this.ended.push(ended)
      return { answer: new Response('no such subscription', { status: this.endedStatus }), ended }
    }
    const fault = await this.#faultOf(request, this.#keys.get(endpoint) ?? '')
    if (fault) return { answer: new Response(fault.why, { status: fault.status }) }
    const body = new Uint8Array(await request.arrayBuffer())
    if (body.length > 4096) return { answer: new Response('too large', { status: 413 }) }
    const taken = {
      endpoint,
      at: this.#now(),
      answerLost: false,
      text: await subscriber.read(body),
      ttl: Number(request.headers.get('TTL')),
      urgency: request.headers.get('Urgency'),
      topic: request.headers.get('Topic'),
    }
    this.taken.push(taken)
    return { answer: new Response(null, { status: 201 }), taken }
  }

  async #faultOf({ method, headers }: Request, key: string): Promise<{ status: number; why: string } | null> {
    if (method !== 'POST') return { status: 405, why: 'not a POST' }
    if (!/^\d+$/.test(headers.get('TTL') ?? '')) return { status: 400, why: 'no TTL' }
    if (headers.get('Content-Encoding') !== 'aes128gcm') return { status: 415, why: 'wrong encoding' }
    const topic = headers.get('Topic')
    if (topic !== null && !/^[\w-]{1,32}$/.test(topic)) return { status: 400, why: 'wrong topic' }
    const [, token = '', named = ''] =
      /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(headers.get('Authorization') ?? '') ?? []
    if (named !== key) return { status: 403, why: 'another key' }
    return (await this.#isSigned(token, key)) ? null : { status: 401, why: 'wrong signature' }
  }

  async #isSigned(token: string, key: string): Promise<boolean> {
    const [head = '', claims = '', signature = ''] = token.split('.')
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const imported = await crypto.subtle.importKey('raw', fromBase64url(key), algorithm, false, ['verify'])
    const { aud, exp, sub } = JSON.parse(new TextDecoder().decode(fromBase64url(claims)))
    // Workers sign by the machine's time, also where CLOCK_SHIFT_SECONDS moves their own clock; in their tests `Date` is moved.
    const isCurrent = [Date.now(), performance.timeOrigin + performance.now()].some(
      (now) => exp > now / 1_000 && exp < now / 1_000 + 24 * 3_600,
    )
    // Our library signs for https; a simulator on this machine answers over plain HTTP.
    if (new URL(aud).host !== new URL(this.origin).host || !isCurrent || !/^(?:https|mailto):/.test(sub))
      return false
    return crypto.subtle.verify(
      { name: 'ECDSA', hash: 'SHA-256' },
      imported,
      fromBase64url(signature),
      new TextEncoder().encode(`${head}.${claims}`),
    )
  }
}

import type { Update } from 'grammy/types'
import type { Clock } from '../../../src/platform/time.ts'
import type { PendingUpdate, UpdateQueue } from './updates.ts'

/** Where updates go, as `setWebhook` set it. */
export interface WebhookSettings {
  url: string
  secretToken: string
  maxConnections: number
  allowedUpdates: readonly string[]
  ipAddress?: string
}

export interface WebhookOptions {
  clock: Clock
  queue: UpdateQueue
  /** Milliseconds before try `attempt` (2 for the first repeat). */
  backoffMs: (attempt: number) => number
  /** The chance that an update already taken is delivered once more. */
  duplicateProbability: number
  random: () => number
  /** Milliseconds that the bot has to answer. Telegram's own: 60,000. */
  timeoutMs: number
  /** A call that the bot gave as the webhook's answer. */
  onReply: (method: string, parameters: Record<string, unknown>) => Promise<void>
}

/** One try to deliver one update. Times in epoch ms. */
export interface WebhookDelivery {
  at: number
  updateId: number
  attempt: number
  /** The status answered; undefined when there was no answer. */
  status: number | undefined
  /** Milliseconds until the answer, on the server's clock. */
  tookMs: number
}

/**
 * Delivers updates as Telegram does: each chat's one by one and in order, chats side by side up to
 * `max_connections`, each repeated until it gets a 2xx.
 */
export class Webhook {
  readonly #options: WebhookOptions
  readonly #lanes = new Map<number, PendingUpdate[]>()
  readonly #waiting: number[] = []
  #settings: WebhookSettings | undefined
  /** Changes whenever the webhook does, so that loops of an earlier one end. */
  #generation = 0
  #busy = 0
  #stopWaiting = new AbortController()
  lastErrorAt: number | undefined
  lastError = ''
  readonly deliveries: WebhookDelivery[] = []

  constructor(options: WebhookOptions) {
    this.#options = options
    options.queue.added.listen((pending) => {
      if (this.#settings) this.#enqueue(pending)
    })
  }

  get settings(): WebhookSettings | undefined {
    return this.#settings
  }

  /** Sets, changes or (undefined) removes the webhook; what is pending goes the new way. */
  change(settings: WebhookSettings | undefined): void {
    this.#generation += 1
    this.#settings = settings
    this.#busy = 0
    this.#lanes.clear()
    this.#waiting.length = 0
    this.#stopWaiting.abort()
    this.#stopWaiting = new AbortController()
    this.lastErrorAt = undefined
    this.lastError = ''
    if (settings) for (const pending of this.#options.queue.pending()) this.#enqueue(pending)
  }

  #enqueue(pending: PendingUpdate): void {
    const lane = this.#lanes.get(pending.lane)
    if (lane) {
      lane.push(pending)
      return
    }
    this.#lanes.set(pending.lane, [pending])
    this.#waiting.push(pending.lane)
    this.#startLanes()
  }

  #startLanes(): void {
    while (this.#settings && this.#busy < this.#settings.maxConnections) {
      const lane = this.#waiting.shift()
      if (lane === undefined) return
      this.#busy += 1
      void this.#runLane(lane, this.#generation)
    }
  }

  /** Delivers what one chat has waiting, then frees its connection for another. */
  async #runLane(lane: number, generation: number): Promise<void> {
    const updates = this.#lanes.get(lane) ?? []
    for (let pending = updates[0]; pending; pending = updates[0]) {
      await this.#deliver(pending.update, generation)
      if (generation !== this.#generation) return
      updates.shift()
    }
    this.#lanes.delete(lane)
    this.#busy -= 1
    this.#startLanes()
  }

  async #deliver(update: Update, generation: number): Promise<void> {
    const { backoffMs, queue, duplicateProbability, random } = this.#options
    const again = random() < duplicateProbability
    for (let attempt = 1; generation === this.#generation && queue.has(update.update_id); attempt += 1) {
      if (attempt > 1) await this.#pause(backoffMs(attempt))
      if (generation !== this.#generation) return
      if (!(await this.#post(update, attempt))) continue
      if (again) await this.#post(update, attempt + 1)
      if (generation === this.#generation) queue.acknowledge(update.update_id)
    }
  }

  /** Waits, or less when the webhook changes meanwhile. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopWaiting
    const changed = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    await Promise.race([this.#options.clock.sleep(ms), changed])
  }

  async #post(update: Update, attempt: number): Promise<boolean> {
    const settings = this.#settings
    if (!settings) return false
    const { clock, timeoutMs } = this.#options
    const at = clock.now()
    let status: number | undefined
    try {
      const response = await fetch(settings.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(settings.secretToken ? { 'x-telegram-bot-api-secret-token': settings.secretToken } : {}),
        },
        body: JSON.stringify(update),
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stopWaiting.signal]),
      })
      status = response.status
      const body = await response.text()
      if (response.ok) await this.#takeReply(response.headers.get('content-type') ?? '', body)
      else this.#failed(`Wrong response from the webhook: ${status} ${response.statusText}`)
    } catch (error) {
      if (settings !== this.#settings) return false
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      this.#failed(timedOut ? 'Read timeout expired' : 'Connection failed')
    }
    this.deliveries.push({ at, updateId: update.update_id, attempt, status, tookMs: clock.now() - at })
    return status !== undefined && status >= 200 && status < 300
  }

  #failed(why: string): void {
    this.lastError = why
    this.lastErrorAt = this.#options.clock.now()
  }

  /** A bot may answer the webhook with a call of its own; its result is never told. */
  async #takeReply(contentType: string, body: string): Promise<void> {
    if (!contentType.startsWith('application/json') || !body.includes('"method"')) return
    const { method, ...parameters } = JSON.parse(body) as Record<string, unknown>
    if (typeof method === 'string') await this.#options.onReply(method, parameters)
  }
}

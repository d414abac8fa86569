import type { Webhook } from './methods.ts'
import type { Update } from './types.ts'

/** Milliseconds before an update that was refused is posted again, by try; the last one goes on. */
const RETRY_MS = [200, 500, 1_000, 2_000, 5_000]

/**
 * Updates on their way to the bot: kept until acknowledged by getUpdates, or posted to the webhook as Telegram does, one
 * at a time for a chat, chats side by side, again until a 2xx.
 */
export class Updates {
  readonly webhook: Webhook = { url: '', secret: '', allowedUpdates: undefined, maxConnections: 40 }
  readonly #stopping = new AbortController()
  readonly #lanes = new Map<string, Update[]>()
  #waiting: Update[] = []
  #wake = Promise.withResolvers<void>()
  #next: number
  #open = 0
  #idle: (() => void)[] = []

  constructor(firstId: number) {
    this.#next = firstId
  }

  /** Hands an update to the bot. @param lane its chat: a lane keeps its order */
  add(update: Omit<Update, 'update_id'>, lane: string | number): Update {
    const full = { update_id: this.#next++, ...update } as Update
    this.post(full, lane)
    return full
  }

  /** Hands over an update as it is: a repeat of one that was there before, or something hostile. */
  post(update: Update, lane: string | number): void {
    const kind = Object.keys(update).find((key) => key !== 'update_id') ?? ''
    if (this.webhook.allowedUpdates && !this.webhook.allowedUpdates.includes(kind)) return
    if (this.webhook.url === '') {
      this.#waiting.push(update)
      this.#wake.resolve()
      return
    }
    const queue = this.#lanes.get(String(lane))
    if (queue) queue.push(update)
    else void this.#drain(String(lane), [update])
  }

  /** Resolves when every posted update has its 2xx. */
  async settled(): Promise<void> {
    if (this.#lanes.size === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Long-polls, as getUpdates: forgets what is below the offset. */
  async get(offset: number, limit: number, timeoutSeconds: number): Promise<Update[]> {
    this.#waiting = this.#waiting.filter((update) => update.update_id >= offset)
    if (this.#waiting.length === 0 && timeoutSeconds > 0) {
      this.#wake = Promise.withResolvers()
      let timer: NodeJS.Timeout | undefined
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutSeconds * 1_000)
        this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.race([this.#wake.promise, timeout])
      clearTimeout(timer)
    }
    return this.#waiting.slice(0, limit)
  }

  /** The webhook changed: what waited goes there now. */
  webhookSet(): void {
    if (this.webhook.url === '') return
    for (const update of this.#waiting.splice(0)) this.post(update, 'backlog')
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #drain(lane: string, queue: Update[]): Promise<void> {
    this.#lanes.set(lane, queue)
    while (queue.length > 0 && !this.#stopping.signal.aborted) {
      const [update] = queue
      if (update && (await this.#deliver(update))) queue.shift()
    }
    this.#lanes.delete(lane)
    if (this.#lanes.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #deliver(update: Update): Promise<boolean> {
    for (let tries = 0; !this.#stopping.signal.aborted; tries++) {
      while (this.#open >= this.webhook.maxConnections) await new Promise((resolve) => setTimeout(resolve, 5))
      this.#open++
      try {
        const response = await fetch(this.webhook.url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-telegram-bot-api-secret-token': this.webhook.secret,
          },
          body: JSON.stringify(update),
          signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(60_000)]),
        })
        await response.arrayBuffer()
        if (response.ok) return true
        this.#failed(`Wrong response from the webhook: ${response.status}`)
      } catch (error) {
        if (this.#stopping.signal.aborted) return false
        this.#failed(`Connection failed: ${error instanceof Error ? error.name : 'unknown'}`)
      } finally {
        this.#open--
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]))
    }
    return false
  }

  #failed(message: string): void {
    this.webhook.lastErrorDate = Math.floor(Date.now() / 1_000)
    this.webhook.lastErrorMessage = message
  }
}

import { ALLOWED_UPDATES } from '../../src/bot/update.ts'

/**
 * Carries updates from a Bot API server to the webhook of a Worker that has no public address: long-polls getUpdates
 * and posts each update as Telegram would (secret header, one chat's updates in order, chats in parallel, again until
 * a 2xx). An update is acknowledged to the server only when every earlier one is done, so a crash loses none.
 */

export interface BridgeOptions {
  apiRoot: string
  token: string
  /** Address of the webhook. */
  webhook: string
  secret: string
  /** One line for the person who runs it. */
  warn: (line: string) => void
  /** Seconds a getUpdates call may wait (default 25). */
  pollSeconds?: number
}

export interface Bridge {
  /** Stops polling; resolves when nothing is under way. */
  stop(): Promise<void>
}

/** An update, of which the bridge needs only the id and the chat. */
type Update = { update_id: number } & Record<string, unknown>

const RETRY_MS = [300, 1_000, 2_000, 5_000]
/** After so many refusals an update is given up (Telegram itself keeps trying for a day). */
const MAX_POSTS = 40

/** The chat (or person) that an update belongs to; updates without one share a queue. */
function chatOf(update: Update): string {
  for (const value of Object.values(update)) {
    if (typeof value !== 'object' || value === null) continue
    const { chat, message, from } = value as {
      chat?: { id?: unknown }
      message?: { chat?: { id?: unknown } }
      from?: { id?: unknown }
    }
    const id = chat?.id ?? message?.chat?.id ?? from?.id
    if (id !== undefined) return String(id)
  }
  return 'none'
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })

/** Starts the bridge. Failures of the server are waited out; a refused token stops it with a warning. */
export function startBridge(options: BridgeOptions): Bridge {
  const { apiRoot, token, webhook, secret, warn, pollSeconds = 25 } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const pending = new Map<number, Promise<void>>()
  const byChat = new Map<string, Promise<void>>()
  /** Accepted, and still in the server's answers because something before it is not done. */
  const accepted = new Set<number>()
  /** Everything below this id is done. */
  let next = 0
  let highest = -1

  async function call(
    method: string,
    parameters: object,
  ): Promise<{ ok: boolean; result?: unknown; error_code?: number }> {
    const response = await fetch(`${apiRoot}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
      signal: AbortSignal.any([signal, AbortSignal.timeout((pollSeconds + 15) * 1_000)]),
    })
    return (await response.json()) as { ok: boolean; result?: unknown; error_code?: number }
  }

  async function post(update: Update): Promise<void> {
    for (let tries = 0; tries < MAX_POSTS && !signal.aborted; tries++) {
      try {
        const response = await fetch(webhook, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
          body: JSON.stringify(update),
          signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
        })
        await response.arrayBuffer()
        if (response.ok) return
        warn(`The webhook answered ${response.status} to update ${update.update_id}; trying again.`)
      } catch (error) {
        if (signal.aborted) return
        warn(
          `The webhook could not be reached (${error instanceof Error ? error.message : error}); trying again.`,
        )
      }
      await pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 5_000, signal)
    }
    if (!signal.aborted) warn(`Update ${update.update_id} was refused ${MAX_POSTS} times and is given up.`)
  }

  function accept(update: Update): void {
    if (update.update_id < next || accepted.has(update.update_id)) return
    accepted.add(update.update_id)
    const chat = chatOf(update)
    const work = (byChat.get(chat) ?? Promise.resolve())
      .then(() => post(update))
      .then(() => {
        pending.delete(update.update_id)
        if (byChat.get(chat) === work) byChat.delete(chat)
      })
    byChat.set(chat, work)
    pending.set(update.update_id, work)
    highest = Math.max(highest, update.update_id)
  }

  async function poll(): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      // The server forgets everything below the offset: only what is done, with all before it, may go.
      const unfinished = pending.size > 0
      next = unfinished ? Math.min(...pending.keys()) : Math.max(next, highest + 1)
      for (const id of accepted) if (id < next) accepted.delete(id)
      const startedAt = performance.now()
      try {
        const answer = await call('getUpdates', {
          offset: next,
          limit: 100,
          timeout: unfinished ? 0 : pollSeconds,
          allowed_updates: ALLOWED_UPDATES,
        })
        if (answer.ok) {
          failures = 0
          const before = pending.size
          for (const update of (answer.result ?? []) as Update[]) accept(update)
          const idle = pending.size === before && performance.now() - startedAt < 250
          if (pending.size > 0) await Promise.race([...pending.values(), pause(250, signal)])
          else if (idle) await pause(250, signal)
          continue
        }
        if (answer.error_code === 401 || answer.error_code === 404) {
          warn('The Bot API server refused TELEGRAM_BOT_TOKEN: check it with @BotFather.')
        }
        if (answer.error_code === 409) {
          warn('Another webhook or poller uses this bot; removing the webhook.')
          await call('deleteWebhook', {})
        }
      } catch (error) {
        if (signal.aborted) return
        warn(
          `The Bot API server could not be reached (${error instanceof Error ? error.name : 'error'}); trying again.`,
        )
      }
      failures++
      await pause(Math.min(500 * 2 ** failures, 10_000), signal)
    }
  }

  const polling = poll()
  return {
    async stop() {
      stopping.abort()
      await polling
      await Promise.allSettled(pending.values())
    },
  }
}

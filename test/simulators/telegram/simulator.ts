import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readParameters } from './body.ts'
import { Faults } from './faults.ts'
import { signInitData } from './init-data.ts'
import { RateLimiter, UNLIMITED } from './limits.ts'
import { ApiError, LIMITED, type MethodContext, methods } from './methods.ts'
import type { Change, LedgerEntry, Limits, SimChat, SimMessage } from './types.ts'
import { Updates } from './updates.ts'
import { type SimUser, simUser, type UserContext } from './user.ts'
import { World } from './world.ts'

export interface TelegramOptions {
  port?: number
  /** The one token that is accepted; any other gets 401. */
  token?: string
  username?: string
  limits?: Partial<Limits>
  /** Milliseconds that each call takes. */
  latencyMs?: number
  now?: () => number
  /** Without it only the ledger is kept: for benches with very many messages. */
  keepMessages?: boolean
}

/** A Bot API server with its people, over HTTP. */
export interface TelegramSimulator {
  /** What TELEGRAM_API_ROOT should be. */
  readonly url: string
  readonly token: string
  readonly username: string
  readonly world: World
  readonly updates: Updates
  readonly faults: Faults
  readonly limiter: RateLimiter
  /** What was accepted, in order. */
  readonly ledger: readonly LedgerEntry[]
  addPerson(id: number, firstName: string, languageCode?: string): SimUser
  addGroup(id: number, title: string, admins: number[]): SimChat
  addChannel(id: number, title: string, admins: number[]): SimChat
  user(id: number): SimUser
  messages(chatId: number): SimMessage[]
  /** The first message of a chat that fits, now or as soon as there is one. @throws after `timeoutMs` (default 15 s) */
  waitFor(chatId: number, fits: (message: SimMessage) => boolean, timeoutMs?: number): Promise<SimMessage>
  onChange(listener: (change: Change) => void): () => void
  /** initData of the Mini App for a person. */
  initData(userId: number): string
  close(): Promise<void>
}

/** Starts a simulated Telegram. */
export async function startTelegramSimulator(options: TelegramOptions = {}): Promise<TelegramSimulator> {
  const {
    token = '1234567890:simulated-telegram-token',
    username = 'sportello_demo_bot',
    latencyMs = 0,
  } = options
  const now = options.now ?? Date.now
  const bot = {
    id: Number(token.split(':')[0]) || 1,
    is_bot: true as const,
    first_name: 'Sportello',
    username,
  }
  const world = new World()
  world.keepMessages = options.keepMessages ?? true
  const updates = new Updates(1_000_001)
  const faults = new Faults()
  const limiter = new RateLimiter({ ...UNLIMITED, ...options.limits })
  const context: UserContext = { world, updates, bot, now }

  const answer = (response: ServerResponse, status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

  const refuse = (response: ServerResponse, code: number, description: string, parameters?: object) => {
    world.countRefusal(code)
    answer(response, code, { ok: false, error_code: code, description, ...(parameters && { parameters }) })
  }

  async function call(
    method: string,
    parameters: Record<string, unknown>,
    response: ServerResponse,
  ): Promise<void> {
    const chatId = parameters.chat_id === undefined ? undefined : Number(parameters.chat_id)
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs))
    const fault = faults.meet(method, chatId)
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms))
    if (fault?.kind === 'drop' && fault.when === 'before') {
      response.destroy()
      return
    }
    const run = methods[method]
    if (fault?.kind === 'off' || (!run && method !== 'getUpdates'))
      return refuse(response, 404, 'Not Found: method not found')
    if (fault?.kind === 'limit') {
      const retry_after = fault.retryAfterSeconds
      return refuse(response, 429, `Too Many Requests: retry after ${retry_after}`, { retry_after })
    }
    if (fault?.kind === 'status') return refuse(response, fault.code, fault.description)
    if (method === 'getUpdates') {
      if (updates.webhook.url !== '') {
        return refuse(
          response,
          409,
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
      }
      const result = await updates.get(
        Number(parameters.offset ?? 0),
        Number(parameters.limit ?? 100),
        Number(parameters.timeout ?? 0),
      )
      answer(response, 200, { ok: true, result })
      return
    }
    const methodContext: MethodContext = { world, now: now(), bot, webhook: updates.webhook }
    if (LIMITED.has(method) && chatId !== undefined) {
      const retry_after = limiter.take(chatId, now())
      if (retry_after !== undefined)
        return refuse(response, 429, `Too Many Requests: retry after ${retry_after}`, { retry_after })
    }
    const { result, message } = run?.(methodContext, parameters) ?? { result: true }
    const lost = fault?.kind === 'drop'
    if (message) {
      world.ledger.push({
        at: now(),
        method,
        chatId: message.chatId,
        messageId: message.id,
        text: message.text,
        ...(lost && { answerLost: true as const }),
      })
    }
    if (method === 'setWebhook') updates.webhookSet()
    if (lost) response.destroy()
    else answer(response, 200, { ok: true, result })
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://telegram')
    const file = /^\/file\/bot([^/]+)\/documents\/(.+)$/.exec(url.pathname)
    if (file) {
      const found = file[1] === token ? world.files.get(file[2] ?? '') : undefined
      response.writeHead(found ? 200 : 404).end(found?.bytes)
      return
    }
    const [, given, method] = /^\/bot([^/]+)\/(\w+)$/.exec(url.pathname) ?? []
    if (!method) return void refuse(response, 404, 'Not Found')
    if (given !== token) return void refuse(response, 401, 'Unauthorized')
    try {
      await call(method, await readParameters(request, url), response)
    } catch (error) {
      if (error instanceof ApiError) refuse(response, error.code, error.message, error.parameters)
      else refuse(response, 400, `Bad Request: ${error instanceof Error ? error.message : 'unreadable'}`)
    }
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))

  const messages = (chatId: number) => world.chat(chatId).messages.filter((message) => !message.deleted)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    username,
    world,
    updates,
    faults,
    limiter,
    ledger: world.ledger,
    addPerson(id, firstName, languageCode) {
      world.addChat({
        id,
        type: 'private',
        first_name: firstName,
        admins: [],
        ...(languageCode && { language_code: languageCode }),
      })
      return simUser(context, id)
    },
    addGroup: (id, title, admins) => world.addChat({ id, type: 'group', title, admins }),
    addChannel: (id, title, admins) => world.addChat({ id, type: 'channel', title, admins }),
    user: (id) => simUser(context, id),
    messages,
    waitFor(chatId, fits, timeoutMs = 15_000) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = messages(chatId).find(fits)
          if (!found) return
          clearTimeout(timer)
          unsubscribe()
          resolve(found)
        }
        const unsubscribe = world.onChange(look)
        const timer = setTimeout(() => {
          unsubscribe()
          const seen = messages(chatId).map((message) => message.text)
          reject(
            new Error(
              `No such message in chat ${chatId} within ${timeoutMs} ms. There are:\n${seen.join('\n---\n')}`,
            ),
          )
        }, timeoutMs)
        look()
      })
    },
    onChange: (listener) => world.onChange(listener),
    initData: (userId) => signInitData(token, world.chat(userId), now()),
    async close() {
      updates.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

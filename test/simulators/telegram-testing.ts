import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { startTelegramSimulator, type TelegramOptions, type TelegramSimulator } from './telegram/index.ts'

const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

/** Stops this after the test, last started first. */
export const afterTest = (stop: () => Promise<unknown>): void => {
  running.push(stop)
}

/** A simulator that lives as long as the test. */
export async function startTelegram(options?: TelegramOptions): Promise<TelegramSimulator> {
  const telegram = await startTelegramSimulator(options)
  afterTest(() => telegram.close())
  return telegram
}

/** What the API answers. */
export interface ApiAnswer {
  ok: boolean
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own result; tests look into it
  result?: any
  error_code?: number
  description?: string
  parameters?: { retry_after?: number; migrate_to_chat_id?: number }
}

/** One call with a JSON body; the answer as it came. */
export async function call(
  telegram: TelegramSimulator,
  method: string,
  parameters: Record<string, unknown> = {},
): Promise<ApiAnswer> {
  const response = await fetch(`${telegram.url}/bot${telegram.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
  })
  return (await response.json()) as ApiAnswer
}

/** A time that stands still until it is moved. `sleep` moves it. */
export function steadyClock(start = Date.UTC(2026, 8, 15, 8, 0)) {
  let now = start
  return {
    now: () => now,
    advance: (ms: number) => {
      now += ms
    },
    sleep: (ms: number) => {
      now += ms
      return Promise.resolve()
    },
  }
}

/** What a webhook was sent. */
export interface Received {
  // biome-ignore lint/suspicious/noExplicitAny: updates of every kind; tests look into them
  update: any
  headers: IncomingMessage['headers']
}

/** A bot's webhook on loopback that answers with the status that `answer` gives. */
export async function startWebhook(answer: (received: Received, count: number) => number | Promise<number>) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const one = { update: JSON.parse(Buffer.concat(parts).toString()), headers: request.headers }
    received.push(one)
    response.writeHead(await answer(one, received.length)).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterTest(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received }
}

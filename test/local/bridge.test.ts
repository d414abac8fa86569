import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Bridge, startBridge } from '../../scripts/local/update-forwarder.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text ? JSON.parse(text) : {}
}

async function listen(
  handle: (
    request: IncomingMessage,
    body: Record<string, unknown>,
  ) => Promise<[status: number, body: unknown]>,
): Promise<string> {
  const server: Server = createServer(async (request, response) => {
    const [status, body] = await handle(request, await bodyOf(request))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const message = (id: number, chat: number) => ({
  update_id: id,
  message: { chat: { id: chat }, text: `${id}` },
})

/** A Bot API server that keeps updates until they are acknowledged, as Telegram does. */
async function botApi(updates: { update_id: number }[]) {
  const offsets: number[] = []
  const url = await listen(async (request, body) => {
    if (!request.url?.endsWith('/getUpdates')) return [404, { ok: false, error_code: 404 }]
    const offset = Number(body.offset)
    offsets.push(offset)
    return [200, { ok: true, result: updates.filter((update) => update.update_id >= offset) }]
  })
  return { url, offsets }
}

/** Starts a bridge whose webhook answers what `answer` says; resolves when `count` posts were answered with 200. */
async function bridged(
  updates: { update_id: number }[],
  count: number,
  answer: (id: number, tries: number) => number | Promise<number>,
) {
  const api = await botApi(updates)
  const posts: { id: number; status: number; secret: unknown }[] = []
  const tries = new Map<number, number>()
  const finished = Promise.withResolvers<void>()
  const webhook = await listen(async (request, body) => {
    const id = Number(body.update_id)
    tries.set(id, (tries.get(id) ?? 0) + 1)
    const status = await answer(id, tries.get(id) ?? 0)
    posts.push({ id, status, secret: request.headers['x-telegram-bot-api-secret-token'] })
    if (posts.filter((post) => post.status === 200).length === count) finished.resolve()
    return [status, {}]
  })
  const warnings: string[] = []
  const bridge: Bridge = startBridge({
    apiRoot: api.url,
    token: '1:t',
    webhook,
    secret: 's3',
    warn: (line) => warnings.push(line),
  })
  closing.push(() => bridge.stop())
  await finished.promise
  return { posts, warnings, offsets: api.offsets }
}

test('each update reaches the webhook once, with the secret, in order within a chat', async () => {
  const { posts } = await bridged([message(5, 1), message(6, 2), message(7, 1), message(8, 1)], 4, () => 200)
  expect(posts.map((post) => post.id).sort()).toEqual([5, 6, 7, 8])
  expect(posts.map((post) => post.id).filter((id) => id !== 6)).toEqual([5, 7, 8])
  expect(new Set(posts.map((post) => post.secret))).toEqual(new Set(['s3']))
})

test('a refused update is posted again, holds back its own chat only, and is not acknowledged meanwhile', async () => {
  const { posts, offsets, warnings } = await bridged(
    [message(1, 1), message(2, 1), message(3, 2)],
    3,
    (id, tries) => (id === 1 && tries < 3 ? 503 : 200),
  )
  const order = posts.filter((post) => post.status === 200).map((post) => post.id)
  expect(order).toEqual([3, 1, 2])
  expect(posts.filter((post) => post.id === 1).map((post) => post.status)).toEqual([503, 503, 200])
  expect(warnings.join()).toContain('answered 503 to update 1')
  expect(Math.max(...offsets)).toBeLessThanOrEqual(1)
})

test('updates without a chat, or of a kind never heard of, are carried too', async () => {
  const odd = [{ update_id: 9, poll: { id: 'x' } }, { update_id: 10 }]
  const { posts } = await bridged(odd, 2, () => 200)
  expect(posts.map((post) => post.id)).toEqual([9, 10])
})

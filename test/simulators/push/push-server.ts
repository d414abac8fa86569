import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type Clock, systemClock } from '../../../src/platform/time.ts'
import { type PushFault, PushFaults } from './push-faults.ts'
import { type PushMessage, PushService } from './push-service.ts'
import type { Subscriber } from './subscriber.ts'

export interface PushServerOptions {
  clock?: Clock
  /** Source of the faults' draws, in [0, 1). */
  random?: () => number
}

/** The answer of a fault that refuses messages. */
const refusalOf = ({ status, retryAfter }: Extract<PushFault, { type: 'refused' }>) =>
  new Response('refused', {
    status,
    headers: retryAfter === undefined ? {} : { 'Retry-After': `${retryAfter}` },
  })

/** A push service over HTTP on this machine. */
export async function startPushServer({ clock = systemClock, random }: PushServerOptions = {}) {
  const faults = new PushFaults(random)
  const waiting: { endpoint: string; resolve(message: PushMessage): void }[] = []
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A caller that ended sent no more than a part of its message.
      if (!request.destroyed) console.error('push simulator', error)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  const service = new PushService(`http://${host}`, () => clock.now())

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/', method = 'GET', headers } = request
    const body = await buffer(request)
    const askedAt = clock.now()
    const fault = faults.take()
    if (fault?.type === 'drop-before') return void request.socket.destroy()
    if (fault?.type === 'refused') return answerWith(response, refusalOf(fault))
    if (fault?.type === 'slow') await clock.sleep(fault.ms)
    const { answer, taken, ended } = await service.serve(
      new Request(`${service.origin}${url}`, {
        method,
        headers: headers as Record<string, string>,
        ...(body.length > 0 && { body: new Uint8Array(body) }),
      }),
      askedAt,
    )
    // The caller timed out or ended: its close event needs one turn of the event loop.
    await new Promise(setImmediate)
    const noted = taken ?? ended
    if (noted) noted.answerLost = fault?.type === 'drop-after' || response.destroyed
    if (fault?.type === 'drop-after') request.socket.destroy()
    else await answerWith(response, answer)
    const index = taken ? waiting.findIndex(({ endpoint }) => endpoint === taken.endpoint) : -1
    if (taken && index >= 0) waiting.splice(index, 1)[0]?.resolve(taken)
  }

  return {
    service,
    faults,
    host,
    /** The next message that the service takes for a browser. */
    next: ({ endpoint }: Subscriber) =>
      new Promise<PushMessage>((resolve) => waiting.push({ endpoint, resolve })),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answerWith(response: ServerResponse, answer: Response): Promise<void> {
  if (response.destroyed) return
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(await answer.text())
}

export type PushServer = Awaited<ReturnType<typeof startPushServer>>

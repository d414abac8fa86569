import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { type PushMessage, PushService } from './push-service.ts'

/** A push service over HTTP on this machine. */
export async function startPushServer() {
  let service: PushService | undefined
  const arrivals: ((message: PushMessage) => void)[] = []
  let seen = 0
  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (!service) return new Response(null, { status: 503 })
      const body = await request.arrayBuffer()
      const answer = await service.fetch(request.url, {
        method: request.method,
        headers: request.headers,
        ...(body.byteLength > 0 && { body }),
      })
      for (const message of service.taken.slice(seen)) arrivals.shift()?.(message)
      seen = service.taken.length
      return answer
    },
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  service = new PushService(`http://127.0.0.1:${port}`)
  return {
    service,
    host: `127.0.0.1:${port}`,
    /** The next message that the service takes. */
    next: () => new Promise<PushMessage>((resolve) => arrivals.push(resolve)),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

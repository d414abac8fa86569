import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../../src/platform/time.ts'
import type { Faults } from './faults.ts'
import type { Ledger } from './model.ts'
import { AUTH_COOKIE, type Sessions } from './sessions.ts'

export interface WireContext {
  host: 'site' | 'sso'
  clock: Clock
  /** Epoch ms by the server's clock. */
  now: () => number
  /** Delay each way, ms. */
  delayMs: number
  faults: Faults
  sessions: Sessions
  requests: Ledger['requests']
}

const cookieOf = (header: string | undefined, name: string) =>
  header
    ?.split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)

/** The whole request as a value, so that it is handled even when nobody is left to answer. */
async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
  return new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method ?? 'GET',
    headers,
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
  })
}

/** Whether a booking was made, not refused. */
const isOk = async (response: Response) => /"status":"OK"/.test(await response.text())

async function answer(outgoing: ServerResponse, response: Response, date: string): Promise<void> {
  const { 'set-cookie': _, ...headers } = Object.fromEntries(response.headers)
  const body = Buffer.from(await response.arrayBuffer())
  outgoing.writeHead(response.status, {
    ...headers,
    Date: date,
    'Cache-Control': 'private',
    'Content-Length': body.length,
    'Set-Cookie': response.headers.getSetCookie(),
  })
  outgoing.end(body)
}

/**
 * The network in front of a handler: delay each way (a new connection pays a round trip more), the `Date` header by
 * the server's clock, faults of the wire, and the request log.
 */
export function wireTo(
  app: { fetch: (request: Request) => Response | Promise<Response> },
  context: WireContext,
) {
  const { host, clock, now, delayMs, faults, sessions, requests } = context
  const connected = new WeakSet<object>()

  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const path = incoming.url ?? '/'
    const request = await toRequest(incoming)
    if (path.startsWith('/__control'))
      return answer(outgoing, await app.fetch(request), new Date().toUTCString())
    const handshakeMs = connected.has(incoming.socket) ? 0 : 2 * delayMs
    connected.add(incoming.socket)
    if (delayMs > 0) await clock.sleep(delayMs + handshakeMs)

    const username = sessions.read(cookieOf(incoming.headers.cookie, AUTH_COOKIE), now())?.username ?? null
    const about = { username, path }
    const entry: Ledger['requests'][number] = {
      at: now(),
      host,
      method: request.method,
      path,
      status: 0,
      username,
      browser: /Chrome\//.test(incoming.headers['user-agent'] ?? ''),
    }
    requests.push(entry)
    if (faults.take('hang', about)) return
    const slow = faults.take('slow-page', about)
    if (slow) await clock.sleep(slow.ms ?? 3_000)

    const refused = faults.take(['server-error', 'too-many-requests'], about)
    const response = refused
      ? new Response('<html><body><h1>Runtime Error</h1></body></html>', {
          status: refused.kind === 'server-error' ? 500 : 429,
          headers: { 'content-type': 'text/html', 'retry-after': '2' },
        })
      : await app.fetch(request)
    const booked = path.includes('/Booking/BookAppointment') && (await isOk(response.clone()))
    if (booked && faults.take('answer-lost', about)) {
      incoming.socket.destroy()
      return
    }
    entry.status = response.status
    const date = new Date(now()).toUTCString()
    if (delayMs > 0) await clock.sleep(delayMs)
    await answer(outgoing, response, date)
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from './routes.ts'

export async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const types = { json: 'application/json;charset=UTF-8', html: 'text/html;charset=UTF-8' }

/** Sends an answer; `cut` ends the connection in the middle of the body. */
export function write(
  outgoing: ServerResponse,
  { status, type, body, headers }: Answer,
  { setCookie = [], cut = false }: { setCookie?: string[]; cut?: boolean } = {},
): void {
  const bytes = Buffer.from(body)
  outgoing.writeHead(status, {
    'Content-Type': types[type],
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    ...headers,
    ...(setCookie.length > 0 && { 'Set-Cookie': setCookie }),
  })
  if (!cut) {
    outgoing.end(bytes)
    return
  }
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.destroy())
}

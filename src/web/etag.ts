import type { Context } from 'hono'

/** A strong ETag of a body. */
async function etagOf(body: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
  return `"${Array.from(new Uint8Array(digest).slice(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`
}

/** True when an `If-None-Match` header names the tag (weak comparison, RFC 9110). */
export const matches = (header: string | undefined, etag: string): boolean =>
  (header ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === '*')

/** Answers a body with its ETag, or 304 when the visitor has it already. */
export async function answerWithETag(c: Context, body: string, type: string): Promise<Response> {
  const etag = await etagOf(body)
  c.header('ETag', etag)
  if (matches(c.req.header('If-None-Match'), etag)) return c.body(null, 304)
  return c.body(body, 200, { 'Content-Type': type })
}

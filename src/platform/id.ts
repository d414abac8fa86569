/** A short random id for tracing one piece of work through logs, queues and rows: 12 URL-safe characters. */
export function traceId(): string {
  const alphabet = '0123456789abcdefghijklmnopqrstuv'
  let id = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(12))) id += alphabet[byte & 31]
  return id
}

/** A uniform 32-bit hash (FNV-1a with a final mix) of a text: spreads chats and events over a ring. Not for secrets. */
export function ringHash(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return hash >>> 0
}

/** A row's id as a button, an address or a form carries it; null when the text is none. */
export function readId(text: string | undefined): number | null {
  const id = Number(text)
  return text !== undefined && /^\d{1,15}$/.test(text) && id > 0 ? id : null
}

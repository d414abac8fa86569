/*
 * Whatever is fetched is read while it comes, and no further than its bound: an endless answer neither fills the memory
 * nor holds the connection.
 */

/** The body of a response; null when it is longer than `maxBytes`: the rest is not read. @throws when the connection breaks */
export async function readBytes(
  response: Response,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!response.body) return new Uint8Array(0)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value: chunk } = await reader.read()
    if (done) break
    size += chunk.length
    if (size > maxBytes) {
      await reader.cancel()
      return null
    }
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** The same as text. */
export async function readBounded(response: Response, maxBytes: number): Promise<string | null> {
  const bytes = await readBytes(response, maxBytes)
  return bytes && new TextDecoder().decode(bytes)
}

/** The length of a body that HTTP ends there; NaN when it is not announced, or not that of the unpacked body. */
const announcedLength = ({ headers }: Response): number =>
  headers.has('content-encoding') ? Number.NaN : Number(headers.get('content-length') ?? Number.NaN)

/** A `fetch` for libraries that read answers themselves: a longer body than `maxBytes` is an error. */
export function boundedFetch(maxBytes: number, origin: typeof fetch = fetch): typeof fetch {
  return async (input, init) => {
    const response = await origin(input, init)
    if (announcedLength(response) <= maxBytes) return response
    const bytes = await readBytes(response, maxBytes)
    if (bytes === null) throw new Error(`an answer of more than ${maxBytes} bytes`)
    // A response without content takes no body at all, not even an empty one.
    const { status, statusText, headers } = response
    return new Response(bytes.length > 0 ? bytes : null, { status, statusText, headers })
  }
}

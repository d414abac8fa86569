/**
 * The body of a response as text, read while it comes; null when it is longer than `maxBytes`: the rest is not read.
 * @throws whatever the connection throws when it breaks
 */
export async function readBounded(response: Response, maxBytes: number): Promise<string | null> {
  if (!response.body) return ''
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let size = 0; ; ) {
    const { done, value: chunk } = await reader.read()
    if (done) return text + decoder.decode()
    size += chunk.length
    if (size > maxBytes) {
      await reader.cancel()
      return null
    }
    text += decoder.decode(chunk, { stream: true })
  }
}

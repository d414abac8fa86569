/** Deflate makes at most a thousand times as much of what it is given: so little at a time stays below 5 MB. */
const PIECE = 4_096

/**
 * Inflates zlib data piece by piece, and stops as soon as nobody asks for more: what comes out is never held together.
 * @throws TypeError when the data are damaged
 */
export async function* inflate(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  const { readable, writable } = new DecompressionStream('deflate')
  const reader: ReadableStreamDefaultReader<Uint8Array> = readable.getReader()
  const writer = writable.getWriter()
  let wanted = true
  const feed = async () => {
    for (const part of parts)
      for (let at = 0; wanted && at < part.length; at += PIECE) await writer.write(part.slice(at, at + PIECE))
    if (wanted) await writer.close()
  }
  // The reader gets the same error and reports it.
  void Promise.allSettled([feed()])
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    wanted = false
    await Promise.allSettled([reader.cancel()])
  }
}

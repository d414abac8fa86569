/** Bytes at the start that tell the encoding. */
const LOOKED_AT = 1024

/** UTF-16 without a mark: a text of mostly Latin letters has a zero in every other byte. */
function guessEncoding(bytes: Uint8Array): string {
  const start = bytes.subarray(0, LOOKED_AT)
  const zeros = [0, 0]
  start.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  })
  const [even = 0, odd = 0] = zeros
  const many = start.length / 4
  if (odd > many && odd > even) return 'utf-16le'
  return even > many && even > odd ? 'utf-16be' : 'utf-8'
}

/**
 * The text of a file, as editors of Windows save it too: UTF-8 or UTF-16, either byte order, with or without a byte
 * order mark. Never throws; what is no text becomes replacement characters.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes
  const marked =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null
  return new TextDecoder(marked ?? guessEncoding(bytes)).decode(bytes)
}

/** Whether decoded bytes are a text: no zeros, and next to nothing that no encoding knows. */
export function isText(decoded: string): boolean {
  const strange = decoded.match(/[\0\uFFFD]/g)?.length ?? 0
  return !decoded.includes('\0') && strange <= decoded.length / 100
}

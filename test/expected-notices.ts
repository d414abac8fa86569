import { stripVTControlCharacters } from 'node:util'

/**
 * Notices that workerd prints about what tests do to it on purpose: an object evicted, a connection cut, a browser closed.
 * A test that fails says why without them.
 */
const EXPECTED =
  /^(?:uncaught )?exception\b.*(?:broken\.outputGateBroken|Network connection lost|disconnected: |WebSocket send\(\) after close|does not export a fetch\(\) function)/
/** What workerd prints below such a notice. */
const CONTINUED = /^(?:stack: |\s+at )/

/** Tells of one line after the other whether it belongs to such a notice. */
export function noticeFilter(): (line: string) => boolean {
  let inNotice = false
  return (line) => {
    const plain = stripVTControlCharacters(line)
    inNotice = EXPECTED.test(plain) || (inNotice && CONTINUED.test(plain))
    return inNotice
  }
}

/** Keeps these notices out of what this process prints. */
export function hideExpectedNotices(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream)
    const isExpected = noticeFilter()
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      const lines = text.split(/(?<=\n)/)
      const left = lines.filter((line) => !isExpected(line))
      return write(left.length === lines.length ? chunk : left.join(''), ...rest)
    }) as typeof stream.write
  }
}

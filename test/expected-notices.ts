/**
 * Notices that workerd prints about what tests do to it on purpose: an object evicted, a connection cut, a browser closed.
 * A test that fails says why without them.
 */
const EXPECTED =
  /^(?:uncaught )?exception\b.*(?:broken\.outputGateBroken|Network connection lost|disconnected: |WebSocket send\(\) after close)/
/** What workerd prints below such a notice. */
const CONTINUED = /^(?:stack: |\s+at )/

/** The text without the lines of such notices. */
export function withoutExpectedNotices(text: string): string {
  let inNotice = false
  return text
    .split(/(?<=\n)/)
    .filter((line) => {
      inNotice = EXPECTED.test(line) || (inNotice && CONTINUED.test(line))
      return !inNotice
    })
    .join('')
}

/** Keeps these notices out of the test output. */
export function hideExpectedNotices(): void {
  const write = process.stderr.write.bind(process.stderr)
  process.stderr.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    const left = withoutExpectedNotices(text)
    return write(left === text ? chunk : left, ...rest)
  }) as typeof process.stderr.write
}

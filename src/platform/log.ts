/** Values that a log line may carry: never a secret, never a person's text. */
export type LogFields = Record<string, string | number | boolean | null | undefined>

/** `info`: for the record. `warn`: a failure that was handled. `error`: a bug or a loss. */
export type LogLevel = 'info' | 'warn' | 'error'

/**
 * Writes one JSON object on one line, with the event's name first.
 * @param event kebab-case name of what happened, e.g. `round-done`
 */
export function log(level: LogLevel, event: string, fields: LogFields = {}): void {
  console[level](JSON.stringify({ event, level, ...fields }))
}

/** The name and message of something thrown, safe to log: secrets in URLs are removed. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replace(/bot\d+:[\w-]+/g, 'bot<token>').slice(0, 300)
}

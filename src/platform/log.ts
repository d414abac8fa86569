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

/** drizzle's error names every value of the statement: ids and texts of people, sealed secrets. Its cause does not. */
const isFailedQuery = (error: Error): error is Error & { query: string } =>
  'query' in error && 'params' in error && typeof error.query === 'string'

/** The name and message of something thrown, safe to log: a statement's values and secrets in URLs are removed. */
export function describeError(error: unknown): string {
  if (error instanceof Error && isFailedQuery(error)) {
    const cause = error.cause === undefined ? '' : ` (${describeError(error.cause)})`
    return `Failed query: ${error.query.slice(0, 120)}${cause}`.slice(0, 300)
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replace(/bot\d+:[\w-]+/g, 'bot<token>').slice(0, 300)
}

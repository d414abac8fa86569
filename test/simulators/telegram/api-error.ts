/** What Telegram adds to some refusals so that a bot can act on them. */
export interface ErrorParameters {
  retry_after?: number
  migrate_to_chat_id?: number
}

/** A refusal as Telegram words it: `{ok: false, error_code, description, parameters}`. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: number
  readonly parameters: ErrorParameters | undefined

  constructor(code: number, description: string, parameters?: ErrorParameters) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

/** 400: the request itself is wrong. `reason` as Telegram's servers word it. */
export const badRequest = (reason: string, parameters?: ErrorParameters): ApiError =>
  new ApiError(400, `Bad Request: ${reason}`, parameters)

/** 403: this chat no longer takes messages from the bot. */
export const forbidden = (reason: string): ApiError => new ApiError(403, `Forbidden: ${reason}`)

/** 429: wait `seconds` (whole) before the next try. */
export const tooManyRequests = (seconds: number): ApiError =>
  new ApiError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })

/** 404 for a method that this server does not have, or has been told not to have. */
export const methodNotFound = (): ApiError => new ApiError(404, 'Not Found: method not found')

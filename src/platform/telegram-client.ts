import type { ApiClientOptions } from 'grammy'
import { boundedFetch } from './read-bounded.ts'

/** No answer of the Bot API comes near: a message has 4,096 characters. */
const MAX_ANSWER_BYTES = 1024 * 1024

/** How grammY calls the Bot API from a Worker. */
export const telegramClient = (apiRoot: string, timeoutSeconds: number): ApiClientOptions => ({
  apiRoot,
  timeoutSeconds,
  fetch: boundedFetch(MAX_ANSWER_BYTES),
})

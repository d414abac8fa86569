import pLimit from 'p-limit'

/** Runs a request as soon as fewer requests than allowed are open. */
export type Limit = <Value>(request: () => Promise<Value>) => Promise<Value>

/** Requests open at once. A Worker has six connections: one stays free, so that a slow portal holds up no write. */
const OPEN_REQUESTS = 5

/** The limit for all requests of one invocation, save those to the database. */
export const portalConcurrency = (): Limit => pLimit(OPEN_REQUESTS)

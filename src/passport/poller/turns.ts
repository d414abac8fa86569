import pLimit from 'p-limit'

/** Runs a request when its turn has come: bounds how many are open at once. */
export type Limit = <Value>(request: () => Promise<Value>) => Promise<Value>

/** Portal requests open at once. A Worker has six connections: one stays free, so that a slow portal holds up no write. */
const OPEN_REQUESTS = 5

/** The turns of one invocation's portal requests; its rounds share them. */
export const portalTurns = (): Limit => pLimit(OPEN_REQUESTS)

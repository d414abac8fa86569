import type { Counted } from '../db/metrics.ts'
import type { Usage } from '../platform/prices.ts'
import { HOUR, SECOND } from '../platform/time.ts'

/**
 * Estimated CPU time of each kind of work, ms, as a Worker cannot measure its own. From `npm run bench -- costs`, rounded up; its figures include
 * the database, which Cloudflare does not charge as CPU.
 */
const CPU_MS = { request: 4, cron: 40, batch: 5, reading: 4, message: 4, object: 25, browser: 1_000 } as const
/** A message is written to its queue, read and deleted. */
export const OPERATIONS_A_MESSAGE = 3
/** Memory that the duration of an object is billed with, GB. */
export const OBJECT_GB = 0.128

/** A period's counts as items of Cloudflare's price list. Requests refused before they were counted are missing. */
export function usageOf(counted: Counted, databaseBytes: number): Usage {
  const [requests] = counted.of('request')
  const [crons] = counted.of('cron')
  const [batches, messages] = counted.of('batch')
  const [objectRequests, objectMs] = counted.of('object')
  const [openings, openMs] = counted.of('browser')
  const readings = counted.of('read')[0] + counted.of('unread')[0]
  return {
    requests: requests + crons + batches,
    cpuMs:
      requests * CPU_MS.request +
      crons * CPU_MS.cron +
      batches * CPU_MS.batch +
      readings * CPU_MS.reading +
      counted.of('sent')[0] * CPU_MS.message +
      objectRequests * CPU_MS.object +
      openings * CPU_MS.browser,
    rowsRead: counted.of('rows-read')[0],
    rowsWritten: counted.of('rows-written')[0],
    storedGb: databaseBytes / 1e9,
    queueOperations: messages * OPERATIONS_A_MESSAGE,
    objectRequests,
    objectGbSeconds: (objectMs / SECOND) * OBJECT_GB,
    browserHours: openMs / HOUR,
  }
}

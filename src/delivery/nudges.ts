import * as z from 'zod'
import type { AvailabilityNudge, OutboundNudge } from './outbox.ts'

const availability = z.object({ version: z.literal(1), alertId: z.string().min(1), trace: z.string() })
const outbound = z.object({ version: z.literal(1), trace: z.string() })

/** Reads the body of an `availability` message; undefined when it is of a version that this code does not know. */
export const readAvailabilityNudge = (body: unknown): AvailabilityNudge | undefined =>
  availability.safeParse(body).data

/** Reads the body of an `outbound` message; undefined when it is of a version that this code does not know. */
export const readOutboundNudge = (body: unknown): OutboundNudge | undefined => outbound.safeParse(body).data

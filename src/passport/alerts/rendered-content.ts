import * as z from 'zod'
import type { alerts } from '../../db/schema/passport.ts'
import type { OutboxMessage } from '../../delivery/outbox.ts'

/** Names of the renderers, as stored contents refer to them. */
export const RENDER = {
  alert: 'alert',
  closedSlotEdit: 'strike',
  digest: 'digest',
  digestEdit: 'digest-edit',
  summary: 'summary',
  outageNotice: 'blind',
  recoveryNotice: 'sight',
  filterExpired: 'filter-expired',
  alternatives: 'alternatives',
  earlyNotice: 'early',
} as const

export type RendererName = (typeof RENDER)[keyof typeof RENDER]

export type Alert = typeof alerts.$inferSelect

/** A message that a renderer writes about an alert. */
export const renderedMessage = (alert: Alert, chatId: number, by: RendererName): OutboxMessage => ({
  event: alert.id,
  chatId,
  priority: 'alert',
  content: { type: 'render', by, ref: alert.id },
  eventAt: alert.createdAt,
  trace: alert.trace,
})

const ids = z.array(z.string())

/** The `ref` of a digest: the ids of its alerts. */
export const writeDigestRef = (alertIds: readonly string[]): string => JSON.stringify(alertIds)
/** @throws ZodError or SyntaxError when it is none */
export const readDigestRef = (ref: string): string[] => ids.parse(JSON.parse(ref))

/** How the ids of the outage notice and of its recovery notice begin; the rest is equal. */
const OUTAGE = 'blind:'
const RECOVERY = 'sight:'

/** The id of the recovery notice that ends an outage notice, and the other way round. */
export const recoveryOf = (outageId: string): string => RECOVERY + outageId.slice(OUTAGE.length)
export const outageOf = (recoveryId: string): string => OUTAGE + recoveryId.slice(RECOVERY.length)

import type { ClaimedDelivery } from './claimed-deliveries.ts'
import type { Message } from './content.ts'
import type { ChatRow } from './delivery-store.ts'

/** What a renderer makes of a delivery just before it is sent: a message, or the reason why it is of no use any more. */
export type Rendered = { message: Message } | { expired: string }

/** A delivery that a renderer has to write, with its chat's row (absent for a chat that was deleted). */
export interface ToRender {
  delivery: ClaimedDelivery
  chat: ChatRow | undefined
  /** `ref` of its content. */
  ref: string
}

/**
 * Writes deliveries of content type `render`, many at a time so that they share their queries. Given by the entry point
 * under the name that the content's `by` says.
 * @returns what each became, by delivery id; one left out is expired
 */
export type Renderer = (deliveries: readonly ToRender[], now: number) => Promise<Map<number, Rendered>>

export type Renderers = Record<string, Renderer>

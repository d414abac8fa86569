import { HOUR, MINUTE, SECOND } from '../../../platform/time.ts'
import type { Message } from '../../content.ts'

/** What the service worker gets (`src/web/client/page-push-worker.ts`). */
export interface PushPayload {
  /** The message's first line. */
  title: string
  body: string
  /** A notification with the same tag is replaced. */
  tag: string
  silent?: true
  /** Where a tap leads; absent: the browser's own settings here. */
  url?: string
  /** To be returned, as a proof that the message arrived. */
  confirm?: string
}

/** The encrypted message has 4,096 bytes at most; its header, its tag and a delimiter take 103 of them. */
export const MOST_BYTES = 4096 - 103
/** How long a message about free slots is of use, and any other one, s: a service that cannot deliver it drops it then. */
const SLOTS_TTL = (30 * MINUTE) / SECOND
const OTHER_TTL = (12 * HOUR) / SECOND

const bytesOf = (payload: PushPayload) => new TextEncoder().encode(JSON.stringify(payload)).length

/** The link of the first button that has one. */
const linkOf = ({ keyboard = [] }: Message): string | undefined =>
  keyboard.flat().flatMap((button) => ('url' in button ? [button.url] : []))[0]

/** How long a push service keeps a message for a browser that is not reachable, in seconds. */
export const timeToLive = (message: Message): number =>
  linkOf(message) === undefined ? OTHER_TTL : SLOTS_TTL

/** A message as a notification, cut so that it fits into one push. */
export function payloadOf(message: Message, tag: string, confirm: string | null): PushPayload {
  const [title = '', ...others] = message.text.split('\n')
  const link = linkOf(message)
  const payload: PushPayload = {
    title: title.slice(0, 200),
    body: others.join('\n').trim(),
    tag,
    ...(message.silent && { silent: true }),
    ...(link !== undefined && { url: link }),
    ...(confirm !== null && { confirm }),
  }
  const characters = Array.from(payload.body)
  if (bytesOf(payload) <= MOST_BYTES) return payload
  // The longest body that fits: each more character makes it longer.
  let [fits, tooLong] = [0, characters.length]
  const cut = (length: number) => ({ ...payload, body: `${characters.slice(0, length).join('')}…` })
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2)
    if (bytesOf(cut(middle)) <= MOST_BYTES) fits = middle
    else tooLong = middle
  }
  return cut(fits)
}

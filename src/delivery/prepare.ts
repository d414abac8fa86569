import type { Database } from '../db/database.ts'
import { describeError, log } from '../platform/log.ts'
import { DAY } from '../platform/time.ts'
import type { ClaimedDelivery } from './claimed-deliveries.ts'
import type { EditTarget, Message } from './content.ts'
import { type ChatRow, type Outcome, readChats, readSentMessages } from './delivery-store.ts'
import type { Rendered, Renderers, ToRender } from './renderer.ts'
import { retryDelay } from './retry.ts'

/** A delivery ready to be sent. */
export interface Prepared {
  delivery: ClaimedDelivery
  message: Message
  /** The message of the chat that it edits; absent: it sends a new one. */
  editOf?: number
  /** The forum topics to try, in order; null is the chat itself, in a forum its General topic. Never empty. */
  topics: readonly (number | null)[]
  /** Since when its chat refuses the bot, epoch ms; null: it does not. */
  refusedSince: number | null
}

/** How long an edit waits for the message that it should edit. */
const TARGET_WAIT_MS = 3_000
const TARGET_TRIES = 20

/**
 * A message that waited longer than this (ms) is not sent: it comes from a restored backup and may have been sent
 * before, or the bot could not send for that long. Edits have no such limit: repeating one does no harm.
 */
const TOO_OLD_MS = DAY

/** The message that a delivery edits: one that an event sends (perhaps later), or one with a known id. */
function targetOf({ content }: ClaimedDelivery): EditTarget | undefined {
  if (content.type === 'edit') return content.target
  return content.type === 'render' ? content.edits : undefined
}

/**
 * Checks claimed deliveries again just before they are sent: does the chat still accept messages, is the alert still true?
 * @returns those to send, in order, and the outcomes of the others
 */
export async function prepare(
  db: Database,
  renderers: Renderers,
  claimed: readonly ClaimedDelivery[],
  now: number,
): Promise<{ ready: Prepared[]; settled: Outcome[] }> {
  const chats = await readChats(
    db,
    claimed.map((delivery) => delivery.chatId),
  )
  const rendered = await renderAll(renderers, claimed, chats, now)
  const targets = await readSentMessages(
    db,
    claimed.flatMap((delivery) => {
      const target = targetOf(delivery)
      return target && 'event' in target ? [{ event: target.event, chatId: delivery.chatId }] : []
    }),
  )
  const ready: Prepared[] = []
  const settled: Outcome[] = []
  for (const delivery of claimed) {
    const { id } = delivery
    const expire = (reason: string) => settled.push({ id, status: 'expired', reason })
    const chat = chats.get(delivery.chatId)
    const isOld = now - delivery.createdAt > TOO_OLD_MS
    const written = writtenOf(delivery, rendered)
    const target = targetOf(delivery)
    if (chat?.status === 'gone') {
      expire('chat-gone')
    } else if (written && 'failed' in written) {
      const notBefore = now + retryDelay(delivery.attempts, 0.5)
      settled.push({
        id,
        reason: written.failed,
        ...(isOld ? { status: 'dead' } : { status: 'queued', notBefore }),
      })
    } else if (isOld && !target) {
      expire('too-old')
    } else if (!written || 'expired' in written) {
      expire(written?.expired ?? 'nothing-to-say')
    } else {
      const found = findTarget(delivery, target, targets)
      const prepared = {
        delivery,
        message: written.message,
        topics: topicsFor(written.message, chat),
        refusedSince: chat?.refusedSince ?? null,
      }
      if (found === 'none') ready.push(prepared)
      else if (typeof found === 'number') ready.push({ ...prepared, topics: [null], editOf: found })
      else if (found === 'wait')
        settled.push({ id, status: 'queued', notBefore: now + TARGET_WAIT_MS, reason: 'target-not-sent' })
      else expire('target-not-sent')
    }
  }
  return { ready, settled }
}

/** The message's own topic; should that be closed, General; should that be closed too, the one that was last used. */
const topicsFor = ({ threadId }: Message, chat: ChatRow | undefined): (number | null)[] => [
  ...new Set([threadId ?? null, null, chat?.threadId ?? null]),
]

/** The id of the message to edit; `none`: the delivery edits nothing; `wait`: it is not sent yet; `missing`: it never was. */
function findTarget(
  { chatId, attempts }: ClaimedDelivery,
  target: EditTarget | undefined,
  sent: Awaited<ReturnType<typeof readSentMessages>>,
): number | 'none' | 'wait' | 'missing' {
  if (!target) return 'none'
  if ('messageId' in target) return target.messageId
  const found = sent.get(`${target.event} ${chatId}`)
  if (found?.messageId) return found.messageId
  const open = found?.status === 'queued' || found?.status === 'claimed'
  return open && attempts < TARGET_TRIES ? 'wait' : 'missing'
}

/** What a delivery says: as its row has it, or as its renderer wrote it. */
function writtenOf({ id, content }: ClaimedDelivery, rendered: ReadonlyMap<number, Rendered | Unwritten>) {
  if (content.type === 'render') return rendered.get(id)
  if (content.type !== 'unreadable') return { message: content.message }
  log('error', 'delivery-unreadable', { delivery: id })
  return { failed: 'content-unreadable' }
}

/** A message that could not be written now; perhaps a later version of the code, or a healthier database, can. */
interface Unwritten {
  failed: string
}

async function renderAll(
  renderers: Renderers,
  claimed: readonly ClaimedDelivery[],
  chats: ReadonlyMap<number, ChatRow>,
  now: number,
): Promise<Map<number, Rendered | Unwritten>> {
  const byRenderer = new Map<string, ToRender[]>()
  for (const delivery of claimed) {
    if (delivery.content.type !== 'render') continue
    const { by, ref } = delivery.content
    const group = byRenderer.get(by) ?? []
    group.push({ delivery, chat: chats.get(delivery.chatId), ref })
    byRenderer.set(by, group)
  }
  const written = await Promise.all(
    [...byRenderer].map(([by, group]) => renderGroup(renderers, by, group, now)),
  )
  return new Map(written.flatMap((map) => [...map]))
}

/** Writes the messages of one renderer; where that fails, each half by itself, so that one message harms no other. */
async function renderGroup(
  renderers: Renderers,
  by: string,
  group: readonly ToRender[],
  now: number,
): Promise<Map<number, Rendered | Unwritten>> {
  const failed = (reason: string) => new Map(group.map(({ delivery }) => [delivery.id, { failed: reason }]))
  const render = Object.hasOwn(renderers, by) ? renderers[by] : undefined
  if (!render) {
    log('error', 'renderer-unknown', { by, messages: group.length })
    return failed('renderer-unknown')
  }
  try {
    return await render(group, now)
  } catch (error) {
    if (group.length === 1) {
      log('error', 'render-failed', { by, delivery: group[0]?.delivery.id, error: describeError(error) })
      return failed('render-failed')
    }
    const middle = Math.ceil(group.length / 2)
    const first = await renderGroup(renderers, by, group.slice(0, middle), now)
    const second = await renderGroup(renderers, by, group.slice(middle), now)
    return new Map([...first, ...second])
  }
}

import type { Database } from '../db/client.ts'
import { describeError, log } from '../platform/log.ts'
import { DAY } from '../platform/time.ts'
import type { EditTarget, Message } from './content.ts'
import {
  type ChatRow,
  type ClaimedDelivery,
  type Outcome,
  readChats,
  readSentMessages,
} from './delivery-store.ts'
import type { Rendered, Renderers, ToRender } from './renderer.ts'
import { MAX_ATTEMPTS, retryDelay } from './telegram-errors.ts'

/** A delivery ready to go: what to send, and what message of the chat it edits, if it edits one. */
export interface Prepared {
  delivery: ClaimedDelivery
  message: Message
  editOf?: number
}

/** How long an edit waits for the message that it should edit. */
const TARGET_WAIT_MS = 3_000
const TARGET_TRIES = 20

/**
 * What waited longer than this (ms) is news to nobody: it comes out of a restored backup, where it may have been sent
 * long ago, or the bot could not send at all for so long.
 */
const TOO_OLD_MS = DAY

const DEAD = { status: 'dead' } as const

/** An edit's target by event waits for that event's own delivery; by message id it is known. */
function targetOf({ content }: ClaimedDelivery): EditTarget | undefined {
  if (content.type === 'edit') return content.target
  return content.type === 'render' ? content.edits : undefined
}

/**
 * Looks at claimed deliveries once more just before they are sent: is the chat still there, is the news still true?
 * @returns those to send, in order, and the outcomes of those that will not be
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
    const expire = (reason: string) => settled.push({ id: delivery.id, status: 'expired', reason })
    if (chats.get(delivery.chatId)?.status === 'gone') {
      expire('chat-gone')
      continue
    }
    if (now - delivery.createdAt > TOO_OLD_MS) {
      expire('too-old')
      continue
    }
    const written = writtenOf(delivery, rendered)
    if (written && 'failed' in written) {
      const dead = delivery.attempts >= MAX_ATTEMPTS
      const notBefore = now + retryDelay(delivery.attempts, 0.5)
      settled.push({
        id: delivery.id,
        reason: written.failed,
        ...(dead ? DEAD : { status: 'queued', notBefore }),
      })
      continue
    }
    if (!written || 'expired' in written) {
      expire(written?.expired ?? 'nothing-to-say')
      continue
    }
    const target = targetOf(delivery)
    if (!target) {
      ready.push({ delivery, message: written.message })
    } else if ('messageId' in target) {
      ready.push({ delivery, message: written.message, editOf: target.messageId })
    } else {
      const sent = targets.get(`${target.event} ${delivery.chatId}`)
      const open = sent?.status === 'queued' || sent?.status === 'claimed'
      if (sent?.messageId) ready.push({ delivery, message: written.message, editOf: sent.messageId })
      else if (open && delivery.attempts < TARGET_TRIES) {
        settled.push({
          id: delivery.id,
          status: 'queued',
          notBefore: now + TARGET_WAIT_MS,
          reason: 'target-not-sent',
        })
      } else expire('target-not-sent')
    }
  }
  return { ready, settled }
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

/** Writes the messages of one renderer; where they cannot be written together, each by itself, so that one harms no other. */
async function renderGroup(
  renderers: Renderers,
  by: string,
  group: readonly ToRender[],
  now: number,
): Promise<Map<number, Rendered | Unwritten>> {
  const failed = (why: string) => new Map(group.map(({ delivery }) => [delivery.id, { failed: why }]))
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
    const each = await Promise.all(group.map((item) => renderGroup(renderers, by, [item], now)))
    return new Map(each.flatMap((map) => [...map]))
  }
}

import { log } from '../platform/log.ts'
import { DAY, MINUTE } from '../platform/time.ts'
import type { Answer, ChannelName } from './channels/channel.ts'
import type { ChatRateLimiter } from './chat-rate-limiter.ts'
import type { ClaimedDelivery } from './claimed-deliveries.ts'
import type { ChatChange, OutcomeRecorder } from './outcome-recorder.ts'
import type { Pacer } from './pacing.ts'
import type { Prepared } from './prepare.ts'
import { MAX_ATTEMPTS, refusalDelay, retryDelay } from './retry.ts'
import type { SendQueue } from './send-queue.ts'
import type { SendStats } from './send-stats.ts'

/** A wrong token or key is tried again after this (ms). */
const UNAUTHORIZED_RETRY_MS = MINUTE
/** A chat that refuses us, perhaps only for now, is suspended after this (ms). */
const REFUSED_FOR_MS = DAY

/** What a failed call can change in a run. */
export interface FailureContext {
  channel: ChannelName
  queue: SendQueue
  recorder: OutcomeRecorder
  stats: SendStats
  chats: ChatRateLimiter
  pacer: Pacer
  random(): number
}

/** Handles the failed calls of one channel. */
export class FailureHandler {
  readonly #context: FailureContext
  /** Chats that refused us in this run: why, and when to try again (epoch ms; null: never). */
  readonly #refused = new Map<number, { reason: string; retryAt: number | null }>()
  #unauthorizedUntil = 0

  constructor(context: FailureContext) {
    this.#context = context
  }

  /** The service refuses our token or key; try again at this instant (epoch ms). */
  get unauthorizedUntil(): number {
    return this.#unauthorizedUntil
  }

  /** Settles a message for a chat that refused us in this run. @returns false when the chat did not */
  settleRefused(delivery: ClaimedDelivery, now: number): boolean {
    const refused = this.#refused.get(delivery.chatId)
    if (!refused || (refused.retryAt !== null && refused.retryAt <= now)) return false
    this.#settle(delivery, refused)
    return true
  }

  /**
   * Records what a failed call means for its message, its chat and the channel.
   * @param sentAt when the call was made, epoch ms
   * @returns `accepted`: the message is as it should be; `soon`: the message can be claimed again soon; `elsewhere`: it
   *   can be tried in the next of its topics
   */
  handle(
    prepared: Prepared,
    { failure, error }: Extract<Answer, { ok: false }>,
    sentAt: number,
    now: number,
  ): 'accepted' | 'soon' | 'elsewhere' | undefined {
    const { channel, recorder, stats, pacer, chats, random } = this.#context
    const { delivery, refusedSince } = prepared
    const { id, chatId, trace, attempts } = delivery
    switch (failure.kind) {
      case 'done':
        return 'accepted'
      case 'wait': {
        const { retryAfterMs } = failure
        const notBefore = now + retryAfterMs
        const firstSentAt = chats.rejected(chatId, sentAt, now, retryAfterMs)
        if (firstSentAt !== undefined) pacer.limited(firstSentAt, now, retryAfterMs)
        stats.limited()
        recorder.record({ id, status: 'queued', notBefore, unused: true, reason: 'rate-limited' })
        for (const other of this.#context.queue.takeOf(chatId))
          recorder.record({ id: other.id, status: 'queued', notBefore, unused: true, reason: 'chat-busy' })
        log('warn', `${channel}-rate-limit`, {
          trace,
          waitMs: retryAfterMs,
          scope: firstSentAt === undefined ? 'chat' : 'bot',
          rate: pacer.state.rate,
        })
        return 'soon'
      }
      case 'later':
        recorder.record({
          id,
          status: 'queued',
          notBefore: failure.until,
          unused: true,
          reason: failure.reason,
        })
        log('warn', `${channel}-later`, { trace, reason: failure.reason, error, waitMs: failure.until - now })
        return 'soon'
      case 'retry':
        if (attempts >= MAX_ATTEMPTS) {
          stats.refused(delivery)
          recorder.record({ id, status: 'dead', reason: error })
        } else {
          const notBefore = now + retryDelay(attempts, random())
          recorder.record({ id, status: 'queued', notBefore, reason: 'in-doubt' })
        }
        log('warn', `${channel}-unreachable`, { trace, attempts, error })
        return
      case 'unauthorized':
        if (this.#unauthorizedUntil === 0) log('error', `${channel}-token-wrong`, { error })
        this.#unauthorizedUntil = now + UNAUTHORIZED_RETRY_MS
        recorder.record({
          id,
          status: 'queued',
          notBefore: this.#unauthorizedUntil,
          unused: true,
          reason: `${channel}-token-wrong`,
        })
        return
      case 'chat-gone':
        this.#refuse(
          delivery,
          { reason: failure.reason, retryAt: null },
          { kind: 'gone', reason: failure.reason },
        )
        return
      case 'chat-refuses': {
        const { reason } = failure
        log('warn', 'chat-refuses', { trace, attempts, reason })
        if (refusedSince !== null && now - refusedSince >= REFUSED_FOR_MS)
          this.#refuse(delivery, { reason, retryAt: null }, { kind: 'gone', reason })
        else
          this.#refuse(
            delivery,
            { reason, retryAt: now + refusalDelay(attempts, random()) },
            { kind: 'refuses' },
          )
        return
      }
      case 'topic-closed': {
        const { reason } = failure
        log('warn', 'topic-closed', { trace, attempts, reason, left: prepared.topics.length - 1 })
        if (prepared.topics.length > 1) return 'elsewhere'
        // A closed topic may open again, and says nothing of the chat's other messages.
        recorder.record({ id, status: 'queued', notBefore: now + refusalDelay(attempts, random()), reason })
        return
      }
      case 'moved':
        recorder.changeChat(chatId, { kind: 'moved', to: failure.chatId })
        recorder.record({ id, status: 'queued', notBefore: now, unused: true, reason: 'chat-moved' })
        return 'soon'
      case 'stale':
        stats.expired(delivery)
        recorder.record({ id, status: 'expired', reason: 'message-gone' })
        return
      case 'refused':
        stats.refused(delivery)
        recorder.record({ id, status: 'dead', reason: failure.reason })
        log('error', 'message-refused', { trace, delivery: id, reason: failure.reason })
    }
  }

  /** Settles a message and all other claimed ones of its chat. */
  #refuse(
    delivery: ClaimedDelivery,
    refused: { reason: string; retryAt: number | null },
    change: ChatChange,
  ): void {
    const { queue, recorder } = this.#context
    this.#refused.set(delivery.chatId, refused)
    for (const other of queue.takeOf(delivery.chatId)) this.#settle(other, refused)
    this.#settle(delivery, refused)
    recorder.changeChat(delivery.chatId, change)
  }

  #settle(delivery: ClaimedDelivery, { reason, retryAt }: { reason: string; retryAt: number | null }): void {
    const { recorder, stats } = this.#context
    if (retryAt === null) {
      stats.refused(delivery)
      recorder.record({ id: delivery.id, status: 'dead', reason })
    } else recorder.record({ id: delivery.id, status: 'queued', notBefore: retryAt, reason })
  }
}

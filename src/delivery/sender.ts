import type { Api } from 'grammy'
import { type Database, type Statement, transact } from '../db/client.ts'
import type { Priority } from '../db/schema/delivery.ts'
import { readState, writeState } from '../db/state.ts'
import { traceId } from '../platform/id.ts'
import { describeError, log } from '../platform/log.ts'
import type { Clock } from '../platform/time.ts'
import { callTelegram } from './bot-api.ts'
import { ChatRateLimiter } from './chat-rate-limiter.ts'
import { migrateChat } from './chat-status.ts'
import {
  type ClaimedDelivery,
  chatGone,
  claimDeliveries,
  inSendingOrder,
  nextDeliveryAt,
} from './delivery-store.ts'
import { Recorder } from './outcome-recorder.ts'
import { Pacer, resumePacing } from './pacing.ts'
import { type Prepared, prepare } from './prepare.ts'
import type { Renderers } from './renderer.ts'
import { type SendReport, SendStats } from './send-stats.ts'
import { holdSenderLease, releaseSenderLease, SenderLease } from './sender-lease.ts'
import { MAX_ATTEMPTS, readTelegramFailure, retryDelay } from './telegram-errors.ts'

/** What the sender works with. */
export interface SenderContext {
  db: Database
  api: Api
  clock: Clock
  renderers: Renderers
  /** Messages a second to start from, while nothing is learnt. */
  configuredRate: number
  /** Nudges a sender again after `delaySeconds`. */
  nudge(delaySeconds: number): Promise<void>
  /** Uniform in [0, 1). */
  random(): number
}

/** Requests open at once: at 60 ms each, six fill a hundred messages a second; Workers allow no more. */
const MAX_OPEN = 6
/** A sender works at most so long (ms), then hands over to the next: a queue's batch may last 15 minutes. */
const MAX_SHIFT_MS = 5 * 60_000
/** A pause longer than this is not waited out: a later nudge goes on. */
const MAX_WAIT_MS = 20_000
/** How often rows are claimed at the most (ms): an answer to a person waits no longer behind a broadcast. */
const CLAIM_EVERY_MS = 400
/** Prepared messages older than this are looked at again: what they say may have changed. */
const STALE_MS = 5_000
/** Nothing is claimed while everybody waits longer than this (ms). */
const SHORT_PAUSE_MS = 1_000

/** A nudge is put off by at most so long; the sweep finds what comes later. */
const MAX_NUDGE_SECONDS = 600

interface Waiting extends Prepared {
  preparedAt: number
}

/**
 * Sends all that is due, at the one rate, and stops when nothing is. Only one sender works at a time: when another one
 * holds the lease this returns at once, and nudges again for when that one may have died.
 */
export async function sendDue(context: SenderContext): Promise<SendReport | undefined> {
  const { db, clock } = context
  const token = traceId()
  const nudgeAt = (at: number) =>
    context.nudge(Math.min(Math.max(0, Math.ceil((at - clock.now()) / 1_000)), MAX_NUDGE_SECONDS))
  const lease = await holdSenderLease(db, token, clock.now())
  if (!lease.held) {
    await nudgeAt(lease.until + 1)
    return undefined
  }
  const shift = new SendRun(context, token)
  try {
    return await shift.work()
  } finally {
    await releaseSenderLease(db, token)
    const next = await nextDeliveryAt(db, clock.now())
    if (next !== undefined) await nudgeAt(Math.max(next, shift.pausedUntil))
  }
}

/** One sender's time at work. */
class SendRun {
  readonly #context: SenderContext
  readonly #lease: SenderLease
  readonly #startedAt: number
  readonly #recorder: Recorder
  readonly #book = new SendStats()
  readonly #open = new Set<Promise<void>>()
  readonly #turns = new ChatRateLimiter()
  #pacer: Pacer
  /** When an earlier shift sent its last message. */
  #sentBefore: number | null = null
  #waiting: Waiting[] = []
  #claimedAt = Number.NEGATIVE_INFINITY
  #claiming: Promise<void> | undefined
  /** The last claim found no more than it took. */
  #dry = false
  #failure: unknown

  constructor(context: SenderContext, token: string) {
    this.#context = context
    this.#recorder = new Recorder(context.db, context.clock)
    this.#startedAt = context.clock.now()
    this.#lease = new SenderLease(context.db, token, this.#startedAt)
    this.#pacer = new Pacer(resumePacing(undefined, context.configuredRate, this.#startedAt))
  }

  /** Until when Telegram told everybody to wait. */
  get pausedUntil(): number {
    return this.#pacer.state.pausedUntil
  }

  async work(): Promise<SendReport> {
    const { db, clock, configuredRate } = this.#context
    const startedAt = this.#startedAt
    const { pacing } = await readState(db, ['pacing'])
    this.#pacer = new Pacer(resumePacing(pacing, configuredRate, startedAt))
    this.#sentBefore = pacing?.sentAt ?? null
    try {
      while (clock.now() - startedAt < MAX_SHIFT_MS && this.#failure === undefined) {
        if (await this.#step()) break
      }
    } finally {
      await this.#handOver()
    }
    if (this.#failure !== undefined) throw this.#failure
    return this.#book.report
  }

  /** Does the next thing, or waits for something to happen. @returns true when the shift is over */
  async #step(): Promise<boolean> {
    const { clock } = this.#context
    const now = clock.now()
    if (this.#lease.lost) throw new Error('another sender took the lease')
    this.#lease.keep(now, () => this.#learnt(now))
    if (this.pausedUntil - now > MAX_WAIT_MS && this.#open.size === 0) return true
    if (this.#recorder.stuck || !this.#lease.lasts(now)) {
      await clock.sleep(CLAIM_EVERY_MS)
      return false
    }
    this.#claimMore(now)
    const next = this.#open.size < MAX_OPEN ? this.#nextReady(now) : undefined
    if (next === undefined) {
      const idle = this.#waiting.length === 0 && this.#open.size === 0 && this.#claiming === undefined
      if (idle && this.#dry) return true
      await this.#somethingHappens(now)
      return false
    }
    const wait = this.#pacer.reserve(now)
    if (wait > 0) {
      await clock.sleep(Math.min(wait, CLAIM_EVERY_MS))
      return false
    }
    this.#waiting.splice(this.#waiting.indexOf(next), 1)
    this.#launch(next, now)
    return false
  }

  /** Claims and prepares about a second's worth of messages beside the sending, when there is room for them. */
  #claimMore(now: number): void {
    const room = Math.ceil(Math.max(this.#pacer.state.rate, 4) * 1.5)
    if (this.#claiming !== undefined || now - this.#claimedAt < CLAIM_EVERY_MS) return
    if (this.#dry && this.#waiting.length === 0 && this.#open.size === 0) return
    if (this.pausedUntil - now > SHORT_PAUSE_MS) return
    const full = this.#waiting.length >= room
    this.#claimedAt = now
    this.#claiming = this.#claim(full ? MAX_OPEN : room, full ? 'interactive' : 'edit')
      .catch((error) => {
        this.#failure = error
      })
      .finally(() => {
        this.#claiming = undefined
      })
  }

  async #claim(limit: number, upTo: Priority): Promise<void> {
    const { db, clock, renderers } = this.#context
    const now = clock.now()
    const claimed = await claimDeliveries(db, limit, now, upTo)
    if (upTo === 'edit') this.#dry = claimed.length < limit
    const due = claimed.filter((delivery) => this.#hasTurn(delivery, now))
    if (due.length === 0) return
    const { ready, settled } = await prepare(db, renderers, due, now)
    for (const outcome of settled) {
      this.#recorder.record(outcome)
      const delivery = due.find(({ id }) => id === outcome.id)
      if (delivery && outcome.status === 'expired') this.#book.expired(delivery)
      if (delivery && outcome.status === 'dead') this.#book.refused(delivery)
    }
    this.#waiting.push(...ready.map((prepared) => ({ ...prepared, preparedAt: now })))
    this.#waiting.sort((a, b) => inSendingOrder(a.delivery, b.delivery))
  }

  /** Whether a claimed message's chat takes it soon; if not it goes back until then. */
  #hasTurn({ id, chatId, priority }: ClaimedDelivery, now: number): boolean {
    const notBefore = this.#turns.plan(chatId, priority, now)
    if (notBefore === undefined) return true
    this.#recorder.record({ id, status: 'queued', notBefore, unused: true, reason: 'chat-busy' })
    return false
  }

  /** The first waiting message whose chat takes one now; messages that waited too long go back to be looked at again. */
  #nextReady(now: number): Waiting | undefined {
    const stale = this.#waiting.filter((waiting) => now - waiting.preparedAt > STALE_MS)
    if (stale.length > 0) {
      this.#waiting = this.#waiting.filter((waiting) => !stale.includes(waiting))
      for (const { delivery } of stale) {
        const notBefore = Math.max(now, this.#turns.readyAt(delivery.chatId))
        this.#recorder.record({ id: delivery.id, status: 'queued', notBefore, unused: true })
      }
      this.#dry = false
    }
    return this.#waiting.find(({ delivery }) => this.#turns.readyAt(delivery.chatId) <= now)
  }

  /** Resolves when an answer or a claim comes in, or when the next thing may be due. */
  async #somethingHappens(now: number): Promise<void> {
    const { clock } = this.#context
    const chatsReadyAt = this.#waiting.map(({ delivery }) => this.#turns.readyAt(delivery.chatId))
    const readyAt = Math.min(...chatsReadyAt, now + CLAIM_EVERY_MS)
    await Promise.race([
      ...this.#open,
      ...(this.#claiming ? [this.#claiming] : []),
      clock.sleep(Math.max(1, readyAt - now)),
    ])
  }

  #launch(prepared: Prepared, now: number): void {
    this.#turns.take(prepared.delivery.chatId, now)
    const call = this.#deliver(prepared, now).finally(() => this.#open.delete(call))
    this.#open.add(call)
  }

  async #deliver(prepared: Prepared, sentAt: number): Promise<void> {
    const { api, clock } = this.#context
    try {
      const messageId = await callTelegram(api, prepared)
      const now = clock.now()
      this.#pacer.accepted(sentAt, now)
      this.#book.sent(prepared.delivery, now)
      this.#recorder.record({ id: prepared.delivery.id, status: 'sent', ...(messageId && { messageId }) })
    } catch (error) {
      this.#fail(prepared, sentAt, error)
    }
  }

  /** Does what a failed call asks for. */
  #fail({ delivery, editOf }: Prepared, sentAt: number, error: unknown): void {
    const { clock, random } = this.#context
    const now = clock.now()
    const { id, chatId, trace } = delivery
    const failure = readTelegramFailure(error)
    const record = this.#recorder.record.bind(this.#recorder)
    switch (failure.kind) {
      case 'done':
        this.#pacer.accepted(sentAt, now)
        this.#book.sent(delivery, now)
        record({ id, status: 'sent', ...(editOf !== undefined && { messageId: editOf }) })
        break
      case 'wait':
        this.#book.limited()
        this.#pacer.limited(sentAt, now, failure.retryAfterMs)
        record(
          {
            id,
            status: 'queued',
            notBefore: now + failure.retryAfterMs,
            unused: true,
            reason: 'rate-limited',
          },
          [this.#learnt(now)],
        )
        this.#dry = false
        log('warn', 'telegram-rate-limit', {
          trace,
          waitMs: failure.retryAfterMs,
          rate: this.#pacer.state.rate,
        })
        break
      case 'retry':
        if (failure.inDoubt && delivery.attempts >= MAX_ATTEMPTS) {
          this.#book.refused(delivery)
          record({ id, status: 'dead', reason: describeError(error) })
        } else {
          const notBefore = now + retryDelay(delivery.attempts, random())
          record({
            id,
            status: 'queued',
            notBefore,
            reason: failure.inDoubt ? 'in-doubt' : 'telegram-refuses-us',
          })
        }
        log('warn', 'telegram-unreachable', {
          trace,
          attempts: delivery.attempts,
          error: describeError(error),
        })
        break
      case 'chat-gone':
        this.#book.refused(delivery)
        for (const { delivery: other } of this.#waiting.filter(
          (waiting) => waiting.delivery.chatId === chatId,
        )) {
          this.#book.refused(other)
          record({ id: other.id, status: 'dead', reason: failure.reason })
        }
        this.#waiting = this.#waiting.filter((waiting) => waiting.delivery.chatId !== chatId)
        record({ id, status: 'dead', reason: failure.reason }, chatGone(chatId, failure.reason, now))
        break
      case 'moved':
        record(
          { id, status: 'queued', notBefore: now, unused: true, reason: 'chat-moved' },
          migrateChat(chatId, failure.chatId, now),
        )
        this.#dry = false
        break
      case 'stale':
        this.#book.expired(delivery)
        record({ id, status: 'expired', reason: 'message-gone' })
        break
      case 'refused':
        this.#book.refused(delivery)
        record({ id, status: 'dead', reason: failure.reason })
        log('error', 'message-refused', { trace, delivery: id, reason: failure.reason })
        break
    }
  }

  /** The statement that writes down what was learnt of Telegram, and when it last took a message. */
  #learnt(now: number): Statement {
    const sentAt = this.#book.sentAt ?? this.#sentBefore
    return writeState(this.#context.db, 'pacing', { ...this.#pacer.state, sentAt }, now)
  }

  /** Ends the shift: waits for the open calls, gives back what was not sent, and leaves what was learnt. */
  async #handOver(): Promise<void> {
    const { db, clock } = this.#context
    await Promise.all([...this.#open, this.#claiming, this.#lease.settled()])
    this.#book.close({ rate: this.#pacer.state.rate, ms: clock.now() - this.#startedAt })
    for (const { delivery } of this.#waiting) {
      this.#recorder.record({ id: delivery.id, status: 'queued', notBefore: 0, unused: true })
    }
    await this.#recorder.settled()
    await transact(db, [this.#learnt(clock.now())])
  }
}

import { type Statement, transact } from '../db/database.ts'
import type { Priority } from '../db/schema/delivery.ts'
import { type StateValues, writeState } from '../db/state.ts'
import { LAST_SHARE } from '../platform/budget.ts'
import { describeError, log } from '../platform/log.ts'
import { ChatRateLimiter } from './chat-rate-limiter.ts'
import { type ClaimedDelivery, claimDeliveries, dropFinishedClaims } from './claimed-deliveries.ts'
import type { Message } from './content.ts'
import { FailureHandler } from './failure-handler.ts'
import { OutcomeRecorder } from './outcome-recorder.ts'
import { Pacer, resumePacing } from './pacing.ts'
import { type Prepared, prepare } from './prepare.ts'
import { SendQueue } from './send-queue.ts'
import { type SendReport, SendStats } from './send-stats.ts'
import type { SenderContext } from './sender-context.ts'
import { releaseLease, SenderLease } from './sender-lease.ts'
import { OPEN_EACH, SenderPool } from './sender-pool.ts'
import { firstPart } from './split-message.ts'

/** A pause of all messages longer than this (ms) is not waited out: a later nudge goes on. */
const MAX_WAIT_MS = 20_000
/** How often rows are claimed at the most (ms): an answer to a person waits no longer behind a broadcast. */
const CLAIM_EVERY_MS = 500
/** Messages are claimed for this time (s), when less than that is left. */
const CLAIM_FOR_S = 2.5
const CLAIM_BELOW_S = 1
/** Nothing is claimed while all messages wait for longer than this (ms). */
const SHORT_PAUSE_MS = 1_000
/** What a message uses of the budget: a request, now and then a second one; the CPU time is `npm run bench -- costs`'. */
const EACH_MESSAGE = { subrequests: 1.3, cpuMs: 4 }

/** One run of the sender: claims messages, sends them at the pace that Telegram allows, and records what became of them. */
export class SendRun {
  readonly #context: SenderContext
  readonly #token: string
  readonly #startedAt: number
  readonly #lease: SenderLease
  readonly #recorder: OutcomeRecorder
  readonly #stats = new SendStats()
  readonly #queue = new SendQueue()
  readonly #senders: SenderPool
  readonly #chats: ChatRateLimiter
  readonly #pacer: Pacer
  readonly #failures: FailureHandler
  readonly #open = new Set<Promise<void>>()
  /** When an earlier run sent its last message. */
  readonly #sentBefore: number | null
  #claimedAt = Number.NEGATIVE_INFINITY
  #claiming: Promise<void> | undefined
  /** The last claim found less than it asked for. */
  #drained = false
  #failure: unknown
  #successor: Promise<void> | undefined
  #successorCalled = false
  #released = false

  /** @param learned what earlier runs learned */
  constructor(context: SenderContext, token: string, learned: StateValues['pacing'] | undefined) {
    const now = context.clock.now()
    this.#context = context
    this.#token = token
    this.#startedAt = now
    this.#lease = new SenderLease(context.db, token, now)
    this.#recorder = new OutcomeRecorder(context.db, context.clock)
    this.#senders = new SenderPool(context.senders)
    this.#chats = new ChatRateLimiter(learned?.chats)
    this.#pacer = new Pacer(resumePacing(learned, context.configuredRate, now))
    this.#sentBefore = learned?.sentAt ?? null
    this.#failures = new FailureHandler({
      queue: this.#queue,
      recorder: this.#recorder,
      stats: this.#stats,
      chats: this.#chats,
      pacer: this.#pacer,
      random: context.random,
    })
  }

  /** Until when all messages wait, epoch ms. */
  get pausedUntil(): number {
    return Math.max(this.#pacer.state.pausedUntil, this.#failures.unauthorizedUntil)
  }

  /** A nudge for the next run was sent. */
  get successorCalled(): boolean {
    return this.#successorCalled
  }

  /** The lease was released. */
  get released(): boolean {
    return this.#released
  }

  /** Sends until nothing is due or the budget is spent. @throws when the database is out of reach */
  async work(): Promise<SendReport> {
    try {
      while (this.#failure === undefined) {
        if (await this.#step()) break
      }
    } finally {
      await this.#finish()
    }
    if (this.#failure !== undefined) throw this.#failure
    return this.#stats.report
  }

  /** Does the next thing, or waits for something to happen. @returns true when the run is over */
  async #step(): Promise<boolean> {
    const { clock, budget } = this.#context
    const now = clock.now()
    if (this.#lease.lost) throw new Error('another sender took the lease')
    this.#lease.keep(now, () => [this.#learned(now), dropFinishedClaims()])
    if (this.#mustEnd(now)) return true
    if (!this.#lease.lasts(now)) {
      await clock.sleep(CLAIM_EVERY_MS)
      return false
    }
    const ending = this.#successor !== undefined || budget.isSpent(now) || this.#affordable(now) === 0
    if (ending) this.#successor ??= this.#callSuccessor(now)
    else this.#claimMore(now)
    this.#release(this.#queue.takeStale(now))
    const next = this.#senders.hasRoom(now) ? this.#queue.firstReady(now, this.#readyAt) : undefined
    if (next === undefined) {
      const idle = this.#queue.size === 0 && this.#open.size === 0 && this.#claiming === undefined
      if (idle && (ending || this.#drained)) return true
      await this.#somethingHappens(now)
      return false
    }
    const wait = this.#pacer.reserve(now)
    if (wait > 0) {
      await clock.sleep(Math.min(wait, CLAIM_EVERY_MS))
      return false
    }
    this.#queue.remove(next)
    this.#launch(next, now)
    return false
  }

  /** Whether nothing more may be sent in this run. */
  #mustEnd(now: number): boolean {
    if (this.#recorder.failed || this.#failures.unauthorizedUntil > now) return true
    if (this.#context.budget.isSpent(now, LAST_SHARE)) return true
    return this.pausedUntil - now > MAX_WAIT_MS && this.#open.size === 0
  }

  readonly #readyAt = (chatId: number): number => this.#chats.readyAt(chatId)

  /** How many more messages the budget allows, besides those already claimed. */
  #affordable(now: number): number {
    return Math.max(0, this.#context.budget.room(EACH_MESSAGE, now) - this.#queue.size)
  }

  /** Claims and prepares messages in the background, when there is room for them. */
  #claimMore(now: number): void {
    if (this.#claiming !== undefined || now - this.#claimedAt < CLAIM_EVERY_MS) return
    if (this.#drained && this.#queue.size === 0 && this.#open.size === 0) return
    if (this.pausedUntil - now > SHORT_PAUSE_MS) return
    const rate = Math.max(this.#pacer.state.rate, 4)
    const low = this.#queue.size < rate * CLAIM_BELOW_S
    const room = low ? Math.ceil(rate * CLAIM_FOR_S) - this.#queue.size : OPEN_EACH
    const limit = Math.min(room, this.#affordable(now))
    if (limit <= 0) return
    this.#claimedAt = now
    this.#claiming = this.#claim(limit, low ? 'edit' : 'interactive')
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
    if (upTo === 'edit') this.#drained = claimed.length < limit
    const due = claimed.filter((delivery) => this.#canGoSoon(delivery, now))
    if (due.length === 0) return
    const { ready, settled } = await prepare(db, renderers, due, now)
    for (const outcome of settled) {
      this.#recorder.record(outcome)
      const delivery = due.find(({ id }) => id === outcome.id)
      if (delivery && outcome.status === 'expired') this.#stats.expired(delivery)
      if (delivery && outcome.status === 'dead') this.#stats.refused(delivery)
    }
    this.#queue.add(ready, now)
  }

  /** Whether a claimed message's chat takes it soon; if not, it is given back until then. */
  #canGoSoon(delivery: ClaimedDelivery, now: number): boolean {
    const { id, chatId, priority } = delivery
    if (this.#failures.settleRefused(delivery, now)) return false
    const notBefore = this.#chats.plan(chatId, priority, now)
    if (notBefore === undefined) return true
    this.#recorder.record({ id, status: 'queued', notBefore, unused: true, reason: 'chat-busy' })
    return false
  }

  /** Returns claimed messages unsent. */
  #release(deliveries: readonly ClaimedDelivery[]): void {
    for (const { id, chatId } of deliveries) {
      this.#recorder.record({ id, status: 'queued', notBefore: this.#readyAt(chatId), unused: true })
      this.#drained = false
    }
  }

  /** Resolves when an answer or a claim comes in, or when the next thing may be due. */
  async #somethingHappens(now: number): Promise<void> {
    const readyAt = Math.min(this.#queue.nextReadyAt(this.#readyAt), now + CLAIM_EVERY_MS)
    await Promise.race([
      ...this.#open,
      ...(this.#claiming ? [this.#claiming] : []),
      this.#context.clock.sleep(Math.max(1, readyAt - now)),
    ])
  }

  #launch(prepared: Prepared, now: number): void {
    this.#chats.take(prepared.delivery.chatId, now)
    this.#context.budget.use(EACH_MESSAGE)
    const call = this.#send(prepared, now).finally(() => this.#open.delete(call))
    this.#open.add(call)
  }

  /** Sends the first part of a message; the rest waits until its chat takes another one. */
  async #send(prepared: Prepared, sentAt: number): Promise<void> {
    const { clock } = this.#context
    const { part, rest } = firstPart(prepared.message)
    const { editOf, topics } = prepared
    const { chatId } = prepared.delivery
    const call = { chatId, message: inTopic(part, topics[0]), ...(editOf !== undefined && { editOf }) }
    const answer = await this.#senders.send(call, sentAt)
    if (answer.ok) return this.#accepted(prepared, rest, answer.messageId, sentAt)
    const again = this.#failures.handle(prepared, answer, sentAt, clock.now())
    if (again === 'accepted') this.#accepted(prepared, rest, editOf, sentAt)
    else if (again === 'soon') this.#drained = false
    else if (again === 'elsewhere') this.#queue.add([{ ...prepared, topics: topics.slice(1) }], clock.now())
  }

  #accepted(
    { delivery, editOf, refusedSince, topics }: Prepared,
    rest: Message | undefined,
    id: number | undefined,
    sentAt: number,
  ): void {
    const now = this.#context.clock.now()
    this.#pacer.accepted(sentAt, now)
    const outcome = { id: delivery.id, ...(id && { messageId: id }) }
    if (rest) {
      this.#recorder.record({ ...outcome, status: 'claimed', rest })
      this.#queue.add([{ delivery, message: rest, topics, refusedSince }], now)
      return
    }
    this.#stats.sent(delivery, now)
    if (refusedSince !== null) this.#recorder.changeChat(delivery.chatId, { kind: 'accepts' })
    const edit = editOf !== undefined && delivery.priority === 'edit'
    this.#recorder.record({ ...outcome, status: 'sent', ...(edit && { edit }) })
  }

  /** The statement that saves what was learned about Telegram's limits, and when it last accepted a message. */
  #learned(now: number): Statement {
    const sentAt = this.#stats.sentAt ?? this.#sentBefore
    const value = { ...this.#pacer.state, sentAt, chats: this.#chats.busy(now) }
    return writeState(this.#context.db, 'pacing', value, now)
  }

  /** Nudges the next run before this one ends, so that it starts at once: it waits for the lease. */
  async #callSuccessor(now: number): Promise<void> {
    try {
      await this.#lease.announceEnd(now)
      await this.#context.nudge(0)
      this.#successorCalled = true
    } catch (error) {
      log('warn', 'successor-not-called', { error: describeError(error) })
    }
  }

  /** Waits for open calls, gives back what was not sent, saves what was learned and releases the lease. */
  async #finish(): Promise<void> {
    const { db, clock } = this.#context
    await Promise.all([...this.#open, this.#claiming, this.#successor, this.#lease.settled()])
    this.#stats.close({ rate: this.#pacer.state.rate, ms: clock.now() - this.#startedAt })
    this.#release(this.#queue.takeAll())
    await this.#recorder.flush()
    await transact(db, [this.#learned(clock.now()), dropFinishedClaims(), releaseLease(this.#token)])
    this.#released = true
  }
}

/** A message as it goes to a forum topic; null: to the chat itself. */
function inTopic({ threadId: _, ...message }: Message, topic: number | null | undefined): Message {
  return { ...message, ...(typeof topic === 'number' && { threadId: topic }) }
}

import type { Statement } from '../db/database.ts'
import { type StateValues, writeState } from '../db/state.ts'
import type { Call, Channel, ChannelName } from './channels/channel.ts'
import { ChatRateLimiter } from './chat-rate-limiter.ts'
import type { ClaimedDelivery, Wanted } from './claimed-deliveries.ts'
import type { Message } from './content.ts'
import { FailureHandler } from './failure-handler.ts'
import { learnedName } from './learned.ts'
import type { OutcomeRecorder } from './outcome-recorder.ts'
import { Pacer, resumePacing } from './pacing.ts'
import type { Prepared } from './prepare.ts'
import { SendQueue } from './send-queue.ts'
import type { SendStats } from './send-stats.ts'
import type { SenderContext } from './sender-context.ts'
import { type OwnConnections, SenderPool } from './sender-pool.ts'

/** A pause of all messages longer than this (ms) is not waited out: a later nudge goes on. */
const MAX_WAIT_MS = 20_000
/** Messages are claimed for this time (s), when less than that is left. */
const CLAIM_FOR_S = 2.5
const CLAIM_BELOW_S = 1
/** Nothing is claimed while all messages wait for longer than this (ms). */
const SHORT_PAUSE_MS = 1_000

/** What the channels of a run share. */
export interface SharedRun {
  context: SenderContext
  recorder: OutcomeRecorder
  stats: SendStats
  /** The calls that the running invocation has open. */
  own: OwnConnections
}

/** One channel's part of a send run: its messages, its pace, its chats' limits and its calls. */
export class ChannelRun {
  readonly #channel: Channel
  readonly #shared: SharedRun
  readonly #queue = new SendQueue()
  readonly #senders: SenderPool
  readonly #chats: ChatRateLimiter
  readonly #pacer: Pacer
  readonly #failures: FailureHandler
  readonly #open = new Set<Promise<void>>()
  /** When the service last accepted a message, epoch ms; null: never. */
  #sentAt: number | null
  /** Whether this run made a call. */
  #used = false
  /** The last claim found less than it asked for. */
  #drained = false

  /** @param learned what earlier runs learned */
  constructor(channel: Channel, shared: SharedRun, learned: StateValues['pacing'] | undefined) {
    const { context, recorder, stats } = shared
    this.#channel = channel
    this.#shared = shared
    this.#senders = new SenderPool(channel.senders, channel.openEach, shared.own)
    this.#chats = new ChatRateLimiter(channel.interval, learned?.chats)
    this.#pacer = new Pacer(resumePacing(learned, channel.configuredRate, context.clock.now()))
    this.#sentAt = learned?.sentAt ?? null
    this.#failures = new FailureHandler({
      channel: channel.name,
      queue: this.#queue,
      recorder,
      stats,
      chats: this.#chats,
      pacer: this.#pacer,
      random: context.random,
    })
  }

  get name(): ChannelName {
    return this.#channel.name
  }

  /** Messages that are claimed and not sent yet. */
  get waiting(): number {
    return this.#queue.size
  }

  /** The calls that are under way. */
  get open(): ReadonlySet<Promise<void>> {
    return this.#open
  }

  /** Messages a second. */
  get rate(): number {
    return this.#pacer.state.rate
  }

  /** Until when all messages wait, epoch ms. */
  get pausedUntil(): number {
    return Math.max(this.#pacer.state.pausedUntil, this.#failures.unauthorizedUntil)
  }

  /** Nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#queue.size === 0 && this.#open.size === 0
  }

  /** Whether nothing more may be sent in this run: a later one goes on. */
  isStopped(now: number): boolean {
    if (this.#failures.unauthorizedUntil > now) return true
    return this.pausedUntil - now > MAX_WAIT_MS && this.#open.size === 0
  }

  /** Nothing more is due. */
  get isDrained(): boolean {
    return this.#drained
  }

  /** How many more messages the budget allows, besides those already claimed. */
  affordable(now: number): number {
    const room = this.#shared.context.budget.room(this.#channel.eachMessage, now)
    return Math.max(0, room - this.#queue.size)
  }

  /** What to claim now; undefined: nothing. */
  wanted(now: number): Wanted | undefined {
    if (this.#drained && this.isIdle) return undefined
    if (this.isStopped(now) || this.pausedUntil - now > SHORT_PAUSE_MS) return undefined
    const rate = Math.max(this.rate, 4)
    const low = this.#queue.size < rate * CLAIM_BELOW_S
    const room = low ? Math.ceil(rate * CLAIM_FOR_S) - this.#queue.size : this.#channel.openEach
    const limit = Math.min(room, this.affordable(now))
    return limit > 0 ? { limit, upTo: low ? 'edit' : 'interactive' } : undefined
  }

  /** Takes what was claimed for it. @returns those that its chats take soon; the others are given back until then */
  take(claimed: readonly ClaimedDelivery[], { limit, upTo }: Wanted, now: number): ClaimedDelivery[] {
    if (upTo === 'edit') this.#drained = claimed.length < limit
    return claimed.filter((delivery) => this.#canGoSoon(delivery, now))
  }

  /** Takes messages that are ready to be sent. */
  async add(prepared: readonly Prepared[], now: number): Promise<void> {
    if (prepared.length === 0) return
    await this.#channel.prepare?.([...new Set(prepared.map(({ delivery }) => delivery.chatId))])
    this.#queue.add(prepared, now)
  }

  /** Gives back what waited too long, and what its service does not take soon: it leaves room for others. */
  releaseStale(now: number): void {
    this.#release(this.#queue.takeStale(now))
    this.#release(this.#queue.takeLater(now + SHORT_PAUSE_MS, this.#pausedUntil))
  }

  /** Gives back all that was not sent. */
  releaseAll(): void {
    this.#release(this.#queue.takeAll())
  }

  /**
   * Makes the next call, if there is one to make.
   * @returns 0 when it did, the milliseconds to wait for the pace, or undefined while there is nothing to send or no room
   */
  sendNext(now: number): number | undefined {
    const next = this.#senders.hasRoom(now) ? this.#queue.firstReady(now, this.#readyAt) : undefined
    if (next === undefined) return undefined
    const wait = this.#pacer.reserve(now)
    if (wait > 0) return wait
    this.#queue.remove(next)
    this.#launch(next, now)
    return 0
  }

  /** When the first chat takes a message; Infinity when nothing waits. */
  nextReadyAt(): number {
    return this.#queue.nextReadyAt(this.#readyAt)
  }

  /** The statements that save what was learned about the service's limits, and when it last accepted a message. */
  learned(now: number): Statement[] {
    // A channel that nobody uses costs no write; Telegram's row tells that the sender works.
    if (this.name !== 'telegram' && !this.#used) return []
    const value = { ...this.#pacer.state, sentAt: this.#sentAt, chats: this.#chats.busy(now) }
    return [writeState(this.#shared.context.db, learnedName(this.name), value, now)]
  }

  readonly #pausedUntil = (chatId: number): number => this.#channel.pausedUntil?.(chatId) ?? 0

  readonly #readyAt = (chatId: number): number =>
    Math.max(this.#chats.readyAt(chatId), this.#pausedUntil(chatId))

  /** Whether a claimed message's chat takes it soon; if not, it is given back until then. */
  #canGoSoon(delivery: ClaimedDelivery, now: number): boolean {
    const { id, chatId, priority } = delivery
    if (this.#failures.settleRefused(delivery, now)) return false
    const notBefore = this.#chats.plan(chatId, priority, now)
    if (notBefore === undefined) return true
    this.#shared.recorder.record({ id, status: 'queued', notBefore, unused: true, reason: 'chat-busy' })
    return false
  }

  /** Returns claimed messages unsent. */
  #release(deliveries: readonly ClaimedDelivery[]): void {
    for (const { id, chatId } of deliveries) {
      const notBefore = this.#readyAt(chatId)
      this.#shared.recorder.record({ id, status: 'queued', notBefore, unused: true })
      this.#drained = false
    }
  }

  #launch(prepared: Prepared, now: number): void {
    this.#used = true
    this.#chats.take(prepared.delivery.chatId, now)
    this.#shared.context.budget.use(this.#channel.eachMessage)
    const call = this.#send(prepared, now).finally(() => this.#open.delete(call))
    this.#open.add(call)
  }

  /** Sends the first part of a message; the rest waits until its chat takes another one. */
  async #send(prepared: Prepared, sentAt: number): Promise<void> {
    const { clock } = this.#shared.context
    const { part, rest } = this.#channel.firstPart(prepared.message)
    const { editOf, topics } = prepared
    const answer = await this.#senders.send(callOf(prepared, part), sentAt)
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
    const { context, recorder, stats } = this.#shared
    const now = context.clock.now()
    this.#pacer.accepted(sentAt, now)
    const outcome = { id: delivery.id, ...(id && { messageId: id }) }
    if (rest) {
      recorder.record({ ...outcome, status: 'claimed', rest })
      this.#queue.add([{ delivery, message: rest, topics, refusedSince }], now)
      return
    }
    stats.sent(delivery, now)
    this.#sentAt = now
    if (refusedSince !== null) recorder.changeChat(delivery.chatId, { kind: 'accepts' })
    const edit = editOf !== undefined && delivery.priority === 'edit'
    recorder.record({ ...outcome, status: 'sent', ...(edit && { edit }) })
  }
}

/** The call that sends a part of a message, to the first of its topics; null: to the chat itself. */
function callOf({ delivery, editOf, topics: [topic] }: Prepared, part: Message): Call {
  const { threadId: _, ...message } = part
  return {
    chatId: delivery.chatId,
    key: `${delivery.event} ${delivery.chatId}`,
    message: { ...message, ...(typeof topic === 'number' && { threadId: topic }) },
    ...(editOf !== undefined && { editOf }),
  }
}

import { type Statement, transact } from '../db/database.ts'
import { LAST_SHARE } from '../platform/budget.ts'
import { describeError, log } from '../platform/log.ts'
import { ChannelRun } from './channel-run.ts'
import { type ChannelName, channelOf } from './channels/channel.ts'
import { claimDeliveries, dropFinishedClaims, type Wanted } from './claimed-deliveries.ts'
import type { Learned } from './learned.ts'
import { OutcomeRecorder } from './outcome-recorder.ts'
import { prepare } from './prepare.ts'
import { type SendReport, SendStats } from './send-stats.ts'
import type { SenderContext } from './sender-context.ts'
import { releaseLease, SenderLease } from './sender-lease.ts'

/** How often rows are claimed at the most (ms): an answer to a person waits no longer behind a broadcast. */
const CLAIM_EVERY_MS = 500

/** One run of the sender: claims messages, sends them at the pace of their channels, and records what became of them. */
export class SendRun {
  readonly #context: SenderContext
  readonly #token: string
  readonly #startedAt: number
  readonly #lease: SenderLease
  readonly #recorder: OutcomeRecorder
  readonly #stats = new SendStats()
  readonly #channels: readonly ChannelRun[]
  #claimedAt = Number.NEGATIVE_INFINITY
  #claiming: Promise<void> | undefined
  #failure: unknown
  #successor: Promise<void> | undefined
  #successorCalled = false
  #released = false

  /** @param learned what earlier runs learned */
  constructor(context: SenderContext, token: string, learned: Learned) {
    const now = context.clock.now()
    this.#context = context
    this.#token = token
    this.#startedAt = now
    this.#lease = new SenderLease(context.db, token, now)
    this.#recorder = new OutcomeRecorder(context.db, context.clock)
    const shared = { context, recorder: this.#recorder, stats: this.#stats, own: { open: 0 } }
    this.#channels = context.channels.map((channel) => new ChannelRun(channel, shared, learned[channel.name]))
  }

  /** When the next message can be sent, epoch ms. @param due when each channel's next one is due */
  resumesAt(due: Partial<Record<ChannelName, number>>): number | undefined {
    const instants = this.#channels.flatMap(({ name, pausedUntil }) => {
      const at = due[name]
      return at === undefined ? [] : [Math.max(at, pausedUntil)]
    })
    return instants.length > 0 ? Math.min(...instants) : undefined
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
    this.#lease.keep(now, () => [...this.#learned(now), dropFinishedClaims()])
    if (this.#mustEnd(now)) return true
    if (!this.#lease.lasts(now)) {
      await clock.sleep(CLAIM_EVERY_MS)
      return false
    }
    // One channel is enough: another one that has room left, but nothing to send, would keep the run open.
    const poor = this.#channels.some((channel) => !channel.isDrained && channel.affordable(now) === 0)
    const ending = this.#successor !== undefined || budget.isSpent(now) || poor
    if (ending) this.#successor ??= this.#callSuccessor(now)
    else this.#claimMore(now)
    const working = this.#channels.filter((channel) => !channel.isStopped(now))
    for (const channel of this.#channels) if (!working.includes(channel)) channel.releaseAll()
    const waits = working.map((channel) => {
      channel.releaseStale(now)
      return channel.sendNext(now)
    })
    if (waits.includes(0)) return false
    if (waits.every((wait) => wait !== undefined)) {
      await clock.sleep(Math.min(...waits, CLAIM_EVERY_MS))
      return false
    }
    const idle = this.#claiming === undefined && working.every(({ isIdle }) => isIdle)
    if (idle && (ending || working.every(({ isDrained }) => isDrained))) return true
    await this.#somethingHappens(
      now,
      waits.filter((wait) => wait !== undefined),
    )
    return false
  }

  /** Whether nothing more may be sent in this run. */
  #mustEnd(now: number): boolean {
    if (this.#recorder.failed || this.#context.budget.isSpent(now, LAST_SHARE)) return true
    return this.#channels.every((channel) => channel.isStopped(now))
  }

  /** Claims and prepares messages in the background, when there is room for them. */
  #claimMore(now: number): void {
    if (this.#claiming !== undefined || now - this.#claimedAt < CLAIM_EVERY_MS) return
    const wanted = new Map<ChannelName, Wanted>()
    for (const channel of this.#channels) {
      const wish = channel.wanted(now)
      if (wish) wanted.set(channel.name, wish)
    }
    if (wanted.size === 0) return
    this.#claimedAt = now
    this.#claiming = this.#claim(wanted)
      .catch((error) => {
        this.#failure = error
      })
      .finally(() => {
        this.#claiming = undefined
      })
  }

  async #claim(wanted: ReadonlyMap<ChannelName, Wanted>): Promise<void> {
    const { db, clock, renderers } = this.#context
    const now = clock.now()
    const claimed = await claimDeliveries(db, wanted, now)
    const due = this.#channels.flatMap((channel) => {
      const wish = wanted.get(channel.name)
      const own = claimed.filter(({ chatId }) => channelOf(chatId) === channel.name)
      return wish ? channel.take(own, wish, now) : []
    })
    if (due.length === 0) return
    const { ready, settled } = await prepare(db, renderers, due, now)
    for (const outcome of settled) {
      this.#recorder.record(outcome)
      const delivery = due.find(({ id }) => id === outcome.id)
      if (delivery && outcome.status === 'expired') this.#stats.expired(delivery)
      if (delivery && outcome.status === 'dead') this.#stats.refused(delivery)
    }
    for (const channel of this.#channels) {
      const own = ready.filter(({ delivery }) => channelOf(delivery.chatId) === channel.name)
      await channel.add(own, now)
    }
  }

  /** Resolves when an answer or a claim comes in, or when the next thing may be due. @param waits of channels, ms */
  async #somethingHappens(now: number, waits: readonly number[]): Promise<void> {
    const readyAt = Math.min(
      now + CLAIM_EVERY_MS,
      ...waits.map((wait) => now + wait),
      ...this.#channels.map((channel) => channel.nextReadyAt()),
    )
    await Promise.race([
      ...this.#open(),
      ...(this.#claiming ? [this.#claiming] : []),
      this.#context.clock.sleep(Math.max(1, readyAt - now)),
    ])
  }

  #open(): Promise<void>[] {
    return this.#channels.flatMap(({ open }) => [...open])
  }

  #learned(now: number): Statement[] {
    return this.#channels.flatMap((channel) => channel.learned(now))
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
    await Promise.all([...this.#open(), this.#claiming, this.#successor, this.#lease.settled()])
    const rate = this.#channels.find(({ name }) => name === 'telegram')?.rate ?? 0
    this.#stats.close({ rate, ms: clock.now() - this.#startedAt })
    for (const channel of this.#channels) channel.releaseAll()
    await this.#recorder.flush()
    await transact(db, [...this.#learned(clock.now()), dropFinishedClaims(), releaseLease(this.#token)])
    this.#released = true
  }
}

import { transact } from '../../db/database.ts'
import { clearState } from '../../db/state.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { SECOND } from '../../platform/time.ts'
import type {
  ObservedOffice,
  ObservedSlot,
  PortalFailure,
  PortalReader,
  PortalResult,
  RomeMonth,
} from '../model.ts'
import type { PortalClient } from '../portal/portal-client.ts'
import type { Limit } from '../portal/portal-concurrency.ts'
import { failure } from '../portal/portal-result.ts'
import { LiveSession, type SessionContext, savePace } from './live-session.ts'
import { expireSession, noteRefusal, reportUnreadable } from './owner-notices.ts'
import { causeOfRefusal, type RefusalCause } from './refusal.ts'
import { pauseIfNoneLeft, readGood, readIfGood, type StoredSession } from './session-store.ts'

/** How old the list of sessions may grow before it is read again. */
const LIST_AGE = 5 * SECOND
/** Sessions (or renewals of one) that one reading goes through before it gives up. */
const MOST_TRIES = 10
/** How long readings leave a portal alone that refuses every session. */
const REFUSAL_PATIENCE = 30 * SECOND

/** Provinces whose offices are asked for to tell an expired session from a refused request. */
const CONTROL = 'RM'
const OTHER_CONTROL = 'MI'

export interface PoolContext extends SessionContext {
  /** See `portalConcurrency`: the pool's own requests go through it; readings have been let through by who asks. */
  limit: Limit
  /** Wakes the sender: a message was enqueued. */
  nudge(trace: string): Promise<void>
}

/** What came of a look at a refusal: see `RefusalCause`; or another run renewed the session meanwhile. */
type Verdict = RefusalCause | 'renewed'

/**
 * Reads the portal with the sessions that operators handed in, in turn. A session that the portal refuses is marked as
 * expired, its owner told once, and the reading goes on with another; with none left every reading is `no-session` until
 * one is handed in. While the portal refuses all of them, none expires. What the portal renews is saved, sealed.
 * @throws what the database throws when it is out of reach
 */
export class SessionPool implements PortalReader {
  readonly #context: PoolContext
  readonly #trace = traceId()
  readonly #pace = savePace()
  #live: LiveSession[] = []
  #listedAt = Number.NEGATIVE_INFINITY
  #listing: Promise<void> | null = null
  #next = 0
  #pauseNoted = false
  readonly #unreadable = new Set<string>()
  /** Looks at refusals that are under way. */
  readonly #evaluating = new Map<LiveSession, Promise<Verdict>>()
  /** The portal refused every session at this instant, epoch ms. */
  #refusedAt = Number.NEGATIVE_INFINITY
  /** The database has it that the portal refuses every session. */
  #refusalNoted = false

  constructor(context: PoolContext) {
    this.#context = context
  }

  listOffices(province: string): Promise<PortalResult<ObservedOffice[]>> {
    const control = province === CONTROL ? OTHER_CONTROL : CONTROL
    return this.#read((client) => client.listOffices(province), control)
  }

  readMonth(officeId: string, month: RomeMonth): Promise<PortalResult<ObservedSlot[]>> {
    return this.#read((client) => client.readMonth(officeId, month))
  }

  /** Keeps every good session alive, also those that no reading needs now: to be called each minute. */
  async keepAlive(): Promise<void> {
    await this.#refresh()
    const { limit } = this.#context
    await Promise.all(
      this.#live.map((live) => limit(() => this.#use(live, (client) => client.keepAlive(), CONTROL))),
    )
  }

  /** Saves what was renewed and not saved yet: to be called when an invocation ends. Never rejects. */
  async saveRenewed(): Promise<void> {
    await Promise.all(this.#live.map((live) => live.save(true)))
  }

  async #read<Value>(
    ask: (client: PortalClient) => Promise<PortalResult<Value>>,
    control = CONTROL,
  ): Promise<PortalResult<Value>> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      await this.#refresh()
      if (this.#isRefusing()) return failure('unavailable', 'the portal refuses every session')
      const live = this.#live[this.#next++ % Math.max(1, this.#live.length)]
      if (!live) {
        await this.#notePause()
        return failure('no-session', 'no portal session can be used')
      }
      const result = await this.#use(live, ask, control)
      if (result.ok || result.failure.reason !== 'session-expired') return result
    }
    return failure('session-expired', `${MOST_TRIES} sessions were refused one after the other`)
  }

  #isRefusing = () => this.#context.clock.now() - this.#refusedAt < REFUSAL_PATIENCE

  /** Asks with one session, then saves what was renewed, or looks into the refusal. */
  async #use<Value>(
    live: LiveSession,
    ask: (client: PortalClient) => Promise<PortalResult<Value>>,
    control: string,
  ): Promise<PortalResult<Value>> {
    const { generation } = live
    const result = await ask(live.client)
    if (!result.ok && result.failure.reason === 'session-expired') {
      if (live.generation !== generation) return result
      const verdict = await this.#evaluate(live, control, result.failure)
      const { detail } = result.failure
      if (verdict === 'request') return failure('unavailable', `only this is refused: ${detail}`)
      return verdict === 'portal' ? failure('unavailable', `every session is refused: ${detail}`) : result
    }
    if (result.ok) await this.#accept(live)
    if (!(await live.save())) this.#drop(live)
    return result
  }

  async #accept(live: LiveSession): Promise<void> {
    live.goodAt = this.#context.clock.now()
    this.#refusedAt = Number.NEGATIVE_INFINITY
    if (!this.#refusalNoted) return
    this.#refusalNoted = false
    log('info', 'portal-accepts-again', { trace: this.#trace })
    await transact(this.#context.db, [clearState(this.#context.db, 'portal-refuses-all')])
  }

  /** Reads the list of good sessions when it is old, or when none is known. */
  async #refresh(): Promise<void> {
    const age = this.#context.clock.now() - this.#listedAt
    if (age < LIST_AGE && this.#live.length > 0) return
    this.#listing ??= this.#list().finally(() => {
      this.#listing = null
    })
    await this.#listing
  }

  async #list(): Promise<void> {
    const { db, clock } = this.#context
    const rows = await readGood(db)
    const known = new Map(this.#live.map((live) => [live.id, live]))
    const live = await Promise.all(rows.map((row) => this.#load(row, known.get(row.id))))
    this.#live = live.filter((one) => one !== null)
    this.#listedAt = clock.now()
    this.#refusalNoted = rows.some(({ refusedSince }) => refusedSince !== null)
    if (rows.length > 0) this.#pauseNoted = false
  }

  /** A row as a session in use; null when we cannot open it, which its owner is told. */
  async #load(row: StoredSession, known: LiveSession | undefined): Promise<LiveSession | null> {
    if (known) {
      await known.reload(row)
      return known
    }
    const live = await LiveSession.load(this.#context, this.#pace, row)
    if (!live && !this.#unreadable.has(row.sealed)) {
      this.#unreadable.add(row.sealed)
      await reportUnreadable(this.#context.db, row, this.#context.clock.now(), this.#trace)
      await this.#nudge()
    }
    return live
  }

  async #notePause(): Promise<void> {
    if (this.#pauseNoted) return
    await transact(this.#context.db, [pauseIfNoneLeft(this.#context.clock.now())])
    this.#pauseNoted = true
  }

  /** Looks into a refusal, once for all readings that met it. */
  #evaluate(live: LiveSession, control: string, refusal: PortalFailure): Promise<Verdict> {
    const known = this.#evaluating.get(live)
    if (known) return known
    const verdict = this.#evaluateOnce(live, control, refusal).finally(() => this.#evaluating.delete(live))
    this.#evaluating.set(live, verdict)
    return verdict
  }

  async #evaluateOnce(live: LiveSession, control: string, refusal: PortalFailure): Promise<Verdict> {
    const { db, address, clock } = this.#context
    if (!this.#live.includes(live)) return 'session'
    const row = (await live.save(true)) ? await readIfGood(db, live.id) : undefined
    if (!row) {
      this.#drop(live)
      return 'session'
    }
    if (await live.reload(row)) return 'renewed'
    if (this.#isRefusing()) return 'portal'
    const others = this.#live.filter((one) => one !== live)
    const cause = await causeOfRefusal(
      live.client,
      others.map((other) => other.client),
      refusal,
      control,
      { address, now: clock.now() },
    )
    if (cause === 'session') await this.#expire(live, row, refusal)
    if (cause === 'portal') await this.#noteRefusal(refusal)
    return cause
  }

  async #expire(live: LiveSession, row: StoredSession, { detail }: PortalFailure): Promise<void> {
    const { db, address, clock } = this.#context
    this.#drop(live)
    log('warn', 'session-expired', { session: live.id, detail, trace: this.#trace })
    await expireSession(db, row, address, clock.now(), this.#trace)
    await this.#nudge()
  }

  async #noteRefusal({ detail }: PortalFailure): Promise<void> {
    const { db, address, clock } = this.#context
    const now = clock.now()
    this.#refusedAt = now
    this.#refusalNoted = true
    log('warn', 'portal-refuses-all', { sessions: this.#live.length, detail, trace: this.#trace })
    if (await noteRefusal(db, this.#live, address, now, this.#trace)) await this.#nudge()
  }

  /** The message is in the outbox: when the sender cannot be told now, its own sweep finds it. */
  async #nudge(): Promise<void> {
    try {
      await this.#context.nudge(this.#trace)
    } catch (error) {
      log('warn', 'nudge-failed', { error: describeError(error), trace: this.#trace })
    }
  }

  #drop(live: LiveSession): void {
    this.#live = this.#live.filter((one) => one !== live)
  }
}

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

/** Maximum age of the list of sessions. */
const LIST_AGE = 5 * SECOND
/** How many sessions a reading tries, counting one again after another run renewed it. */
const MOST_TRIES = 10
/** How long no reading is tried after the portal refused every session. */
const REFUSAL_PATIENCE = 30 * SECOND

/** Provinces whose offices are requested to tell an expired session from a refused request. */
const CONTROL = 'RM'
const OTHER_CONTROL = 'MI'

export interface PoolContext extends SessionContext {
  /** See `portalConcurrency`: for the pool's own requests; a reading's requests are limited by its caller. */
  limit: Limit
  /** Nudges the sender. */
  nudge(trace: string): Promise<void>
}

/** The cause of a refusal; `renewed`: another run renewed the session. */
type Verdict = RefusalCause | 'renewed'

/**
 * Reads the portal with the sessions that operators handed in, in turn. A session that the portal refuses is marked as
 * expired, its owner notified once, and the reading continues with another; with none left every reading fails with
 * `no-session`. While the portal refuses all sessions, none expires. Renewed cookies are saved, sealed.
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
  /** Investigations of refusals in progress. */
  readonly #evaluating = new Map<LiveSession, Promise<Verdict>>()
  /** The portal refused every session at this instant, epoch ms. */
  #refusedAt = Number.NEGATIVE_INFINITY
  /** The database says that the portal refuses every session. */
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

  /** Keeps every good session alive, used or not: called each minute. */
  async keepAlive(): Promise<void> {
    await this.#refresh()
    const { limit } = this.#context
    await Promise.all(
      this.#live.map((live) => limit(() => this.#use(live, (client) => client.keepAlive(), CONTROL))),
    )
  }

  /** Saves renewed cookies that are not saved yet: called when an invocation ends. Never rejects. */
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

  /** Makes a request with one session, then saves renewed cookies, or investigates the refusal. */
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

  /** Opens a row's session; null when it cannot be unsealed: then its owner is notified. */
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

  /** Investigates a refusal, once for all readings that got it. */
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

  /** The message is in the outbox: if the nudge fails, the sweep finds it. */
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

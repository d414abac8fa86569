import { type Database, transact } from '../../db/client.ts'
import type { Keyring } from '../../platform/crypto.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { type Clock, MINUTE, SECOND } from '../../platform/time.ts'
import type { ObservedOffice, ObservedSlot, PortalReader, PortalResult, RomeMonth } from '../model.ts'
import type { Town } from '../portal/answers.ts'
import { PortalClient } from '../portal/client.ts'
import type { PortalAddress } from '../portal/http.ts'
import { failure } from '../portal/result.ts'
import type { PortalSession } from '../portal/session.ts'
import { bury } from './death.ts'
import {
  openSession,
  pauseIfNoneLeft,
  readGood,
  readIfGood,
  type StoredSession,
  saveSession,
  sealSession,
} from './store.ts'

/** How old the list of sessions may grow before it is read again. */
const LIST_AGE = 5 * SECOND
/** `last_good_at` is written no more often than this. */
const GOOD_AGE = MINUTE
/** Sessions (or renewals of one) that one reading goes through before it gives up. */
const MOST_TRIES = 10

export interface PoolContext {
  db: Database
  keys: Keyring
  clock: Pick<Clock, 'now'>
  address: PortalAddress
  /** Wakes the sender: somebody is owed a message. */
  nudge(trace: string): Promise<void>
}

/** What a look at a refusal found: another run renewed the session; it is over; the portal refuses that request alone. */
type Verdict = 'renewed' | 'over' | 'alive'

/** Provinces whose offices are asked for to tell a lost session from a refused request. */
const CONTROL = 'RM'
const OTHER_CONTROL = 'MI'

/** A good session in use. */
interface Live {
  id: number
  ownerId: number
  client: PortalClient
  /** The session as the database has it, sealed and open. */
  sealed: string
  saved: PortalSession
  savedGoodAt: number
  /** When the portal last let us in, epoch ms. */
  goodAt: number
  /** Grows when the session is replaced by what another run saved. */
  generation: number
  saving: Promise<void>
  /** The look at a refusal that is under way. */
  judging: Promise<Verdict> | null
}

/**
 * Reads the portal with the sessions that operators handed in: in turn, and past those that the portal refuses. A refused
 * one is set aside, its owner told once, and the reading goes on with another; with none left every reading is
 * `no-session` until one is handed in. What the portal renews is saved, sealed, before the reading is given back.
 * @throws what the database throws when it is out of reach
 */
export class SessionPool implements PortalReader {
  readonly #context: PoolContext
  readonly #trace = traceId()
  #live: Live[] = []
  #listedAt = Number.NEGATIVE_INFINITY
  #listing: Promise<void> | null = null
  #turn = 0
  #pauseNoted = false

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

  /** Towns by the beginning of their name. */
  findTowns(name: string): Promise<PortalResult<Town[]>> {
    return this.#read((client) => client.findTowns(name))
  }

  /**
   * Keeps every good session alive, also those that no reading needs now: to be called each minute. Never throws; what
   * failed is done by the next one.
   */
  async keepAlive(): Promise<void> {
    try {
      await this.#refresh()
      await Promise.all(this.#live.map((live) => this.#use(live, (client) => client.keepAlive())))
    } catch (error) {
      log('error', 'keep-alive-failed', { error: describeError(error), trace: this.#trace })
    }
  }

  async #read<Value>(
    ask: (client: PortalClient) => Promise<PortalResult<Value>>,
    control?: string,
  ): Promise<PortalResult<Value>> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      await this.#refresh()
      const live = this.#live[this.#turn++ % Math.max(1, this.#live.length)]
      if (!live) return failure('no-session', 'no portal session is left')
      const result = await this.#use(live, ask, control)
      if (result.ok || result.failure.reason !== 'session-expired') return result
    }
    return failure('session-expired', `${MOST_TRIES} sessions were refused one after the other`)
  }

  /** Asks with one session, then saves what was renewed, or looks into the refusal. */
  async #use<Value>(
    live: Live,
    ask: (client: PortalClient) => Promise<PortalResult<Value>>,
    control = CONTROL,
  ): Promise<PortalResult<Value>> {
    const { generation } = live
    const result = await ask(live.client)
    if (!result.ok && result.failure.reason === 'session-expired') {
      if (live.generation !== generation) return result
      const verdict = await this.#judge(live, control, result.failure.detail)
      return verdict === 'alive'
        ? failure('unavailable', `only this is refused: ${result.failure.detail}`)
        : result
    }
    if (result.ok) live.goodAt = this.#context.clock.now()
    live.saving = live.saving.then(() => this.#save(live))
    await live.saving
    return result
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
    const live = await Promise.all(rows.map((row) => this.#enlist(row, known.get(row.id))))
    this.#live = live.filter((one) => one !== null)
    this.#listedAt = clock.now()
    if (this.#live.length > 0) this.#pauseNoted = false
    else if (!this.#pauseNoted) {
      await transact(db, [pauseIfNoneLeft(clock.now())])
      this.#pauseNoted = true
    }
  }

  /** A row as a session in use; null when it cannot be opened, which ends it. */
  async #enlist(row: StoredSession, known: Live | undefined): Promise<Live | null> {
    const { db, keys, address, clock } = this.#context
    if (known && (row.sealed === known.sealed || known.client.session !== known.saved)) return known
    try {
      const session = await openSession(keys, row.sealed)
      if (known) {
        this.#adopt(known, row.sealed, session)
        return known
      }
      return {
        ...{ id: row.id, ownerId: row.ownerId, sealed: row.sealed, saved: session },
        client: new PortalClient(address, clock, session),
        savedGoodAt: row.lastGoodAt,
        goodAt: row.lastGoodAt,
        generation: 0,
        saving: Promise.resolve(),
        judging: null,
      }
    } catch (error) {
      log('error', 'session-unreadable', { session: row.id, error: describeError(error), trace: this.#trace })
      await bury(db, row, address, clock.now(), this.#trace)
      await this.#nudge()
      return null
    }
  }

  /** Goes on with what another run saved. */
  #adopt(live: Live, sealed: string, session: PortalSession): void {
    live.client.adopt(session)
    live.sealed = sealed
    live.saved = session
    live.generation += 1
  }

  /** Saves what the portal renewed, and now and then when it last let us in. A failure is repeated by the next one. */
  async #save(live: Live): Promise<void> {
    const { db, keys } = this.#context
    const { session } = live.client
    const renewed = session !== live.saved
    if (!renewed && live.goodAt - live.savedGoodAt < GOOD_AGE) return
    try {
      const sealed = renewed ? await sealSession(keys, session) : live.sealed
      const lastGoodAt = live.goodAt
      if (!(await saveSession(db, { id: live.id, sealed, lastGoodAt }))) return this.#drop(live)
      Object.assign(live, { sealed, saved: session, savedGoodAt: lastGoodAt })
    } catch (error) {
      log('error', 'session-not-saved', { session: live.id, error: describeError(error), trace: this.#trace })
    }
  }

  /** Looks into a refusal, once for all readings that met it. */
  #judge(live: Live, control: string, detail: string): Promise<Verdict> {
    live.judging ??= this.#judgeOnce(live, control, detail).finally(() => {
      live.judging = null
    })
    return live.judging
  }

  /**
   * Another run may have renewed the session, so that ours is out of date. Else, as one refused province or office must
   * not cost a login, the session is over only when the portal refuses another list of offices too.
   */
  async #judgeOnce(live: Live, control: string, detail: string): Promise<Verdict> {
    const { db, keys, address, clock } = this.#context
    if (!this.#live.includes(live)) return 'over'
    await live.saving
    const row = await readIfGood(db, live.id)
    if (row && row.sealed !== live.sealed) {
      this.#adopt(live, row.sealed, await openSession(keys, row.sealed))
      return 'renewed'
    }
    if (row) {
      const other = await live.client.listOffices(control)
      if (other.ok || other.failure.reason !== 'session-expired') return 'alive'
    }
    this.#drop(live)
    if (!row) return 'over'
    log('warn', 'session-died', { session: live.id, detail, trace: this.#trace })
    await bury(db, row, address, clock.now(), this.#trace)
    await this.#nudge()
    return 'over'
  }

  /** The message is owed: when the sender cannot be told now, its own sweep finds it. */
  async #nudge(): Promise<void> {
    try {
      await this.#context.nudge(this.#trace)
    } catch (error) {
      log('warn', 'nudge-failed', { error: describeError(error), trace: this.#trace })
    }
  }

  #drop(live: Live): void {
    this.#live = this.#live.filter((one) => one !== live)
  }
}

import type { Database } from '../../db/database.ts'
import type { Keyring } from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import { Pace } from '../../platform/pace.ts'
import { type Clock, MINUTE, SECOND } from '../../platform/time.ts'
import { PortalClient } from '../portal/portal-client.ts'
import type { PortalAddress } from '../portal/portal-http.ts'
import { mergeSessions, type PortalSession } from '../portal/portal-session.ts'
import {
  openSession,
  readIfGood,
  recordGood,
  type SessionRow,
  type StoredSession,
  saveRenewed,
  sealSession,
} from './session-store.ts'

/** `last_good_at` is written no more often than this. */
const GOOD_AGE = MINUTE
/** At most so many tries to merge and save, when other runs save the session at the same time. */
const MOST_MERGES = 3

export interface SessionContext {
  db: Database
  keys: Keyring
  clock: Pick<Clock, 'now'>
  address: PortalAddress
}

/** Limits the saves of one invocation, for a portal that renews the cookies with every answer. */
export const savePace = (): Pace => new Pace(20, 3 * SECOND)

/** Opens a stored session; null when it cannot be opened. The session itself may still be valid. */
async function tryOpen(keys: Keyring, row: StoredSession) {
  try {
    return await openSession(keys, row)
  } catch (error) {
    log('error', 'session-unreadable', { session: row.id, error: describeError(error) })
    return null
  }
}

/**
 * A good session in use: its client, and its saved state. Several runs may use and renew one session at the same time:
 * a save never overwrites another run's, it merges the newer cookies and the newer token.
 */
export class LiveSession {
  readonly #context: SessionContext
  readonly #pace: Pace
  readonly #row: SessionRow
  readonly id: number
  readonly ownerId: number
  readonly client: PortalClient
  /** Rises when another run's cookies replace ours. */
  generation = 0
  /** When the portal last accepted it, epoch ms. */
  goodAt: number
  #savedGoodAt: number
  /** The session as saved, sealed and open. */
  #sealed: string
  #saved: PortalSession
  #saving: Promise<boolean> = Promise.resolve(true)

  private constructor(context: SessionContext, pace: Pace, row: StoredSession, session: PortalSession) {
    this.#context = context
    this.#pace = pace
    this.#row = row
    this.id = row.id
    this.ownerId = row.ownerId
    this.client = new PortalClient(context.address, context.clock, session)
    this.goodAt = row.lastGoodAt
    this.#savedGoodAt = row.lastGoodAt
    this.#sealed = row.sealed
    this.#saved = session
  }

  /** @returns null when the stored session cannot be opened */
  static async load(context: SessionContext, pace: Pace, row: StoredSession): Promise<LiveSession | null> {
    const session = await tryOpen(context.keys, row)
    return session && new LiveSession(context, pace, row, session)
  }

  /** Adopts another run's cookies and token where they are newer. @returns true when the cookies changed */
  async reload(row: StoredSession): Promise<boolean> {
    if (row.sealed === this.#sealed) return false
    const theirs = await tryOpen(this.#context.keys, row)
    if (!theirs) return false
    const ours = this.client.session
    const merged = mergeSessions(ours, theirs)
    this.client.replace(merged)
    this.#sealed = row.sealed
    this.#saved = theirs
    const changed = merged.cookies !== ours.cookies
    if (changed) this.generation += 1
    return changed
  }

  /**
   * Saves renewed cookies and, at most once a minute, when the portal last accepted the session. Never rejects: what failed, or
   * came too soon after the last save, is saved by the next call.
   * @param last save even if the last save is recent
   * @returns false when the session is not good any more
   */
  save(last = false): Promise<boolean> {
    this.#saving = this.#saving.then(() => this.#save(last))
    return this.#saving
  }

  async #save(last: boolean): Promise<boolean> {
    const { db, clock } = this.#context
    try {
      if (this.client.session !== this.#saved) {
        const now = clock.now()
        if (!last && this.#pace.delay(now) > 0) return true
        this.#pace.add(1, now)
        return await this.#saveRenewed()
      }
      if (this.goodAt - this.#savedGoodAt < GOOD_AGE) return true
      const at = this.goodAt
      const good = await recordGood(db, this.id, at)
      this.#savedGoodAt = at
      return good
    } catch (error) {
      log('error', 'session-not-saved', { session: this.id, error: describeError(error) })
      return true
    }
  }

  async #saveRenewed(): Promise<boolean> {
    const { db, keys } = this.#context
    for (let merges = 0; merges < MOST_MERGES; merges++) {
      const { session } = this.client
      const replaces = this.#sealed
      if (session === this.#saved) return true
      const sealed = await sealSession(keys, this.#row, session)
      const lastGoodAt = this.goodAt
      if (await saveRenewed(db, { id: this.id, sealed, lastGoodAt }, replaces)) {
        this.#sealed = sealed
        this.#saved = session
        this.#savedGoodAt = lastGoodAt
        return true
      }
      const row = await readIfGood(db, this.id)
      if (!row) return false
      await this.reload(row)
    }
    return true
  }
}

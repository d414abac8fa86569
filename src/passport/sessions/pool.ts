import { sql } from 'drizzle-orm'
import { type Database, transact } from '../../db/client.ts'
import { writeState } from '../../db/state.ts'
import { type Draft, owe } from '../../delivery/outbox.ts'
import { languageOf, readChats } from '../../delivery/rows.ts'
import type { Keyring } from '../../platform/crypto.ts'
import { log } from '../../platform/log.ts'
import { type Clock, MINUTE } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import type { PortalReader, PortalResult } from '../model.ts'
import { PortalClient } from '../portal/client.ts'
import type { PortalAddress } from '../portal/http.ts'
import { failure } from '../portal/result.ts'
import {
  burySession,
  readGoodSessions,
  readSession,
  type StoredSession,
  saveSession,
  touchSession,
} from './store.ts'

/** A session's last good answer is written down at most so often. */
const TOUCH_EVERY = MINUTE

export interface PoolContext {
  db: Database
  keys: Keyring
  clock: Clock
  address: PortalAddress
  /** Wakes the sender: somebody is owed a message. */
  nudge(trace: string): Promise<void>
}

interface Member {
  stored: StoredSession
  client: PortalClient
  /** Saves what the portal renews, one write after the other. */
  saving: Promise<void>
}

/**
 * Reads the portal with the sessions that operators handed in: with one of them, until it dies, then with the next. A
 * dead one is set aside and its owner told once; with none left every reading fails with `no-session` until one is
 * handed in. Lives for one invocation.
 */
export class SessionPool implements PortalReader {
  readonly #context: PoolContext
  #members: Promise<Member[]> | undefined

  constructor(context: PoolContext) {
    this.#context = context
  }

  listOffices(province: string) {
    return this.#read((client) => client.listOffices(province))
  }

  readMonth(officeId: string, month: string) {
    return this.#read((client) => client.readMonth(officeId, month))
  }

  async #load(): Promise<Member[]> {
    const { db, keys } = this.#context
    return (await readGoodSessions(db, keys)).map((stored) => this.#member(stored))
  }

  #member(stored: StoredSession): Member {
    const { address, clock } = this.#context
    return { stored, client: new PortalClient(address, clock, stored.session), saving: Promise.resolve() }
  }

  async #read<Value>(
    request: (client: PortalClient) => Promise<PortalResult<Value>>,
  ): Promise<PortalResult<Value>> {
    for (;;) {
      this.#members ??= this.#load()
      const members = await this.#members
      const [member] = members
      if (!member) {
        // A session may be handed in at any moment: the next reading looks again.
        this.#members = undefined
        await this.#pause()
        return failure('no-session', 'no portal session is good')
      }
      const before = member.client.session
      const result = await request(member.client)
      const expired = !result.ok && result.failure.reason === 'session-expired'
      if (!expired) {
        if (result.ok || member.client.session !== before) await this.#keep(member, result.ok)
        return result
      }
      await this.#retire(members, member)
    }
  }

  /** Writes down what the portal renewed, and now and then that it answered. */
  #keep(member: Member, good: boolean): Promise<void> {
    const { db, keys, clock } = this.#context
    member.saving = member.saving.then(async () => {
      const now = clock.now()
      const { session } = member.client
      if (session !== member.stored.session) {
        const sealed = await saveSession(db, keys, member.stored.id, session, now)
        member.stored = { ...member.stored, session, sealed, lastGoodAt: now }
      } else if (good && now - member.stored.lastGoodAt >= TOUCH_EVERY) {
        await touchSession(db, member.stored.id, now)
        member.stored = { ...member.stored, lastGoodAt: now }
      }
    })
    return member.saving
  }

  /** A session was refused: perhaps another run renewed it meanwhile; else it is dead. */
  async #retire(members: Member[], member: Member): Promise<void> {
    const { db, keys, clock } = this.#context
    const place = members.indexOf(member)
    if (place < 0) return
    await member.saving
    const { id, sealed } = member.stored
    const fresh = await readSession(db, keys, id)
    if (!members.includes(member)) return
    if (fresh && fresh.sealed !== sealed) {
      members[place] = this.#member(fresh)
      return
    }
    members.splice(place, 1)
    const now = clock.now()
    if (!(await burySession(db, id, sealed, now))) return
    log('warn', 'session-died', { session: id, left: members.length })
    await this.#tellOwner(member.stored, members.length, now)
  }

  async #tellOwner({ id, ownerId }: StoredSession, left: number, now: number): Promise<void> {
    const { db, nudge } = this.#context
    const owner = (await readChats(db, [ownerId])).get(ownerId)
    const { operator } = textsIn(languageOf(owner))
    const trace = `session-${id}`
    const draft: Draft = {
      event: `session-dead:${id}`,
      chatId: ownerId,
      lane: 1,
      content: { type: 'message', message: { text: operator.died(id, left) } },
      eventAt: now,
      trace,
    }
    await transact(db, [owe([draft], now)])
    await nudge(trace)
  }

  /** Says that polling is paused, from the first reading that found no session on. */
  async #pause(): Promise<void> {
    const { db, clock } = this.#context
    const now = clock.now()
    const [known] = await transact(db, [sql`SELECT 1 FROM state WHERE name = 'polling-paused'`])
    if (known?.results.length) return
    log('warn', 'polling-paused', {})
    await transact(db, [writeState(db, 'polling-paused', { since: now }, now)])
  }
}

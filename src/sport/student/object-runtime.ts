import { drizzle } from 'drizzle-orm/durable-sqlite'
import { migrate } from 'drizzle-orm/durable-sqlite/migrator'
import { connect } from '../../db/database.ts'
import { saveTally } from '../../db/metrics.ts'
import { tally } from '../../db/tally.ts'
import { readConfig } from '../../platform/config.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { DAY } from '../../platform/time.ts'
import type { Answer } from '../student-types.ts'
import { refuse } from './answer.ts'
import { flushNotifications } from './flush-notifications.ts'
import migrations from './migrations/migrations.js'
import { dueTimers, nextTimerAt, once, postponeTimer, readValue, writeValue } from './object-store.ts'
import { keepRegistered, registerStudent } from './registration.ts'
import { serveTimers } from './scheduler.ts'
import type { Dependencies, StudentContext, StudentEnv } from './student-context.ts'

/** What a call does: given the context, the answer. */
type Act<Value> = (ctx: StudentContext) => Answer<Value> | Promise<Answer<Value>>

/** Runs the calls and the alarm of a `Student` object: permission, migrations, the one alarm, flushing, metrics. */
export class ObjectRuntime {
  readonly ctx: StudentContext
  /** False when the student is not in SPORT_USER_IDS. */
  readonly allowed: boolean
  /** Names this instance of the object: a lock of another instance is void. */
  readonly instance = traceId()
  readonly #state: DurableObjectState
  readonly #dependencies: Dependencies
  #flushing: Promise<void> | null = null

  constructor(state: DurableObjectState, env: StudentEnv, dependencies: Dependencies) {
    const config = readConfig(env, ['ENCRYPTION_KEY', 'SPORT_USER_IDS'])
    const db = drizzle(state.storage)
    state.blockConcurrencyWhile(() => migrate(db, migrations))
    const userId = state.id.name === undefined ? readValue({ db }, 'user-id') : Number(state.id.name)
    if (userId === undefined || !Number.isSafeInteger(userId)) throw new Error('a student has a Telegram id')
    this.#state = state
    this.#dependencies = dependencies
    this.allowed = config.SPORT_USER_IDS === 'everyone' || config.SPORT_USER_IDS.has(userId)
    this.ctx = {
      db,
      userId,
      keys: config.ENCRYPTION_KEY,
      d1: connect(env.DB),
      outbound: env.OUTBOUND,
      site: dependencies.site,
      race: dependencies.race,
      clock: dependencies.clock,
      random: dependencies.random,
      flush: () => this.#flush(),
      flushSoon: () => state.waitUntil(this.#flush().catch(warn('flush-failed'))),
    }
  }

  /** Flushes once at a time; what is enqueued during a flush is written by the next. */
  async #flush(): Promise<void> {
    while (this.#flushing) await this.#flushing
    const flushing = Promise.resolve().then(() => flushNotifications(this.ctx))
    this.#flushing = flushing.catch(warn('flush-failed')).finally(() => {
      this.#flushing = null
    })
    await flushing
  }

  /** Sets the object's one alarm to the earliest of its timers. */
  async arm(): Promise<void> {
    const next = nextTimerAt(this.ctx)
    const at = next === null ? null : this.#dependencies.alarmAt(next)
    if ((await this.#state.storage.getAlarm()) === at) return
    if (at === null) await this.#state.storage.deleteAlarm()
    else await this.#state.storage.setAlarm(at)
  }

  /** Serves a call that only reads: it writes nothing and leaves the alarm alone. */
  async read<Value>(act: Act<Value>): Promise<Answer<Value>> {
    if (!this.allowed) return refuse('not-allowed')
    const startedAt = this.ctx.clock.now()
    const answer = await act(this.ctx)
    tally.add('object', 1, this.ctx.clock.now() - startedAt)
    return answer
  }

  /** Serves a call that changes something, then sets the alarm for the timers it set. */
  async call<Value>(act: Act<Value>): Promise<Answer<Value>> {
    if (!this.allowed) return refuse('not-allowed')
    const { ctx } = this
    if (readValue(ctx, 'user-id') === undefined) writeValue(ctx, 'user-id', ctx.userId)
    const startedAt = ctx.clock.now()
    const answer = await act(ctx)
    await this.arm()
    tally.add('object', 1, ctx.clock.now() - startedAt)
    return answer
  }

  /** Serves a change whose caller may repeat it: the same key gets the same answer, and the change happens once. */
  once<Value>(key: string, act: (ctx: StudentContext) => Answer<Value>): Promise<Answer<Value>> {
    return this.call((ctx) => once(ctx, key, () => act(ctx)))
  }

  /** Serves the due timers. Those of a student who is no longer allowed wait for a day. */
  async alarm(): Promise<void> {
    const { ctx } = this
    const startedAt = ctx.clock.now()
    // Registered first, so that the sweep finds the overdue timer if this run dies.
    this.#state.waitUntil(keepRegistered(ctx).catch(warn('register-failed')))
    try {
      if (this.allowed) await serveTimers(ctx, this.instance)
      else for (const row of dueTimers(ctx, ctx.clock.now())) postponeTimer(ctx, row, row.dueAt + DAY, false)
    } catch (error) {
      warn('alarm-failed')(error)
    } finally {
      await this.arm()
    }
    await keepRegistered(ctx).catch(warn('register-failed'))
    const now = ctx.clock.now()
    tally.add('object', 1, now - startedAt)
    await saveTally(ctx.d1, now)
  }

  /** Repairs the alarm and the row in D1 that says when the next timer is due. */
  async wake(): Promise<void> {
    await this.arm()
    await registerStudent(this.ctx).catch(warn('register-failed'))
  }
}

const warn =
  (event: string) =>
  (error: unknown): void =>
    log('warn', event, { error: describeError(error) })

import { DurableObject } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/durable-sqlite'
import { migrate } from 'drizzle-orm/durable-sqlite/migrator'
import { connect, transact } from '../../db/database.ts'
import { saveTally } from '../../db/metrics.ts'
import { chats } from '../../db/schema/chats.ts'
import { tally } from '../../db/tally.ts'
import { readConfig } from '../../platform/config.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { DAY, isRomeDate, type RomeDate } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { inOpeningBlackout } from '../opening.ts'
import type { Credentials } from '../site/site-model.ts'
import type * as api from '../student-types.ts'
import type * as views from '../student-types.ts'
import { runTask } from './action-run.ts'
import { actionView, getAction, lastActions, openingsAhead, patchAction, showProgress } from './actions.ts'
import { historyCsv, lastHistory } from './booking-history.ts'
import { feedBookings, feedToken, revokeFeed } from './calendar-feed-token.ts'
import * as calls from './calls.ts'
import { decide, getQuestion, openQuestions, planQuestionsAnew } from './confirmations.ts'
import { flushNotifications } from './flush-notifications.ts'
import { type NotRead, refreshSchedule } from './jobs.ts'
import {
  accountView,
  keepRegistered,
  readAccount,
  registerStudent,
  resealSecrets,
  sealSecret,
} from './linked-account.ts'
import migrations from './migrations/migrations.js'
import {
  answered,
  changePreferences,
  dueTimers,
  nextTimerAt,
  once,
  postponeTimer,
  preferences,
  readValue,
  writeValue,
} from './object-store.ts'
import { serveTimers } from './scheduler.ts'
import * as tables from './schema.ts'
import {
  type Dependencies,
  realDependencies,
  type StudentContext,
  type StudentEnv,
} from './student-context.ts'
import {
  allWeekly,
  bookingsAhead,
  bookingView,
  confirmationView,
  getWeekly,
  occurrencesAhead,
  type WeeklyRow,
  weeklyView,
} from './views.ts'
import {
  createWeekly,
  pauseWeekly,
  removeWeekly,
  resumeWeekly,
  skipNext,
  skipUntil,
} from './weekly-bookings.ts'

type Answer<Value> = Promise<api.Answer<Value>>
const ok = <Value>(value: Value): api.Answer<Value> => ({ ok: true, value })
const no = (refusal: api.Refusal): api.Answer<never> => ({ ok: false, refusal })
const found = <Value>(value: Value | null | undefined): api.Answer<Value> =>
  value === null || value === undefined ? no('not-found') : ok(value)

/** How many rows or weeks a caller may have: a whole number from 1 to `most`. */
const bounded = (asked: number, most: number): number => Math.min(Math.max(Math.trunc(asked) || 1, 1), most)

/**
 * Everything of one student, in one Durable Object named after their Telegram id. Calls write down what is wanted and
 * answer at once; the alarm does the work.
 */
export class Student extends DurableObject<StudentEnv> {
  /** The clock and the site; tests put their own here. */
  static dependencies: (env: StudentEnv) => Dependencies = realDependencies

  readonly #ctx: StudentContext
  readonly #dependencies: Dependencies
  readonly #allowed: boolean
  /** Names this life of the object: a lock of another one is void. */
  readonly #instance = traceId()
  #flushing: Promise<void> | null = null

  constructor(ctx: DurableObjectState, env: StudentEnv) {
    super(ctx, env)
    const config = readConfig(env, ['ENCRYPTION_KEY', 'SPORT_USER_IDS'])
    const db = drizzle(ctx.storage)
    ctx.blockConcurrencyWhile(() => migrate(db, migrations))
    const dependencies = Student.dependencies(env)
    this.#dependencies = dependencies
    const userId = ctx.id.name === undefined ? readValue({ db }, 'user-id') : Number(ctx.id.name)
    if (userId === undefined || !Number.isSafeInteger(userId)) throw new Error('a student has a Telegram id')
    this.#allowed = config.SPORT_USER_IDS === 'everyone' || config.SPORT_USER_IDS.has(userId)
    this.#ctx = {
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
      flushSoon: () => ctx.waitUntil(this.#flush().catch(warn('flush-failed'))),
    }
  }

  /** One flush at a time; what is enqueued during one goes with the next. */
  async #flush(): Promise<void> {
    while (this.#flushing) await this.#flushing
    const flushing = Promise.resolve().then(() => flushNotifications(this.#ctx))
    this.#flushing = flushing.catch(warn('flush-failed')).finally(() => {
      this.#flushing = null
    })
    await flushing
  }

  /** Sets the object's one alarm to the earliest of its timers, unless it is set so already. */
  async #arm(): Promise<void> {
    const next = nextTimerAt(this.#ctx)
    const at = next === null ? null : this.#dependencies.alarmAt(next)
    if ((await this.ctx.storage.getAlarm()) === at) return
    if (at === null) await this.ctx.storage.deleteAlarm()
    else await this.ctx.storage.setAlarm(at)
  }

  /** Serves a call that only reads: it writes nothing and leaves the alarm alone. */
  async #read<Value>(act: (ctx: StudentContext) => api.Answer<Value> | Answer<Value>): Answer<Value> {
    if (!this.#allowed) return no('not-allowed')
    const startedAt = this.#ctx.clock.now()
    const answer = await act(this.#ctx)
    tally.add('object', 1, this.#ctx.clock.now() - startedAt)
    return answer
  }

  /** Serves a call that changes something: refuses strangers, sets the alarm for what it set in motion. */
  async #call<Value>(act: (ctx: StudentContext) => api.Answer<Value> | Answer<Value>): Answer<Value> {
    if (!this.#allowed) return no('not-allowed')
    const ctx = this.#ctx
    if (readValue(ctx, 'user-id') === undefined) writeValue(ctx, 'user-id', ctx.userId)
    const startedAt = ctx.clock.now()
    const answer = await act(ctx)
    await this.#arm()
    tally.add('object', 1, ctx.clock.now() - startedAt)
    return answer
  }

  #once<Value>(key: string, act: (ctx: StudentContext) => api.Answer<Value>): Answer<Value> {
    return this.#call((ctx) => once(ctx, key, () => act(ctx)))
  }

  #onWeekly(key: string, id: number, act: (ctx: StudentContext, row: WeeklyRow) => WeeklyRow) {
    return this.#once(key, (ctx) => {
      const row = getWeekly(ctx, id)
      if (!row) return no('not-found')
      return ok(weeklyView(ctx, act(ctx, row)))
    })
  }

  override async alarm(): Promise<void> {
    const ctx = this.#ctx
    const startedAt = ctx.clock.now()
    // Should this run die for good, the sweep knows that something is due.
    this.ctx.waitUntil(keepRegistered(ctx).catch(warn('register-failed')))
    try {
      if (this.#allowed) await serveTimers(ctx, this.#instance)
      else for (const row of dueTimers(ctx, ctx.clock.now())) postponeTimer(ctx, row, row.dueAt + DAY, false)
    } catch (error) {
      warn('alarm-failed')(error)
    } finally {
      await this.#arm()
    }
    await keepRegistered(ctx).catch(warn('register-failed'))
    const now = ctx.clock.now()
    tally.add('object', 1, now - startedAt)
    await saveTally(ctx.d1, now)
  }

  /**
   * For the sweep: sets the alarm that should be there, and the row in D1 right that says that something is overdue (in
   * a restored database it may be of an account that is gone). Harmless when both are as they should be.
   */
  async wake(): Promise<void> {
    await this.#arm()
    await registerStudent(this.#ctx).catch(warn('register-failed'))
  }

  /**
   * Reads the week's schedule for everybody with this student's session.
   * @param browser whether to log in when the session is dead
   * @returns null when it was read
   */
  async refreshSchedule(browser: boolean): Promise<NotRead | 'busy' | 'not-allowed' | null> {
    if (!this.#allowed) return 'not-allowed'
    const ctx = this.#ctx
    if (inOpeningBlackout(openingsAhead(ctx), ctx.clock.now())) return 'busy'
    let outcome: NotRead | null = 'session-needed'
    const free = await runTask(ctx, `${this.#instance}/schedule-${traceId()}`, async (task) => {
      outcome = await refreshSchedule(task, browser)
    })
    await this.#arm()
    return free ? outcome : 'busy'
  }

  /** The name of `refreshSchedule` in 0.1.0, for an edge Worker that is not deployed yet. */
  volunteer(browser: boolean) {
    return this.refreshSchedule(browser)
  }

  async #link(key: string, kind: 'credentials' | 'session', secret: unknown): Answer<api.Accepted> {
    return this.#call(async (ctx) => {
      const known = answered<api.Answer<api.Accepted>>(ctx, key)
      if (known) return known
      const sealed = await sealSecret(ctx, secret)
      return once(ctx, key, () => calls.link(ctx, { kind, sealed }))
    })
  }

  /** Tries credentials at once (the action says how it went); they replace the old ones only when they work. */
  link(requestKey: string, { username, password, otpauth }: Credentials): Answer<api.Accepted> {
    return this.#link(requestKey, 'credentials', { username, password, otpauth })
  }

  /** Tries a session handed in as cookies, by name. */
  linkSession(requestKey: string, cookies: Record<string, string>): Answer<api.Accepted> {
    return this.#link(requestKey, 'session', cookies)
  }

  /** Also for those who may not use the rest any more: secrets can always be erased. */
  async unlink(requestKey: string): Answer<null> {
    const answer = once(this.#ctx, requestKey, () => calls.unlink(this.#ctx))
    await this.#arm()
    return answer
  }

  account(): Answer<views.AccountView> {
    return this.#read((ctx) => ok(accountView(ctx)))
  }

  book(request: api.BookRequest): Answer<api.Accepted> {
    return this.#once(request.requestKey, (ctx) => calls.book(ctx, request))
  }

  cancel(requestKey: string, bookingId: number): Answer<api.Accepted> {
    return this.#once(requestKey, (ctx) => calls.cancel(ctx, bookingId))
  }

  check(requestKey: string): Answer<api.Accepted> {
    return this.#once(requestKey, calls.check)
  }

  /** Says what would be booked. Without a wish: the next one that is planned. */
  dryRun(requestKey: string, wish?: views.ClassRef): Answer<api.Accepted> {
    return this.#once(requestKey, (ctx) => calls.dryRun(ctx, wish))
  }

  withdraw(requestKey: string, actionId: number): Answer<views.ActionView> {
    return this.#once(requestKey, (ctx) => {
      const answer = calls.withdraw(ctx, actionId)
      return answer.ok ? ok(actionView(ctx, answer.value)) : answer
    })
  }

  action(actionId: number): Answer<views.ActionView> {
    return this.#read((ctx) => {
      const row = getAction(ctx, actionId)
      return found(row && actionView(ctx, row))
    })
  }

  /** Newest first. */
  lastActions(count = 5): Answer<views.ActionView[]> {
    return this.#read((ctx) => ok(lastActions(ctx, bounded(count, 100)).map((row) => actionView(ctx, row))))
  }

  attachMessage(actionId: number, { chatId, messageId }: api.ProgressMessage): Answer<views.ActionView> {
    return this.#call((ctx) => {
      const row = getAction(ctx, actionId)
      if (!row) return no('not-found')
      if (row.messageId === messageId && row.chatId === chatId) return ok(actionView(ctx, row))
      const attached = patchAction(ctx, actionId, { chatId, messageId })
      showProgress(ctx, attached)
      return ok(actionView(ctx, attached))
    })
  }

  /** Bookings to come, in order of time. */
  bookings(): Answer<views.BookingView[]> {
    return this.#read((ctx) => ok(bookingsAhead(ctx)))
  }

  /** The account, the weeks ahead (1 to 8) and the last actions: all that the page of the week shows, in one call. */
  overview(weeks: number, actions: number): Answer<views.Overview> {
    return this.#read((ctx) =>
      ok({
        account: accountView(ctx),
        bookings: bookingsAhead(ctx),
        occurrences: occurrencesAhead(ctx, bounded(weeks, 8)),
        weekly: allWeekly(ctx).map((row) => weeklyView(ctx, row)),
        actions: lastActions(ctx, bounded(actions, 100)).map((row) => actionView(ctx, row)),
      }),
    )
  }

  booking(bookingId: number): Answer<views.BookingView> {
    return this.#read((ctx) => found(bookingView(ctx, bookingId)))
  }

  weekly(): Answer<views.WeeklyView[]> {
    return this.#read((ctx) => ok(allWeekly(ctx).map((row) => weeklyView(ctx, row))))
  }

  createWeekly(requestKey: string, draft: views.WeeklyDraft): Answer<views.WeeklyView> {
    return this.#once(requestKey, (ctx) => {
      if (!calls.validWeekly(draft)) return no('invalid')
      return readAccount(ctx) ? ok(weeklyView(ctx, createWeekly(ctx, draft))) : no('not-linked')
    })
  }

  pauseWeekly(requestKey: string, weeklyId: number): Answer<views.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, pauseWeekly)
  }

  resumeWeekly(requestKey: string, weeklyId: number): Answer<views.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, resumeWeekly)
  }

  /** Skips the next occurrence that is not skipped yet; one already booked is cancelled. */
  skipNext(requestKey: string, weeklyId: number): Answer<views.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, skipNext)
  }

  /** Skips every occurrence before that Rome day. */
  async skipUntil(requestKey: string, weeklyId: number, date: RomeDate): Answer<views.WeeklyView> {
    if (!isRomeDate(date)) return no('invalid')
    return this.#onWeekly(requestKey, weeklyId, (ctx, row) => skipUntil(ctx, row, date))
  }

  /** Bookings that it already made stay. */
  removeWeekly(requestKey: string, weeklyId: number): Answer<null> {
    return this.#once(requestKey, (ctx) => {
      const row = getWeekly(ctx, weeklyId)
      if (!row) return no('not-found')
      removeWeekly(ctx, row)
      return ok(null)
    })
  }

  /** Every occurrence of the next weeks (1 to 8), in order of time. */
  upcoming(weeks: number): Answer<views.Occurrence[]> {
    return this.#read((ctx) => ok(occurrencesAhead(ctx, bounded(weeks, 8))))
  }

  #decide(id: number, verdict: 'confirmed' | 'skipped'): Answer<views.ConfirmationView> {
    return this.#call((ctx) => {
      if (!getQuestion(ctx, id)) return no('not-found')
      const row = decide(ctx, id, verdict)
      return row ? ok(confirmationView(row)) : no('too-late')
    })
  }

  /** The confirmation requests that wait for an answer. */
  openConfirmations(): Answer<views.ConfirmationView[]> {
    return this.#read((ctx) => ok(openQuestions(ctx).map(confirmationView)))
  }

  confirm(confirmationId: number): Answer<views.ConfirmationView> {
    return this.#decide(confirmationId, 'confirmed')
  }

  skip(confirmationId: number): Answer<views.ConfirmationView> {
    return this.#decide(confirmationId, 'skipped')
  }

  preferences(): Answer<views.Preferences> {
    return this.#read((ctx) => ok(preferences(ctx)))
  }

  setPreferences(change: Partial<views.Preferences>): Answer<views.Preferences> {
    return this.#call((ctx) => {
      const changed = changePreferences(ctx, change)
      if (!changed) return no('invalid')
      planQuestionsAnew(ctx)
      return ok(changed)
    })
  }

  pauseAll(requestKey: string): Answer<null> {
    return this.#once(requestKey, calls.pauseAll)
  }

  resumeAll(requestKey: string): Answer<null> {
    return this.#once(requestKey, calls.resumeAll)
  }

  /** Newest first. */
  history(count = 50): Answer<views.HistoryEntry[]> {
    return this.#read((ctx) => ok(lastHistory(ctx, bounded(count, 1_000))))
  }

  /** The whole history as CSV (RFC 4180, UTF-8 with BOM). */
  exportCsv(): Answer<string> {
    return this.#read(async (ctx) => {
      const mine = eq(chats.id, ctx.userId)
      const chat = await ctx.d1.select({ language: chats.language }).from(chats).where(mine).get()
      return ok(historyCsv(ctx, textsIn(chat?.language ?? 'it').sport.csvHeader))
    })
  }

  /** The token of the private calendar feed; made when there is none. */
  feedToken(): Answer<string> {
    return this.#call(async (ctx) => ok(await feedToken(ctx)))
  }

  revokeFeed(requestKey: string): Answer<null> {
    return this.#once(requestKey, (ctx) => {
      revokeFeed(ctx)
      return ok(null)
    })
  }

  /** The bookings of the feed, cancelled ones included; `not-found` when the token is not the present one. */
  feed(token: string): Answer<views.BookingView[]> {
    return this.#read(async (ctx) => found(await feedBookings(ctx, token)))
  }

  /** Also for those who may not use the rest any more: the old key is removed for everybody. */
  async reseal(): Answer<views.Resealed> {
    return ok(await resealSecrets(this.#ctx))
  }

  /** Also for those who may not use the rest any more. What already left as a message is not called back. */
  async deleteEverything(): Answer<null> {
    const { db, d1, userId } = this.#ctx
    for (const table of Object.values(tables)) db.delete(table).run()
    const prefix = `sport:${userId}:`
    await transact(d1, [
      sql`DELETE FROM students WHERE user_id = ${userId}`,
      sql`DELETE FROM deliveries WHERE event >= ${prefix} AND event < ${`${prefix}~`} AND chat_id = ${userId}`,
    ])
    await this.ctx.storage.deleteAlarm()
    return ok(null)
  }
}

const warn =
  (event: string) =>
  (error: unknown): void =>
    log('warn', event, { error: describeError(error) })

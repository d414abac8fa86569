import { DurableObject } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/durable-sqlite'
import { migrate } from 'drizzle-orm/durable-sqlite/migrator'
import { connect, transact } from '../../db/client.ts'
import { saveTally } from '../../db/metrics.ts'
import { chats } from '../../db/schema/chats.ts'
import { tally } from '../../db/tally.ts'
import type { BookingEnv } from '../../platform/bindings.d.ts'
import { readConfig } from '../../platform/config.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { DAY, isRomeDate, type RomeDate } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { calmNeeded } from '../opening.ts'
import type { Credentials } from '../site/site-model.ts'
import { actionView, getAction, lastActions, openingsAhead, patchAction, showProgress } from './actions.ts'
import { serveTimers } from './alarm.ts'
import type * as api from './api.ts'
import { activeBookings, bookingView, confirmationView, viewOf } from './booking-view.ts'
import * as calls from './calls.ts'
import { decide, getQuestion, replanQuestions } from './confirmations.ts'
import { type NotRead, readCourses } from './courses.ts'
import type { Desk, Outside } from './desk.ts'
import { evidenceKept } from './evidence.ts'
import { readFact, writeFact } from './facts.ts'
import { feedBookings, feedToken, revokeFeed } from './feed.ts'
import { historyCsv, lastHistory } from './history.ts'
import migrations from './migrations/migrations.js'
import { flushOutbox } from './outbox.ts'
import { realOutside } from './outside.ts'
import { changePreferences, preferences } from './preferences.ts'
import { keepRegister, register } from './register.ts'
import { answered, once } from './requests.ts'
import { resealSecrets } from './reseal.ts'
import { runErrand } from './run.ts'
import * as tables from './schema.ts'
import { accountView, readAccount, sealSecret } from './session-store.ts'
import { dueTimers, nextTimerAt, postponeTimer } from './timers.ts'
import type * as views from './views.ts'
import { createWeekly, pauseWeekly, removeWeekly, resumeWeekly, skipNext, skipUntil } from './weekly.ts'
import { allWeekly, getWeekly, occurrencesAhead, type WeeklyRow, weeklyView } from './weekly-dates.ts'

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
export class Student extends DurableObject<BookingEnv> implements api.StudentApi {
  /** The clock and the site; tests put their own here. */
  static outside: (env: BookingEnv) => Outside = realOutside

  readonly #desk: Desk
  readonly #outside: Outside
  readonly #allowed: boolean
  /** Names this life of the object: a lock of another one is void. */
  readonly #instance = traceId()
  #flushing: Promise<void> | null = null

  constructor(ctx: DurableObjectState, env: BookingEnv) {
    super(ctx, env)
    const config = readConfig(env, ['ENCRYPTION_KEY', 'SPORT_USER_IDS'])
    const db = drizzle(ctx.storage)
    ctx.blockConcurrencyWhile(() => migrate(db, migrations))
    const outside = Student.outside(env)
    this.#outside = outside
    const userId = ctx.id.name === undefined ? readFact({ db }, 'user-id') : Number(ctx.id.name)
    if (userId === undefined || !Number.isSafeInteger(userId)) throw new Error('a student has a Telegram id')
    this.#allowed = config.SPORT_USER_IDS === 'everyone' || config.SPORT_USER_IDS.has(userId)
    this.#desk = {
      db,
      userId,
      keys: config.ENCRYPTION_KEY,
      d1: connect(env.DB),
      outbound: env.OUTBOUND,
      site: outside.site,
      race: outside.race,
      clock: outside.clock,
      random: outside.random,
      flush: () => this.#flush(),
      flushSoon: () => ctx.waitUntil(this.#flush().catch(warn('flush-failed'))),
    }
  }

  /** One flush at a time; what was told while one was under way goes with the next. */
  async #flush(): Promise<void> {
    while (this.#flushing) await this.#flushing
    const flushing = Promise.resolve().then(() => flushOutbox(this.#desk))
    this.#flushing = flushing.catch(warn('flush-failed')).finally(() => {
      this.#flushing = null
    })
    await flushing
  }

  /** The object's one alarm is the earliest of its timers. */
  async #arm(): Promise<void> {
    const next = nextTimerAt(this.#desk)
    if (next === null) await this.ctx.storage.deleteAlarm()
    else await this.ctx.storage.setAlarm(this.#outside.alarmAt(next))
  }

  /** Serves one call: refuses strangers, sets the alarm for what the call set in motion. */
  async #call<Value>(act: (desk: Desk) => api.Answer<Value> | Answer<Value>): Answer<Value> {
    if (!this.#allowed) return no('not-allowed')
    const desk = this.#desk
    if (readFact(desk, 'user-id') === undefined) writeFact(desk, 'user-id', desk.userId)
    const startedAt = desk.clock.now()
    const answer = await act(desk)
    await this.#arm()
    tally.add('object', 1, desk.clock.now() - startedAt)
    return answer
  }

  #once<Value>(key: string, act: (desk: Desk) => api.Answer<Value>): Answer<Value> {
    return this.#call((desk) => once(desk, key, () => act(desk)))
  }

  #onWeekly(key: string, id: number, act: (desk: Desk, row: WeeklyRow) => WeeklyRow) {
    return this.#once(key, (desk) => {
      const row = getWeekly(desk, id)
      if (!row) return no('not-found')
      return ok(weeklyView(desk, act(desk, row)))
    })
  }

  override async alarm(): Promise<void> {
    const desk = this.#desk
    const startedAt = desk.clock.now()
    // Should this run die for good, the sweep knows that something is due.
    this.ctx.waitUntil(keepRegister(desk).catch(warn('register-failed')))
    try {
      if (this.#allowed) await serveTimers(desk, this.#instance)
      else
        for (const row of dueTimers(desk, desk.clock.now())) postponeTimer(desk, row, row.dueAt + DAY, false)
    } catch (error) {
      warn('alarm-failed')(error)
    } finally {
      await this.#arm()
    }
    await keepRegister(desk).catch(warn('register-failed'))
    const now = desk.clock.now()
    tally.add('object', 1, now - startedAt)
    await saveTally(desk.d1, now)
  }

  /**
   * For the sweep: sets the alarm that should be there, and the row in D1 right that says that something is overdue (in
   * a restored database it may be of an account that is gone). Harmless when both are as they should be.
   */
  async wake(): Promise<void> {
    await this.#arm()
    await register(this.#desk).catch(warn('register-failed'))
  }

  /** For the daily reading: reads the week's schedule for everybody. @returns null when it was read */
  async volunteer(browser: boolean): Promise<NotRead | 'busy' | 'not-allowed' | null> {
    if (!this.#allowed) return 'not-allowed'
    const desk = this.#desk
    if (calmNeeded(openingsAhead(desk), desk.clock.now())) return 'busy'
    let outcome: NotRead | null = 'session-needed'
    const free = await runErrand(desk, `${this.#instance}/volunteer-${traceId()}`, async (errand) => {
      outcome = await readCourses(errand, browser)
    })
    await this.#arm()
    return free ? outcome : 'busy'
  }

  async #link(key: string, kind: 'credentials' | 'session', secret: unknown): Answer<api.Accepted> {
    return this.#call(async (desk) => {
      const known = answered<api.Answer<api.Accepted>>(desk, key)
      if (known) return known
      const sealed = await sealSecret(desk, secret)
      return once(desk, key, () => calls.link(desk, { kind, sealed }))
    })
  }

  link(requestKey: string, { username, password, otpauth }: Credentials): Answer<api.Accepted> {
    return this.#link(requestKey, 'credentials', { username, password, otpauth })
  }

  linkSession(requestKey: string, cookies: Record<string, string>): Answer<api.Accepted> {
    return this.#link(requestKey, 'session', cookies)
  }

  /** Also for those who may not use the rest any more: secrets can always be erased. */
  async unlink(requestKey: string): Answer<null> {
    const answer = once(this.#desk, requestKey, () => calls.unlink(this.#desk))
    await this.#arm()
    return answer
  }

  account(): Answer<views.AccountView> {
    return this.#call((desk) => ok(accountView(desk)))
  }

  book(request: api.BookRequest): Answer<api.Accepted> {
    return this.#once(request.requestKey, (desk) => calls.book(desk, request))
  }

  cancel(requestKey: string, bookingId: number): Answer<api.Accepted> {
    return this.#once(requestKey, (desk) => calls.cancel(desk, bookingId))
  }

  check(requestKey: string): Answer<api.Accepted> {
    return this.#once(requestKey, calls.check)
  }

  dryRun(requestKey: string, wish?: views.ClassRef): Answer<api.Accepted> {
    return this.#once(requestKey, (desk) => calls.dryRun(desk, wish))
  }

  withdraw(requestKey: string, actionId: number): Answer<views.ActionView> {
    return this.#once(requestKey, (desk) => {
      const answer = calls.withdraw(desk, actionId)
      return answer.ok ? ok(actionView(desk, answer.value)) : answer
    })
  }

  action(actionId: number): Answer<views.ActionView> {
    return this.#call((desk) => {
      const row = getAction(desk, actionId)
      return found(row && actionView(desk, row))
    })
  }

  lastActions(count = 5): Answer<views.ActionView[]> {
    return this.#call((desk) =>
      ok(lastActions(desk, bounded(count, 100)).map((row) => actionView(desk, row))),
    )
  }

  attachMessage(actionId: number, { chatId, messageId }: api.ProgressMessage): Answer<views.ActionView> {
    return this.#call((desk) => {
      const row = getAction(desk, actionId)
      if (!row) return no('not-found')
      if (row.messageId === messageId && row.chatId === chatId) return ok(actionView(desk, row))
      const attached = patchAction(desk, actionId, { chatId, messageId })
      showProgress(desk, attached)
      return ok(actionView(desk, attached))
    })
  }

  bookings(): Answer<views.BookingView[]> {
    return this.#call((desk) => {
      const views = activeBookings(desk).map((row) => viewOf(desk, row))
      return ok(views.filter((view) => view.endsAt > desk.clock.now()))
    })
  }

  booking(bookingId: number): Answer<views.BookingView> {
    return this.#call((desk) => found(bookingView(desk, bookingId)))
  }

  weekly(): Answer<views.WeeklyView[]> {
    return this.#call((desk) => ok(allWeekly(desk).map((row) => weeklyView(desk, row))))
  }

  createWeekly(requestKey: string, draft: views.WeeklyDraft): Answer<views.WeeklyView> {
    return this.#once(requestKey, (desk) => {
      if (!calls.validWeekly(draft)) return no('invalid')
      return readAccount(desk) ? ok(weeklyView(desk, createWeekly(desk, draft))) : no('not-linked')
    })
  }

  pauseWeekly(requestKey: string, weeklyId: number): Answer<views.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, pauseWeekly)
  }

  resumeWeekly(requestKey: string, weeklyId: number): Answer<views.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, resumeWeekly)
  }

  skipNext(requestKey: string, weeklyId: number): Answer<views.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, skipNext)
  }

  async skipUntil(requestKey: string, weeklyId: number, date: RomeDate): Answer<views.WeeklyView> {
    if (!isRomeDate(date)) return no('invalid')
    return this.#onWeekly(requestKey, weeklyId, (desk, row) => skipUntil(desk, row, date))
  }

  removeWeekly(requestKey: string, weeklyId: number): Answer<null> {
    return this.#once(requestKey, (desk) => {
      const row = getWeekly(desk, weeklyId)
      if (!row) return no('not-found')
      removeWeekly(desk, row)
      return ok(null)
    })
  }

  upcoming(weeks: number): Answer<views.Occurrence[]> {
    return this.#call((desk) => ok(occurrencesAhead(desk, bounded(weeks, 8))))
  }

  #decide(id: number, verdict: 'confirmed' | 'skipped'): Answer<views.ConfirmationView> {
    return this.#call((desk) => {
      if (!getQuestion(desk, id)) return no('not-found')
      const row = decide(desk, id, verdict)
      return row ? ok(confirmationView(row)) : no('too-late')
    })
  }

  confirm(confirmationId: number): Answer<views.ConfirmationView> {
    return this.#decide(confirmationId, 'confirmed')
  }

  skip(confirmationId: number): Answer<views.ConfirmationView> {
    return this.#decide(confirmationId, 'skipped')
  }

  preferences(): Answer<views.Preferences> {
    return this.#call((desk) => ok(preferences(desk)))
  }

  setPreferences(change: Partial<views.Preferences>): Answer<views.Preferences> {
    return this.#call((desk) => {
      const changed = changePreferences(desk, change)
      if (!changed) return no('invalid')
      replanQuestions(desk)
      return ok(changed)
    })
  }

  pauseAll(requestKey: string): Answer<null> {
    return this.#once(requestKey, calls.pauseAll)
  }

  resumeAll(requestKey: string): Answer<null> {
    return this.#once(requestKey, calls.resumeAll)
  }

  history(count = 50): Answer<views.HistoryEntry[]> {
    return this.#call((desk) => ok(lastHistory(desk, bounded(count, 1_000))))
  }

  exportCsv(): Answer<string> {
    return this.#call(async (desk) => {
      const mine = eq(chats.id, desk.userId)
      const chat = await desk.d1.select({ language: chats.language }).from(chats).where(mine).get()
      return ok(historyCsv(desk, textsIn(chat?.language ?? 'it').sport.csvHeader))
    })
  }

  feedToken(): Answer<string> {
    return this.#call(async (desk) => ok(await feedToken(desk)))
  }

  revokeFeed(requestKey: string): Answer<null> {
    return this.#once(requestKey, (desk) => {
      revokeFeed(desk)
      return ok(null)
    })
  }

  feed(token: string): Answer<views.BookingView[]> {
    return this.#call(async (desk) => found(await feedBookings(desk, token)))
  }

  evidence(): Answer<views.EvidenceView[]> {
    return this.#call((desk) => ok(evidenceKept(desk)))
  }

  /** Also for those who may not use the rest any more: the old key is thrown away for everybody. */
  async reseal(): Answer<views.Resealed> {
    return ok(await resealSecrets(this.#desk))
  }

  /** Also for those who may not use the rest any more. What already left as a message is not called back. */
  async deleteEverything(): Answer<null> {
    const { db, d1, userId } = this.#desk
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

import { DurableObject } from 'cloudflare:workers'
import { traceId } from '../../platform/id.ts'
import { isRomeDate, type RomeDate } from '../../platform/time.ts'
import { inOpeningBlackout } from '../opening.ts'
import type { Credentials } from '../site/site-model.ts'
import type * as api from '../student-types.ts'
import { runTask } from './action-run.ts'
import { actionView, getAction, lastActions, nextActionId, openingsAhead } from './actions.ts'
import { found, ok, refuse } from './answer.ts'
import { exportHistory, lastHistory } from './booking-history.ts'
import { feedBookings, feedToken, revokeFeed } from './calendar-feed-token.ts'
import * as calls from './calls.ts'
import { deleteStudent } from './delete-student.ts'
import { exportRows } from './export-rows.ts'
import { type NotRead, refreshSchedule } from './jobs.ts'
import { accountView, readAccount, resealSecrets, SECRET_PLACES, sealSecret } from './linked-account.ts'
import { ObjectRuntime } from './object-runtime.ts'
import { answered, once, preferences } from './object-store.ts'
import { registerFeed } from './registration.ts'
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
  occurrencesAhead,
  type WeeklyRow,
  weeklyView,
} from './views.ts'
import { pauseWeekly, resumeWeekly, skipNext, skipUntil } from './weekly-bookings.ts'
import { openQuestions } from './weekly-questions.ts'

type Answer<Value> = Promise<api.Answer<Value>>

/** How many rows or weeks a caller may have: a whole number from 1 to `most`. */
const bounded = (asked: number, most: number): number => Math.min(Math.max(Math.trunc(asked) || 1, 1), most)

/**
 * Everything of one student, in one Durable Object named after their Telegram id. Calls write down what is wanted and
 * answer at once; the alarm does the work.
 */
export class Student extends DurableObject<StudentEnv> {
  /** The clock and the site; tests replace them. */
  static dependencies: (env: StudentEnv) => Dependencies = realDependencies

  readonly #object: ObjectRuntime

  constructor(ctx: DurableObjectState, env: StudentEnv) {
    super(ctx, env)
    this.#object = new ObjectRuntime(ctx, env, Student.dependencies(env))
  }

  override alarm(): Promise<void> {
    return this.#object.alarm()
  }

  /**
   * For the sweep: repairs the object's alarm and its row in D1 (a restored database may hold one for an account that is
   * gone). Harmless when both are right.
   */
  wake(): Promise<void> {
    return this.#object.wake()
  }

  #onWeekly(key: string, id: number, act: (ctx: StudentContext, row: WeeklyRow) => WeeklyRow) {
    return this.#object.once(key, (ctx) => calls.changeWeekly(ctx, id, act))
  }

  /**
   * Reads the week's schedule for everybody with this student's session, if the student agreed to that.
   * @param browser whether to log in when the session has expired
   * @returns null when it was read
   */
  async refreshSchedule(browser: boolean): Promise<NotRead | 'busy' | 'not-allowed' | null> {
    const { ctx, allowed, instance } = this.#object
    if (!allowed) return 'not-allowed'
    if (inOpeningBlackout(openingsAhead(ctx), ctx.clock.now())) return 'busy'
    let outcome: NotRead | null = 'session-needed'
    const free = await runTask(ctx, `${instance}/schedule-${traceId()}`, async (task) => {
      outcome = await refreshSchedule(task, browser)
    })
    await this.#object.arm()
    return free ? outcome : 'busy'
  }

  /** The name of `refreshSchedule` in 0.1.0, for an edge Worker that is not deployed yet. */
  volunteer(browser: boolean) {
    return this.refreshSchedule(browser)
  }

  async #link(key: string, kind: 'credentials' | 'session', secret: unknown): Answer<api.Accepted> {
    return this.#object.call(async (ctx) => {
      const known = answered<api.Answer<api.Accepted>>(ctx, key)
      if (known) return known
      for (;;) {
        // Sealed for the row that it will get. Another call may take that row first.
        const actionId = nextActionId(ctx)
        const sealed = await sealSecret(ctx, SECRET_PLACES.candidate(actionId), secret)
        if (nextActionId(ctx) === actionId) return once(ctx, key, () => calls.link(ctx, { kind, sealed }))
      }
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

  /** Also for students no longer allowed: secrets can always be erased. */
  async unlink(requestKey: string): Answer<null> {
    const { ctx } = this.#object
    const answer = once(ctx, requestKey, () => calls.unlink(ctx))
    await this.#object.arm()
    return answer
  }

  /** Whether this account reads the schedule that everybody sees. */
  shareSchedule(agreed: boolean): Answer<api.AccountView> {
    return this.#object.call((ctx) => calls.shareSchedule(ctx, agreed))
  }

  account(): Answer<api.AccountView> {
    return this.#object.read((ctx) => ok(accountView(ctx)))
  }

  book(request: api.BookRequest): Answer<api.Accepted> {
    return this.#object.once(request.requestKey, (ctx) => calls.book(ctx, request))
  }

  cancel(requestKey: string, bookingId: number): Answer<api.Accepted> {
    return this.#object.once(requestKey, (ctx) => calls.cancel(ctx, bookingId))
  }

  check(requestKey: string): Answer<api.Accepted> {
    return this.#object.once(requestKey, calls.check)
  }

  /** Says what would be booked. Without a wish: the next one that is planned. */
  dryRun(requestKey: string, wish?: api.ClassRef): Answer<api.Accepted> {
    return this.#object.once(requestKey, (ctx) => calls.dryRun(ctx, wish))
  }

  withdraw(requestKey: string, actionId: number): Answer<api.ActionView> {
    return this.#object.once(requestKey, (ctx) => calls.withdraw(ctx, actionId))
  }

  action(actionId: number): Answer<api.ActionView> {
    return this.#object.read((ctx) => {
      const row = getAction(ctx, actionId)
      return found(row && actionView(ctx, row))
    })
  }

  /** Newest first. */
  lastActions(count = 5): Answer<api.ActionView[]> {
    return this.#object.read((ctx) =>
      ok(lastActions(ctx, bounded(count, 100)).map((row) => actionView(ctx, row))),
    )
  }

  /** From now on that message shows the action's progress. */
  attachMessage(actionId: number, message: api.ProgressMessage): Answer<api.ActionView> {
    return this.#object.call((ctx) => calls.attachMessage(ctx, actionId, message))
  }

  /** Bookings to come, in order of time. */
  bookings(): Answer<api.BookingView[]> {
    return this.#object.read((ctx) => ok(bookingsAhead(ctx)))
  }

  /** The account, the weeks ahead (1 to 8), the last actions and open questions: all that the page of the week shows, in one call. */
  overview(weeks: number, actions: number): Answer<api.Overview> {
    return this.#object.read((ctx) =>
      ok({
        account: accountView(ctx),
        bookings: bookingsAhead(ctx),
        occurrences: occurrencesAhead(ctx, bounded(weeks, 8)),
        weekly: allWeekly(ctx).map((row) => weeklyView(ctx, row)),
        actions: lastActions(ctx, bounded(actions, 100)).map((row) => actionView(ctx, row)),
        questions: openQuestions(ctx).map(confirmationView),
      }),
    )
  }

  booking(bookingId: number): Answer<api.BookingView> {
    return this.#object.read((ctx) => found(bookingView(ctx, bookingId)))
  }

  weekly(): Answer<api.WeeklyView[]> {
    return this.#object.read((ctx) => ok(allWeekly(ctx).map((row) => weeklyView(ctx, row))))
  }

  createWeekly(requestKey: string, draft: api.WeeklyDraft): Answer<api.WeeklyView> {
    return this.#object.once(requestKey, (ctx) => calls.addWeekly(ctx, draft))
  }

  pauseWeekly(requestKey: string, weeklyId: number): Answer<api.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, pauseWeekly)
  }

  resumeWeekly(requestKey: string, weeklyId: number): Answer<api.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, resumeWeekly)
  }

  /** Skips the next occurrence that is not skipped yet; one already booked is cancelled. */
  skipNext(requestKey: string, weeklyId: number): Answer<api.WeeklyView> {
    return this.#onWeekly(requestKey, weeklyId, skipNext)
  }

  /** Skips every occurrence before that Rome day. */
  async skipUntil(requestKey: string, weeklyId: number, date: RomeDate): Answer<api.WeeklyView> {
    if (!isRomeDate(date)) return refuse('invalid')
    return this.#onWeekly(requestKey, weeklyId, (ctx, row) => skipUntil(ctx, row, date))
  }

  /** Bookings that it already made stay. */
  removeWeekly(requestKey: string, weeklyId: number): Answer<null> {
    return this.#object.once(requestKey, (ctx) => calls.dropWeekly(ctx, weeklyId))
  }

  /** Every occurrence of the next weeks (1 to 8), in order of time. */
  upcoming(weeks: number): Answer<api.Occurrence[]> {
    return this.#object.read((ctx) => ok(occurrencesAhead(ctx, bounded(weeks, 8))))
  }

  /** The confirmation requests that wait for an answer. */
  openConfirmations(): Answer<api.ConfirmationView[]> {
    return this.#object.read((ctx) => ok(openQuestions(ctx).map(confirmationView)))
  }

  confirm(confirmationId: number): Answer<api.ConfirmationView> {
    return this.#object.call((ctx) => calls.answerQuestion(ctx, confirmationId, 'confirmed'))
  }

  skip(confirmationId: number): Answer<api.ConfirmationView> {
    return this.#object.call((ctx) => calls.answerQuestion(ctx, confirmationId, 'skipped'))
  }

  preferences(): Answer<api.Preferences> {
    return this.#object.read((ctx) => ok(preferences(ctx)))
  }

  setPreferences(change: Partial<api.Preferences>): Answer<api.Preferences> {
    return this.#object.call((ctx) => calls.setPreferences(ctx, change))
  }

  pauseAll(requestKey: string): Answer<null> {
    return this.#object.once(requestKey, calls.pauseAll)
  }

  resumeAll(requestKey: string): Answer<null> {
    return this.#object.once(requestKey, calls.resumeAll)
  }

  /** Newest first. */
  history(count = 50): Answer<api.HistoryEntry[]> {
    return this.#object.read((ctx) => ok(lastHistory(ctx, bounded(count, 1_000))))
  }

  /** The whole history as CSV (RFC 4180, UTF-8 with BOM). */
  exportCsv(): Answer<string> {
    return this.#object.read(async (ctx) => ok(await exportHistory(ctx)))
  }

  /** The token of the private calendar feed; made when there is none. */
  feedToken(): Answer<string> {
    return this.#object.call(async (ctx) => {
      const token = await feedToken(ctx)
      // The address works from now on: D1 is asked first.
      await registerFeed(ctx)
      return ok(token)
    })
  }

  revokeFeed(requestKey: string): Answer<null> {
    return this.#object.once(requestKey, (ctx) => {
      revokeFeed(ctx)
      return ok(null)
    })
  }

  /** The bookings of the feed, cancelled ones included; `not-found` when the token is not the present one. */
  feed(token: string): Answer<api.BookingView[]> {
    return this.#object.read(async (ctx) => {
      await registerFeed(ctx)
      return found(await feedBookings(ctx, token))
    })
  }

  /** A page of a table's rows, for the export of the person's data: also for students no longer allowed. */
  async exportRows(table: string, after: number): Answer<api.ExportedRows> {
    return found(exportRows(this.#object.ctx, table, after))
  }

  /** Also for students no longer allowed: the old key is removed for everybody. */
  async reseal(): Answer<api.Resealed> {
    return ok(await resealSecrets(this.#object.ctx))
  }

  /**
   * Also for students no longer allowed. Messages already sent stay.
   * @param since when the person asked, if that was earlier: an account linked since then is kept, whatever D1 knows of it
   */
  async deleteEverything(since = Number.POSITIVE_INFINITY): Answer<null> {
    if ((readAccount(this.#object.ctx)?.linkedAt ?? 0) > since) return ok(null)
    await deleteStudent(this.#object.ctx)
    await this.ctx.storage.deleteAlarm()
    return ok(null)
  }
}

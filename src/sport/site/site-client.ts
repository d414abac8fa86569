import type { Browser } from '@cloudflare/playwright'
import { addDays, type Clock, romeInstant, SECOND } from '../../platform/time.ts'
import { BOOKING_PAGE } from './booking-page.ts'
import { bookInPage } from './browser/book-in-page.ts'
import type { BrowserKit } from './browser/browser-visit.ts'
import { cancelInPage } from './browser/cancel-in-page.ts'
import { calendarHtml } from './browser/open-calendar.ts'
import { login } from './browser/site-login.ts'
import { bookingKey, sameBooking } from './class-key.ts'
import { fieldsOf, parseLenient, textOf } from './lenient-json.ts'
import { classifyRejection } from './rejection.ts'
import { certainReason, saysBooked } from './rejection-words.ts'
import {
  type HttpOptions,
  type HttpResult,
  isLogin,
  looksLikeLogin,
  probeClock,
  type SiteAnswer,
  send,
} from './site-http.ts'
import type {
  Activity,
  BookOptions,
  ClassSlot,
  DaySchedule,
  SiteReason,
  SiteResult,
  SiteSession,
  SportSite,
} from './site-model.ts'
import { readActivities, readBookings, readCalendar } from './site-pages.ts'
import { fail } from './site-result.ts'
import { readSchedule } from './site-schedule.ts'
import { siteText } from './site-text.ts'

export interface SportSiteOptions {
  /** `SPORTRICK_BASE`. */
  base: string
  fetch: typeof fetch
  clock: Clock
  /** Starts a browser: `() => launch(env.BROWSER)` of `@cloudflare/playwright`. */
  launchBrowser: () => Promise<Browser>
  /** How long one plain request may take, ms (default 12 s). */
  requestTimeoutMs?: number
  /** How long a page may take to show what comes next, ms (default 20 s). */
  stepTimeoutMs?: number
  /** How long a whole run of the browser may take, ms (default 120 s). */
  browserTimeoutMs?: number
}

/** The value with the session that the site renewed during the request, if it did. */
const withRenewed = <Value>(result: SiteResult<Value>, { renewed }: SiteAnswer): SiteResult<Value> =>
  result.ok && renewed ? { ...result, renewed } : result

/** How far the site's clock is ahead, from one answer: the middle of the second that `Date` showed. Good to ±0.5 s. */
const roughOffset = ({ date, sentAt, answeredAt }: SiteAnswer) =>
  date === null ? 0 : Math.round(date + SECOND / 2 - (sentAt + answeredAt) / 2)

/** In a hurry these are believed without a look at the schedule: they are retried, or another class is. */
const CLEAR: readonly (SiteReason | null)[] = [
  'not-open-yet',
  'full',
  'already-booked',
  'session-expired',
  'rate-limited',
]

/** The usual opening: midnight in Rome two days before the class's day. */
const usualOpening = (slot: ClassSlot) => romeInstant(addDays(slot.date, -2), '00:00')

/** The booking site as one student uses it. */
export function createSportSite(options: SportSiteOptions): SportSite {
  const { clock, fetch: fetcher } = options
  const http: HttpOptions = {
    base: options.base,
    // Called bare: the platform's fetch refuses to be a method of something else.
    fetch: (input, init) => fetcher(input, init),
    clock,
    timeoutMs: options.requestTimeoutMs ?? 12 * SECOND,
  }
  const kit: BrowserKit = {
    base: options.base,
    clock,
    launchBrowser: options.launchBrowser,
    stepTimeoutMs: options.stepTimeoutMs ?? 20 * SECOND,
    totalTimeoutMs: options.browserTimeoutMs ?? 120 * SECOND,
  }

  const page = async <Value>(
    session: SiteSession,
    path: string,
    read: (html: string) => SiteResult<Value>,
  ): Promise<SiteResult<Value>> => {
    const result = await send(http, session, path)
    return result.ok ? withRenewed(read(result.answer.text), result.answer) : result
  }

  const requestSchedule = (session: SiteSession, activityId: string, date: string): Promise<HttpResult> =>
    send(http, session, `${BOOKING_PAGE}/GetActivitySchedule`, {
      form: {
        currentDate: date,
        activityID: activityId,
        skillID: '0',
        activityFlags: 'Classes',
        getForCatchUp: 'false',
      },
    })

  const schedule: SportSite['schedule'] = async (session, activity, date) => {
    const sent = await requestSchedule(session, activity.activityId, date)
    if (!sent.ok && sent.failure.reason !== 'markup-changed') return sent
    let result: SiteResult<ClassSlot[]> = sent.ok
      ? withRenewed(readSchedule(sent.answer.text, activity, date), sent.answer)
      : sent
    if (!result.ok && sent.ok && looksLikeLogin(sent.answer.text))
      return fail('session-expired', 'the login page came in place of the schedule')
    if (!result.ok && result.failure.reason === 'markup-changed') {
      const inPage = await calendarHtml(kit, session, activity.activityId)
      if (inPage.ok) result = readCalendar(inPage.value, activity, date)
    }
    if (!result.ok) return result
    const value: DaySchedule = {
      slots: result.value,
      clockOffsetMs: sent.ok ? roughOffset(sent.answer) : 0,
    }
    return result.renewed ? { ok: true, value, renewed: result.renewed } : { ok: true, value }
  }

  /** The class as the schedule shows it now; null when it could not be read. */
  const lookAgain = async (session: SiteSession, slot: ClassSlot) => {
    const activity: Activity = { activityId: slot.activityId, name: slot.name }
    const sent = await requestSchedule(session, slot.activityId, slot.date)
    const result = sent.ok ? readSchedule(sent.answer.text, activity, slot.date) : sent
    if (!result.ok) return null
    return (
      result.value.find((entry) => entry.appointmentId === slot.appointmentId) ??
      result.value.find((entry) => sameBooking(bookingKey(entry), bookingKey(slot))) ??
      'gone'
    )
  }

  const book = async (
    session: SiteSession,
    slot: ClassSlot,
    { opensAt = usualOpening(slot), quick = false }: BookOptions = {},
  ): Promise<SiteResult<null>> => {
    if (slot.appointmentId === '') return bookInPage(kit, session, slot, opensAt)
    const sent = await send(http, session, `${BOOKING_PAGE}/BookAppointment`, {
      form: { appointmentID: slot.appointmentId },
    })
    if (!sent.ok) {
      const { failure } = sent
      return sent.sent && failure.reason === 'site-down' ? fail('answer-lost', failure.detail) : sent
    }
    const { text } = sent.answer
    const answer = fieldsOf(parseLenient(text))
    if (!answer) {
      return looksLikeLogin(text)
        ? fail('session-expired', 'the login page came in place of the answer')
        : fail('answer-lost', 'the answer to the booking is not JSON')
    }
    const status = textOf(answer.status)
    const message = siteText(
      textOf(answer.message) || textOf(answer.error_message) || textOf(answer.errormessage),
    )
    const saysOk =
      /^(ok|success|succeeded|true)$/i.test(status) || answer.status === true || answer.success === true
    if (saysOk || (!/err|fail|ko/i.test(status) && saysBooked(message)))
      return withRenewed({ ok: true, value: null }, sent.answer)
    if (isLogin(textOf(answer.url))) return fail('session-expired', 'the answer leads to the login')
    const reason = classifyRejection({
      message,
      slot: quick && CLEAR.includes(certainReason(message)) ? null : await lookAgain(session, slot),
      now: clock.now() + roughOffset(sent.answer),
      startsAt: romeInstant(slot.date, slot.start),
      opensAt,
    })
    return fail(reason, `the site rejected the booking with status ${status || '(none)'}`, { message })
  }

  return {
    login: (credentials, loginOptions) => login(kit, credentials, loginOptions ?? {}),
    activities: (session) => page(session, `${BOOKING_PAGE}/ChooseActivity`, readActivities),
    bookings: (session) => page(session, BOOKING_PAGE, readBookings),
    schedule,
    book,
    bookInPage: (session, slot) => bookInPage(kit, session, slot, usualOpening(slot)),
    cancelInPage: (session, booking) => cancelInPage(kit, session, booking),
    probeClock: () => probeClock(http),
  }
}

import { FormattedString } from '@grammyjs/parse-mode'
import { transact } from '../../db/database.ts'
import { count } from '../../db/rows.ts'
import { lines } from '../../delivery/message.ts'
import { evaluate, incidents, unparsedPages } from '../../ops/incidents.ts'
import { readStalest, readToday, readVitals } from '../../ops/vitals.ts'
import { readFalseAlarms } from '../../passport/alerts/false-alarms.ts'
import { bookingsSince } from '../../passport/follow/own-appointment.ts'
import { readPlanView } from '../../passport/poller/plan-view.ts'
import { provinceName } from '../../passport/provinces/provinces.ts'
import { readSessionEnds } from '../../passport/sessions/session-ends.ts'
import { ago } from '../../platform/ago.ts'
import { DAY, romeDate, romeTime, SECOND } from '../../platform/time.ts'
import type { BotContext } from '../context.ts'

/** Followed provinces shown, least recently read first. */
const MOST_PROVINCES = 5
/** Portal sessions shown. */
const MOST_SESSIONS = 10
/** Offices with false alarms shown. */
const MOST_OFFICES = 5

/** The state of the service, in words: first whether all is well. */
export async function serviceText(ctx: BotContext): Promise<FormattedString> {
  const texts = ctx.texts.service
  const [vitals, today, stalest, plan, falseAlarms, ends, [booked]] = await Promise.all([
    readVitals(ctx.db, ctx.now),
    readToday(ctx.db, ctx.now),
    readStalest(ctx.db, MOST_PROVINCES),
    readPlanView(ctx.db, ctx.now),
    readFalseAlarms(ctx.db, MOST_OFFICES, ctx.now),
    readSessionEnds(ctx.db, ctx.now),
    transact(ctx.db, [bookingsSince(ctx.now - 30 * DAY)]),
  ])
  const when = (at: number) => ago(ctx.chatRow.language, ctx.now - at)
  const { pausedSince, lastGoodRoundAt, lastTickAt, databaseBytes } = vitals
  const since = [vitals.alertSince, vitals.dueSince, vitals.heldDueSince].filter((at) => at !== null)
  const unparsed = unparsedPages(vitals, ctx.now).map(({ step }) => step)
  const lag = since.length === 0 ? 0 : Math.floor(Math.max(0, ctx.now - Math.min(...since)) / SECOND)
  const state = evaluate(vitals, ctx.now)
  const open = incidents.filter((incident) => state[incident] === true)
  return lines(
    FormattedString.bold(open.length === 0 ? texts.allWell : texts.notWell(open.length)),
    ...open.map((incident) => `• ${texts.incidents[incident]}`),
    '',
    FormattedString.bold(texts.serviceTitle),
    texts.sessions(vitals.goodSessions, vitals.deadSessions),
    ...ends
      .slice(0, MOST_SESSIONS)
      .map(({ id, end }) =>
        end === null
          ? texts.endUnknown(id)
          : texts.endExpected(id, ctx.texts.dates.short(romeDate(end)), romeTime(end)),
      ),
    pausedSince !== null && texts.pausedSince(when(pausedSince)),
    lastTickAt !== null && texts.lastTick(when(lastTickAt)),
    lastGoodRoundAt === null ? texts.noRound : texts.lastRound(when(lastGoodRoundAt)),
    lag === 0 ? texts.noLag : texts.lag(lag),
    texts.queue(vitals.queued, vitals.claimed, vitals.held),
    texts.today(today.sent, today.failed, today.expired),
    ctx.texts.booked.count(count(booked?.results[0]?.bookings)),
    texts.letters(vitals.deadLetters),
    unparsed.length > 0 && texts.markup(unparsed.join(', ')),
    databaseBytes !== null && texts.database((databaseBytes / 1e6).toFixed(1)),
    stalest.length > 0 && texts.stalestTitle,
    ...stalest.map(({ code, lastReadAt }) =>
      texts.reading(
        `${provinceName(code)} (${code})`,
        lastReadAt === null ? ctx.texts.passport.neverRead : when(lastReadAt),
      ),
    ),
    falseAlarms.length > 0 && texts.falseAlarmsTitle,
    ...falseAlarms.map(({ province, office, reported, alerts, unsteady }) =>
      texts.falseAlarms(`${provinceName(province)}, ${office}`, reported, alerts, unsteady),
    ),
    plan !== null && texts.requests(plan.spent, plan.left),
    plan !== null && plan.provinces.length > 0 && texts.intervalsTitle,
    ...(plan?.provinces ?? [])
      .slice(0, MOST_PROVINCES)
      .map(({ code, interval, followers, slotsPerHour }) =>
        texts.interval(
          `${provinceName(code)} (${code})`,
          Math.round(interval / SECOND),
          followers,
          slotsPerHour.toFixed(1),
        ),
      ),
  )
}

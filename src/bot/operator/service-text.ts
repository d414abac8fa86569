import { FormattedString } from '@grammyjs/parse-mode'
import { lines } from '../../delivery/message.ts'
import { evaluate, incidents, unparsedPages } from '../../ops/incidents.ts'
import { readStalest, readToday, readVitals } from '../../ops/vitals.ts'
import { readPlanView } from '../../passport/poller/plan-view.ts'
import { provinceName } from '../../passport/provinces/provinces.ts'
import { ago } from '../../platform/ago.ts'
import { SECOND } from '../../platform/time.ts'
import type { BotContext } from '../context.ts'

/** Followed provinces shown, least recently read first. */
const MOST_PROVINCES = 5

/** The state of the service, in words: first whether all is well. */
export async function serviceText(ctx: BotContext): Promise<FormattedString> {
  const { ops } = ctx.texts
  const [vitals, today, stalest, plan] = await Promise.all([
    readVitals(ctx.db, ctx.now),
    readToday(ctx.db, ctx.now),
    readStalest(ctx.db, MOST_PROVINCES),
    readPlanView(ctx.db, ctx.now),
  ])
  const when = (at: number) => ago(ctx.chatRow.language, ctx.now - at)
  const { pausedSince, lastGoodRoundAt, lastTickAt, databaseBytes } = vitals
  const since = [vitals.alertSince, vitals.dueSince, vitals.heldDueSince].filter((at) => at !== null)
  const unparsed = unparsedPages(vitals, ctx.now).map(({ step }) => step)
  const lag = since.length === 0 ? 0 : Math.floor(Math.max(0, ctx.now - Math.min(...since)) / SECOND)
  const state = evaluate(vitals, ctx.now)
  const open = incidents.filter((incident) => state[incident] === true)
  return lines(
    FormattedString.bold(open.length === 0 ? ops.allWell : ops.notWell(open.length)),
    ...open.map((incident) => `• ${ops.incidents[incident]}`),
    '',
    FormattedString.bold(ops.serviceTitle),
    ops.sessions(vitals.goodSessions, vitals.deadSessions),
    pausedSince !== null && ops.pausedSince(when(pausedSince)),
    lastTickAt !== null && ops.lastTick(when(lastTickAt)),
    lastGoodRoundAt === null ? ops.noRound : ops.lastRound(when(lastGoodRoundAt)),
    lag === 0 ? ops.noLag : ops.lag(lag),
    ops.queue(vitals.queued, vitals.claimed, vitals.held),
    ops.today(today.sent, today.failed, today.expired),
    ops.letters(vitals.deadLetters),
    unparsed.length > 0 && ops.markup(unparsed.join(', ')),
    databaseBytes !== null && ops.database((databaseBytes / 1e6).toFixed(1)),
    stalest.length > 0 && ops.stalestTitle,
    ...stalest.map(({ code, lastReadAt }) =>
      ops.reading(
        `${provinceName(code)} (${code})`,
        lastReadAt === null ? ctx.texts.passport.neverRead : when(lastReadAt),
      ),
    ),
    plan !== null && ops.requests(plan.spent, plan.left),
    plan !== null && plan.provinces.length > 0 && ops.intervalsTitle,
    ...(plan?.provinces ?? [])
      .slice(0, MOST_PROVINCES)
      .map(({ code, interval, followers, slotsPerHour }) =>
        ops.interval(
          `${provinceName(code)} (${code})`,
          Math.round(interval / SECOND),
          followers,
          slotsPerHour.toFixed(1),
        ),
      ),
  )
}

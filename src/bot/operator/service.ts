import { FormattedString } from '@grammyjs/parse-mode'
import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { riddlesIn } from '../../ops/troubles.ts'
import { readStalest, readToday, readVitals } from '../../ops/vitals.ts'
import { provinceName } from '../../passport/provinces.ts'
import { SECOND } from '../../platform/time.ts'
import { ago } from '../ago.ts'
import { homeButton } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { type Feature, privateOnly } from '../feature.ts'
import { costly } from '../heavy.ts'
import { operatorsOnly } from './access.ts'

/** Costs this many seconds of a chat's minute: today's deliveries are counted one by one. */
const COST = 3
/** Followed provinces shown, least recently read first. */
const MOST_PROVINCES = 5

/** The way into the dashboard; Telegram takes it over HTTPS only. */
function dashboardButton(ctx: BotContext): InlineKeyboardButton[][] {
  const { PUBLIC_URL: origin } = ctx.deps.settings
  if (!origin?.startsWith('https://')) return []
  return [[{ text: ctx.texts.ops.dashboard, web_app: { url: `${origin}/app?to=admin` } }]]
}

/** How the service stands, in words. */
export async function serviceText(ctx: BotContext): Promise<FormattedString> {
  const { ops } = ctx.texts
  const [vitals, today, stalest] = await Promise.all([
    readVitals(ctx.db, ctx.now),
    readToday(ctx.db, ctx.now),
    readStalest(ctx.db, MOST_PROVINCES),
  ])
  const when = (at: number) => ago(ctx.texts, at, ctx.now)
  const { pausedSince, lastGoodRoundAt, lastTickAt, databaseBytes } = vitals
  const since = [vitals.alertSince, vitals.dueSince, vitals.heldDueSince].filter((at) => at !== null)
  const riddles = riddlesIn(vitals, ctx.now).map(({ step }) => step)
  const lag = since.length === 0 ? 0 : Math.floor(Math.max(0, ctx.now - Math.min(...since)) / SECOND)
  return lines(
    FormattedString.bold(ops.serviceTitle),
    ops.sessions(vitals.goodSessions, vitals.deadSessions),
    pausedSince !== null && ops.pausedSince(when(pausedSince)),
    lastTickAt !== null && ops.lastTick(when(lastTickAt)),
    lastGoodRoundAt === null ? ops.noRound : ops.lastRound(when(lastGoodRoundAt)),
    lag === 0 ? ops.noLag : ops.lag(lag),
    ops.queue(vitals.queued, vitals.claimed, vitals.held),
    ops.today(today.sent, today.failed, today.expired),
    ops.letters(vitals.deadLetters),
    riddles.length > 0 && ops.markup(riddles.join(', ')),
    databaseBytes !== null && ops.database((databaseBytes / 1e6).toFixed(1)),
    stalest.length > 0 && ops.stalestTitle,
    ...stalest.map(({ code, lastReadAt }) =>
      ops.reading(
        `${provinceName(code)} (${code})`,
        lastReadAt === null ? ctx.texts.passport.neverRead : when(lastReadAt),
      ),
    ),
  )
}

async function show(ctx: BotContext): Promise<void> {
  const { ops } = ctx.texts
  await ctx.show(
    ctx.view(await serviceText(ctx), [
      [button(ops.seeSessions, 'portal-sessions'), button(ops.seeLetters, 'letters')],
      ...dashboardButton(ctx),
      [button(ops.refresh, 'service'), homeButton(ctx)],
    ]),
  )
}

const handler = operatorsOnly(privateOnly(costly(COST, show)))

/** /stato_admin: sessions, readings, delay, queue, today's figures, dead letters, room in the database; the dashboard. */
export const service: Feature = {
  commands: { stato_admin: handler, service: handler, dashboard: handler },
  buttons: { service: handler },
}

import { Composer } from 'grammy'
import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import { homeButton, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { operatorsOnly, privateOnly } from '../guards.ts'
import { rateLimit } from '../rate-limit.ts'
import { serviceText } from './service-text.ts'

/** Costs this many seconds of a chat's minute: today's deliveries are counted one by one. */
const COST = 3

/** The way into the dashboard; Telegram takes it over HTTPS only. */
function dashboardButton(ctx: BotContext): InlineKeyboardButton[][] {
  const { PUBLIC_URL: origin } = ctx.deps.settings
  if (!origin?.startsWith('https://')) return []
  return [[{ text: ctx.texts.service.dashboard, web_app: { url: `${origin}/app?to=admin` } }]]
}

async function show(ctx: BotContext): Promise<void> {
  const texts = ctx.texts.service
  await ctx.show(
    ctx.view(await serviceText(ctx), [
      [button(texts.seeSessions, 'portal-sessions'), button(texts.seeLetters, 'letters')],
      ...dashboardButton(ctx),
      [button(texts.refresh, 'service'), homeButton(ctx)],
    ]),
  )
}

/** /stato_admin: sessions, readings, delay, queue, today's figures, dead letters, size of the database; the dashboard. */
export const service = new Composer<BotContext>()
service.command(['stato_admin', 'service', 'dashboard'], operatorsOnly, privateOnly, rateLimit(COST), show)
service.callbackQuery(pressed('service'), operatorsOnly, privateOnly, rateLimit(COST), show)

import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../delivery/button-data.ts'
import { lines } from '../delivery/message.ts'
import { expiredFilterButtons, filterExpired } from '../passport/follow/expired-filters.ts'
import { filterWords } from '../passport/follow/filter-words.ts'
import { readFollowStatus } from '../passport/follow/follow-status.ts'
import { romeDate, romeTime } from '../platform/time.ts'
import { homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { unmuteRows } from './muting.ts'
import { serviceText } from './operator/service-text.ts'
import { provinceLines } from './province-status.ts'
import { sayTooMany, takeTokens } from './rate-limit.ts'

/** Operators also get the state of the service, with a button for more. */
const serviceRow = (ctx: BotContext) =>
  ctx.isAdminHere ? [button(ctx.texts.service.seeService, 'service')] : []

/** Shows when each followed province was read, what is open, and how many alerts came. */
export async function showStatus(ctx: BotContext): Promise<void> {
  const { passport, dates } = ctx.texts
  const [{ pausedSince, provinces }, service] = await Promise.all([
    readFollowStatus(ctx.db, ctx.chatRow.id, ctx.now),
    ctx.isAdminHere ? serviceText(ctx) : null,
  ])
  const below = service ? ['', service] : []
  const { onlyBefore } = ctx.chatRow
  const expired =
    onlyBefore !== null && filterExpired(ctx.chatRow, romeDate(ctx.now)) ? dates.full(onlyBefore) : null
  const paused =
    pausedSince !== null && passport.statusPaused(dates.full(romeDate(pausedSince)), romeTime(pausedSince))
  if (provinces.length === 0) {
    return ctx.show(
      ctx.view(lines(passport.statusNone, paused, ...below), [
        [button(passport.add, 'regions')],
        serviceRow(ctx),
        [homeButton(ctx)],
      ]),
    )
  }
  await ctx.show(
    ctx.view(
      lines(
        FormattedString.bold(passport.statusTitle),
        paused,
        expired !== null && ctx.texts.alerts.filterExpired(expired),
        ...provinces.map((province) => provinceLines(ctx.texts, ctx.chatRow, province, ctx.now)),
        ...below,
      ),
      [
        ...(expired === null ? [] : expiredFilterButtons(ctx.texts)),
        ...(provinces.some(({ code }) => filterWords(ctx.texts, ctx.chatRow, code) !== '')
          ? [[button(passport.changeFilters, 'settings')]]
          : []),
        ...unmuteRows(ctx, 'status'),
        [button(passport.refresh, 'status'), button(passport.mine, 'mine')],
        [button(ctx.texts.why.open, 'why')],
        ...(ctx.maySportHere ? [[button(ctx.texts.sportMenu.sportRequests, 'sp-actions')]] : []),
        serviceRow(ctx),
        [homeButton(ctx)],
      ],
    ),
  )
}

/** Seconds that it takes from the person's rate limit. */
const COST = 3

/** The same, as far as the person's rate limit allows it. */
export const askStatus = async (ctx: BotContext): Promise<void> =>
  (await takeTokens(ctx, COST)) ? showStatus(ctx) : sayTooMany(ctx)

/** /stato: the followed provinces; for operators the service too. */
export const status = new Composer<BotContext>()
status.command('stato', askStatus)
status.callbackQuery(pressed('status'), askStatus)

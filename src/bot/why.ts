import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../delivery/button-data.ts'
import { lines, type Text } from '../delivery/message.ts'
import { isReconstructed, missesNotices, openingWords } from '../passport/alerts/opening-words.ts'
import { type RecentOpening, readRecentOpenings } from '../passport/alerts/recent-openings.ts'
import { alertObstacles } from '../passport/follow/alert-obstacles.ts'
import { readFollowStatus } from '../passport/follow/follow-status.ts'
import { backTo, homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { unmuteRows } from './muting.ts'
import { sayTooMany, takeTokens } from './rate-limit.ts'

/** Seconds that it takes from the person's rate limit. */
const COST = 3

/** The last slots that were seen, and what became of each for this chat. */
function openingLines(ctx: BotContext, openings: readonly RecentOpening[]): Text[] {
  const { why, early } = ctx.texts
  if (openings.length === 0) return ['', why.recentNone]
  return [
    '',
    FormattedString.bold(why.recent),
    ...openings.flatMap((opening) => {
      const words = openingWords(ctx.texts, ctx.chatRow, opening, ctx.now)
      return [
        FormattedString.join(['\n', FormattedString.bold(words.where), `, ${words.seen}`]),
        ...(words.notice === null ? [] : [words.notice]),
        ...words.lines.map(({ mark, slots, outcome }) => `${mark} ${slots}: ${outcome}`),
      ]
    }),
    ...(missesNotices(ctx.chatRow, openings) ? ['', early.hint] : []),
    ...(isReconstructed(openings) ? ['', FormattedString.italic(why.presentChoices)] : []),
  ]
}

/** "Why do I get no alerts?": what prevents or delays them, what became of the last slots, and buttons to change that. */
export async function showWhy(ctx: BotContext): Promise<void> {
  if (!(await takeTokens(ctx, COST))) return sayTooMany(ctx)
  const { passport, why, common, settings } = ctx.texts
  const [status, openings] = await Promise.all([
    readFollowStatus(ctx.db, ctx.chatRow.id, ctx.now),
    readRecentOpenings(ctx.db, ctx.chatRow, ctx.now),
  ])
  const found = alertObstacles(ctx.texts, ctx.chatRow, status, ctx.now)
  const follows = status.provinces.length > 0
  await ctx.show(
    ctx.view(
      lines(
        FormattedString.bold(why.title),
        '',
        ...(follows ? (found.length > 0 ? found : [why.fine]) : [passport.statusNone]),
        ...(follows ? openingLines(ctx, openings) : []),
      ),
      [
        ...unmuteRows(ctx, 'why'),
        follows
          ? [button(common.settings, 'settings'), button(common.status, 'status')]
          : [button(passport.add, 'regions')],
        ...(follows ? [[button(settings.example, 'example')]] : []),
        [backTo(ctx, 'help'), homeButton(ctx)],
      ],
    ),
  )
}

/** /perche: why alerts do not come, and what became of the last slots. */
export const why = new Composer<BotContext>()
why.command(['perche', 'why'], showWhy)
why.callbackQuery(pressed('why'), showWhy)

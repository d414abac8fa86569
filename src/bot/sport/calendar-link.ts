import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { feedPath } from '../../sport/ical.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { requestKey } from './own-student.ts'
import { page, withAnswer } from './sport-screen.ts'

/** Shows the address, or offers to make one. */
async function show(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  if (!ctx.deps.settings.PUBLIC_URL) return page(ctx, texts.feedNoAddress, [], ['sp-mine'])
  await withAnswer(
    ctx,
    (student) => student.account(),
    async (account) => {
      if (account.hasFeed) return showAddress(ctx)
      await page(ctx, texts.feedOffer, [[button(texts.feedCreate, 'sp-feed-new')]], ['sp-mine'])
    },
  )
}

async function showAddress(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const { PUBLIC_URL: origin } = ctx.deps.settings
  const userId = ctx.userId
  if (!origin || userId === undefined) return show(ctx)
  await withAnswer(
    ctx,
    (student) => student.feedToken(),
    (token) =>
      page(
        ctx,
        lines(texts.feedHere, FormattedString.code(`${origin}${feedPath(userId, token)}`), '', texts.feedHow),
        [[button(texts.feedRevoke, 'sp-feed-off')]],
        ['sp-mine'],
      ),
  )
}

const revoke = (ctx: BotContext): Promise<void> =>
  withAnswer(
    ctx,
    (student) => student.revokeFeed(requestKey(ctx)),
    () => page(ctx, ctx.texts.sportMenu.feedRevoked, [], ['sp-mine']),
  )

/** The private calendar feed: made, shown, revoked. */
export const feed = new Composer<BotContext>()
feed.callbackQuery(pressed('sp-feed'), show)
feed.callbackQuery(pressed('sp-feed-new'), showAddress)
feed.callbackQuery(pressed('sp-feed-off'), revoke)

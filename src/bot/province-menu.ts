import { Composer } from 'grammy'
import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines } from '../delivery/message.ts'
import { bookRow } from '../passport/alerts/alert-message.ts'
import { alternativeButtons } from '../passport/alerts/alternatives.ts'
import {
  BOOKED,
  IN_PLACE,
  MUTE,
  muteAgainButton,
  UNMUTE,
  unmuteButton,
} from '../passport/alerts/mute-buttons.ts'
import { endOfDay, mute } from '../passport/follow/follow.ts'
import { readFollowStatus } from '../passport/follow/follow-status.ts'
import { readForecastWords } from '../passport/history/forecast-words.ts'
import { type Province, provinceByCode, provinceName } from '../passport/provinces/provinces.ts'
import { romeDate, romeTime } from '../platform/time.ts'
import { backTo, homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'
import { mineView } from './mine-view.ts'
import { FROM, muteToggle } from './muting.ts'
import { provinceLines } from './province-status.ts'
import { sayTooMany, takeTokens } from './rate-limit.ts'
import { showStatus } from './status.ts'
import { showWhy } from './why.ts'

/** Seconds that reading one province takes from the person's rate limit. */
const COST = 2

/** The chat's row about a province; undefined: not followed. */
export const followOf = (ctx: BotContext, code: string) =>
  ctx.follows.find((follow) => follow.province === code)

/** A followed province: what is open there now, and what can be done about it. @param above first lines */
async function provinceView(ctx: BotContext, code: string, above: readonly string[]): Promise<Message> {
  const { passport, common, dates, booked } = ctx.texts
  const { pausedSince, provinces } = await readFollowStatus(ctx.db, ctx.chatRow.id, ctx.now, code)
  const [status] = provinces
  const { bookedDate = null } = status ?? {}
  const forecast =
    bookedDate === '' ? null : await readForecastWords(ctx.db, { ...ctx.chatRow, bookedDate }, code, ctx.now)
  const follow = followOf(ctx, code)
  if (!status || !follow) return mineView(ctx, 0, passport.notFollowed(provinceName(code)))
  return ctx.view(
    lines(
      ...above,
      passport.confirmFollowed,
      pausedSince !== null && passport.statusPaused(dates.full(romeDate(pausedSince)), romeTime(pausedSince)),
      provinceLines(ctx.texts, ctx.chatRow, status, ctx.now),
      ...(forecast === null ? [] : ['', ...forecast]),
      ...(status.isDry ? ['', ctx.texts.alternatives.post, '', ctx.texts.alternatives.agenda] : []),
    ),
    [
      status.isDry ? alternativeButtons(ctx.texts, ctx.deps.settings.PORTAL_ORIGIN) : [],
      ...(status.open.length > 0 ? [bookRow(passport.book, ctx.deps.settings.PORTAL_ORIGIN)] : []),
      follow.bookedDate === null
        ? [button(passport.refresh, 'ask', code), muteToggle(ctx, follow, 'province')]
        : [button(booked.again, 'booked-off', code)],
      ...(follow.bookedDate ? [[button(booked.change, 'booked-type', code)]] : []),
      ...(follow.bookedDate === null ? [[button(booked.button, BOOKED, code)]] : []),
      [button(common.settings, 'settings'), button(passport.removeShort, 'drop-ask', code)],
      [backTo(ctx, 'mine'), homeButton(ctx)],
    ],
  )
}

/** Shows a followed province, as far as the person's rate limit allows it. @param above first lines */
export async function showFollowed(
  ctx: BotContext,
  { code }: Province,
  above: readonly string[] = [],
): Promise<void> {
  if (!(await takeTokens(ctx, COST))) return sayTooMany(ctx)
  await ctx.show(await provinceView(ctx, code, above))
}

async function askToDrop(ctx: BotContext): Promise<void> {
  const { passport, common } = ctx.texts
  const province = provinceByCode(ctx.args[0] ?? '')
  if (!province || !followOf(ctx, province.code)) return ctx.show(mineView(ctx))
  await ctx.show(
    ctx.view(passport.removeAsk(province.name), [
      [button(passport.removeYes, 'drop', province.code), button(common.back, 'ask', province.code)],
    ]),
  )
}

/**
 * Mutes a province until `until` (epoch ms), or unmutes it (null), then shows again the view that the button was in; below an
 * alert, it answers with a new message.
 */
async function setMuted(ctx: BotContext, code: string, until: number | null): Promise<void> {
  const { passport } = ctx.texts
  const name = provinceName(code)
  const follow = followOf(ctx, code)
  if (!follow) {
    ctx.toast(passport.notFollowed(name))
    return
  }
  await ctx.commit([mute(ctx.chatRow.id, code, until)])
  follow.mutedUntil = until
  const said = until === null ? passport.unmuted(name) : passport.muted(name)
  const from = ctx.args[1]
  if (Object.values(FROM).some((view) => view === from)) ctx.toast(said)
  if (from === FROM.mine) return ctx.show(mineView(ctx))
  if (from === FROM.status) return showStatus(ctx)
  if (from === FROM.why) return showWhy(ctx)
  if (from === FROM.province) return ctx.show(await provinceView(ctx, code, []))
  const back = until === null ? muteAgainButton(ctx.texts, code) : unmuteButton(ctx.texts, code)
  const answer = ctx.view(said, [[back]])
  await (from === IN_PLACE ? ctx.show(answer) : ctx.say(answer))
}

/** A handler of a mute or unmute button. @param until when the mute ends (epoch ms); null: unmutes */
const muting = (until: (now: number) => number | null) => async (ctx: BotContext) => {
  const province = provinceByCode(ctx.args[0] ?? '')
  await (province ? setMuted(ctx, province.code, until(ctx.now)) : ctx.show(mineView(ctx)))
}

/** What can be done about a followed province: muting, and removing it after a question. */
export const provinceMenu = new Composer<BotContext>()
provinceMenu.callbackQuery(pressed('drop-ask'), adminsOnly, askToDrop)
provinceMenu.callbackQuery(pressed(MUTE), adminsOnly, muting(endOfDay))
provinceMenu.callbackQuery(
  pressed(UNMUTE),
  adminsOnly,
  muting(() => null),
)

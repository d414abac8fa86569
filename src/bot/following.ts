import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button, grid } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines, type Text } from '../delivery/message.ts'
import { type FollowPlan, planFollow, unfollow, unfollowAll } from '../passport/follow/follow.ts'
import { readForecastWords } from '../passport/history/forecast-words.ts'
import {
  beginsManyTowns,
  type Place,
  provincesNamed,
  searchPlaces,
  searchProvinces,
} from '../passport/provinces/place-search.ts'
import {
  type Province,
  provinceByCode,
  provinceName,
  provincesOf,
  regions,
} from '../passport/provinces/provinces.ts'
import { backTo, homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'
import { mineView } from './mine-view.ts'
import { followOf, provinceMenu, showFollowed } from './province-menu.ts'

const follows = (ctx: BotContext, code: string) => followOf(ctx, code) !== undefined

const regionsView = (ctx: BotContext, note?: string): Message =>
  ctx.view(lines(note ?? null, ctx.texts.passport.chooseRegion), [
    ...grid(
      regions.map((region, index) => button(region, 'region', index)),
      3,
    ),
    [backTo(ctx, 'mine'), homeButton(ctx)],
  ])

const provinceButton = (ctx: BotContext, { code, name }: Province) =>
  button(follows(ctx, code) ? `✓ ${name}` : name, 'ask', code)

/** The provinces of a region. */
export const regionView = (ctx: BotContext, region: string): Message =>
  ctx.view(ctx.texts.passport.chooseProvince(region), [
    ...grid(
      provincesOf(region).map((province) => provinceButton(ctx, province)),
      3,
    ),
    [backTo(ctx, 'regions'), homeButton(ctx)],
  ])

/** Asks whether to follow a province, or shows one that is followed already. @param towns first lines */
async function ask(ctx: BotContext, province: Province, towns: readonly string[] = []): Promise<void> {
  const { passport } = ctx.texts
  const { code, name, region } = province
  if (follows(ctx, code)) return showFollowed(ctx, province, towns)
  await ctx.show(
    ctx.view(lines(...towns, passport.confirm(name, code)), [
      [button(passport.yes, 'follow', code), button(passport.again, 'regions')],
      [backTo(ctx, 'region', regions.indexOf(region)), homeButton(ctx)],
    ]),
  )
}

/** A line for each typed town, with the province whose police headquarters serves it. */
const townLines = (ctx: BotContext, places: readonly Place[]): string[] =>
  places.flatMap(({ province, town }) =>
    town === null ? [] : [ctx.texts.passport.servedBy(town, province.name)],
  )

/**
 * Offers the provinces that a typed text may mean: asks about one, lists several.
 * @param places the matches: a town is named together with its police headquarters
 */
export async function showMatches(
  ctx: BotContext,
  matches: readonly Province[],
  places: readonly Place[] = [],
): Promise<void> {
  const [only, ...others] = matches
  const towns = townLines(ctx, places)
  if (only && others.length === 0) return ask(ctx, only, towns)
  await ctx.show(
    ctx.view(lines(...towns, ctx.texts.passport.chooseMatch), [
      ...grid(
        matches.map((province) => provinceButton(ctx, province)),
        3,
      ),
      [homeButton(ctx)],
    ]),
  )
}

/** Forecasts are left out above this number of provinces: the answer would be too long. */
const MOST_FORECASTS = 3

/** The forecasts of newly followed provinces; one that nobody followed before has no history and so no forecast. */
async function forecastLines(
  ctx: BotContext,
  codes: readonly string[],
  plans: readonly FollowPlan[],
): Promise<Text[]> {
  const known = codes.filter((_, i) => plans[i]?.outcome === 'watched')
  if (known.length > MOST_FORECASTS) return []
  const forecasts = await Promise.all(
    known.map((code) => readForecastWords(ctx.db, ctx.chatRow, code, ctx.now)),
  )
  return forecasts.flatMap((words, i) => [
    '',
    ...(codes.length > 1 ? [FormattedString.bold(provinceName(known[i] ?? ''))] : []),
    ...words,
  ])
}

/** Follows provinces and reports the result of each. */
async function followAll(ctx: BotContext, codes: readonly string[]): Promise<void> {
  const { passport } = ctx.texts
  const plans = await Promise.all(
    codes.map((province) =>
      planFollow(ctx.db, {
        chatId: ctx.chatRow.id,
        province,
        threadId: ctx.threadId ?? null,
        known: followOf(ctx, province),
        now: ctx.now,
        trace: ctx.trace,
      }),
    ),
  )
  await ctx.commit(plans.flatMap((plan) => plan.statements))
  for (const [index, { outcome }] of plans.entries()) {
    const code = codes[index]
    if (code !== undefined && outcome === 'started') ctx.background('poll-now', ctx.deps.pollNow(code))
  }
  if (plans.some((plan) => plan.outcome === 'watched')) {
    ctx.background('nudge-sender', ctx.deps.nudgeSender(ctx.trace))
  }
  const forecasts = await forecastLines(ctx, codes, plans)
  await ctx.show(
    ctx.view(
      lines(
        ...plans.map((plan, index) => passport[plan.outcome](provinceName(codes[index] ?? ''))),
        plans.some((plan) => plan.pausedSince !== null) && passport.pausedNote,
        ...forecasts,
      ),
      [[button(passport.mine, 'mine'), button(passport.add, 'regions')], [homeButton(ctx)]],
    ),
  )
}

async function drop(ctx: BotContext, { code, name }: Province): Promise<void> {
  const { passport } = ctx.texts
  const followed = follows(ctx, code)
  if (followed) await ctx.commit([unfollow(ctx.chatRow.id, code)])
  ctx.follows = ctx.follows.filter((follow) => follow.province !== code)
  await ctx.show(mineView(ctx, 0, followed ? passport.removed(name) : passport.notFollowed(name)))
}

async function dropAll(ctx: BotContext): Promise<void> {
  const { passport } = ctx.texts
  const none = ctx.follows.length === 0
  if (!none) await ctx.commit([unfollowAll(ctx.chatRow.id)])
  ctx.follows = []
  await ctx.show(mineView(ctx, 0, none ? passport.nothingToRemove : passport.removedAll))
}

async function dropAllAsk(ctx: BotContext): Promise<void> {
  const { passport, common } = ctx.texts
  if (ctx.follows.length === 0) return ctx.show(mineView(ctx))
  await ctx.show(
    ctx.view(passport.removeAllAsk(ctx.follows.length), [
      [button(passport.removeAllYes, 'drop-all-yes'), button(common.back, 'mine')],
    ]),
  )
}

/** Names separated by commas or line ends. */
const namesIn = (typed: string) =>
  typed
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter(Boolean)
    .slice(0, 20)

/** Offers what a typed text means: provinces, or those of a town of that name. False: nothing. */
export async function offerMatches(ctx: BotContext, typed: string): Promise<boolean> {
  const places = searchPlaces(typed)
  if (places.length > 0) await showMatches(ctx, [...new Set(places.map(({ province }) => province))], places)
  return places.length > 0
}

/** /segui: follows clear names at once, and asks about others, mistyped ones included. */
async function followCommand(ctx: BotContext): Promise<void> {
  if (ctx.argument === '') return ctx.say(regionsView(ctx))
  const names = namesIn(ctx.argument)
  const clear = names.map(provincesNamed).flatMap((matches) => (matches.length === 1 ? matches : []))
  if (clear.length > 0 && clear.length === names.length) {
    return followAll(ctx, [...new Set(clear.map((province) => province.code))])
  }
  const places = names.flatMap(searchPlaces)
  const matches = [...new Set(places.map(({ province }) => province))]
  if (matches.length > 0) return showMatches(ctx, matches, places)
  const { noSuchProvince, wholeTown } = ctx.texts.passport
  await ctx.say(regionsView(ctx, names.some(beginsManyTowns) ? wholeTown : noSuchProvince))
}

/** /smetti: a followed province, or `tutte`. */
async function dropCommand(ctx: BotContext): Promise<void> {
  if (ctx.argument === '') return ctx.say(mineView(ctx))
  if (/^(tutt[eoi]|all)$/i.test(ctx.argument)) return dropAll(ctx)
  const matches = searchProvinces(ctx.argument)
  const followed = matches.filter((province) => follows(ctx, province.code))
  const [only] = followed.length === 1 ? followed : matches
  if (only && (followed.length === 1 || matches.length === 1)) return drop(ctx, only)
  await ctx.say(mineView(ctx, 0, matches.length === 0 ? ctx.texts.passport.noSuchProvince : undefined))
}

/** A handler that gets the province named by a button's first argument, or shows the list when there is none. */
const ofProvince =
  (handler: (ctx: BotContext, province: Province) => Promise<void>) =>
  async (ctx: BotContext): Promise<void> => {
    const province = provinceByCode(ctx.args[0] ?? '')
    await (province ? handler(ctx, province) : ctx.show(regionsView(ctx)))
  }

const mine = (ctx: BotContext) => ctx.show(mineView(ctx, Number(ctx.args[0] ?? 0) || 0))

const showRegion = async (ctx: BotContext): Promise<void> => {
  const region = regions[Number(ctx.args[0])]
  await ctx.show(region === undefined ? regionsView(ctx) : regionView(ctx, region))
}

/** Following provinces: lists, menus, commands. */
export const following = new Composer<BotContext>(provinceMenu)
following.command(['segui', 'follow'], adminsOnly, followCommand)
following.command(['smetti', 'unfollow'], adminsOnly, dropCommand)
following.command(['mie', 'mine', 'passaporto', 'passport'], mine)

following.callbackQuery(pressed('mine'), mine)
following.callbackQuery(pressed('regions'), (ctx) => ctx.show(regionsView(ctx)))
following.callbackQuery(pressed('region'), showRegion)
following.callbackQuery(
  pressed('ask'),
  ofProvince((ctx, province) => ask(ctx, province)),
)
following.callbackQuery(
  pressed('follow'),
  adminsOnly,
  ofProvince((ctx, { code }) => followAll(ctx, [code])),
)
following.callbackQuery(pressed('drop'), adminsOnly, ofProvince(drop))
following.callbackQuery(pressed('drop-all'), adminsOnly, dropAllAsk)
following.callbackQuery(pressed('drop-all-yes'), adminsOnly, dropAll)

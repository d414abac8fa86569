import { FormattedString } from '@grammyjs/parse-mode'
import { button } from '../delivery/callback.ts'
import { lines } from '../delivery/message.ts'
import { type ProvinceStatus, readFollowStatus } from '../passport/follow-status.ts'
import { provinceName } from '../passport/provinces.ts'
import { DAY, HOUR, italianDate, MINUTE, romeDate, romeTime, SECOND } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'
import { homeButton } from './buttons.ts'
import type { BotContext } from './context.ts'
import type { Feature } from './feature.ts'
import { costly } from './heavy.ts'

/** Offices listed under one province. */
const MOST_OFFICES = 8

/** What operators get under their own status. */
const serviceRow = (ctx: BotContext) =>
  ctx.isAdmin && ctx.chat.kind === 'private' ? [button(ctx.texts.ops.seeService, 'service')] : []

/** How long ago an instant was, in words. */
export function ago({ passport }: Texts, instant: number, now: number): string {
  const passed = Math.max(0, now - instant)
  if (passed < MINUTE) return passport.secondsAgo(Math.floor(passed / SECOND))
  if (passed < HOUR) return passport.minutesAgo(Math.floor(passed / MINUTE))
  if (passed < DAY) return passport.hoursAgo(Math.floor(passed / HOUR))
  return passport.daysAgo(Math.floor(passed / DAY))
}

function readLine(texts: Texts, at: number | null, now: number): string {
  if (at === null) return texts.passport.neverRead
  const when = ago(texts, at, now)
  return romeDate(at) === romeDate(now)
    ? texts.passport.readAgo(when, romeTime(at))
    : texts.passport.readOn(when, italianDate(romeDate(at)), romeTime(at))
}

const placesOf = (slots: readonly { places: number }[]) => slots.reduce((sum, slot) => sum + slot.places, 0)

function provinceLines(texts: Texts, status: ProvinceStatus, now: number): FormattedString {
  const { passport } = texts
  const slots = status.open.flatMap((office) => office.slots)
  const left = status.open.length - MOST_OFFICES
  return lines(
    '',
    FormattedString.bold(passport.statusProvince(provinceName(status.code), status.code)),
    readLine(texts, status.lastReadAt, now),
    status.blindSince !== null && passport.blindSince(romeTime(status.blindSince)),
    status.mutedUntil !== null && status.mutedUntil > now && passport.mutedUntil(romeTime(status.mutedUntil)),
    slots.length === 0 ? passport.openNothing : passport.openCount(slots.length, placesOf(slots)),
    ...status.open
      .slice(0, MOST_OFFICES)
      .map((office) =>
        passport.openOffice(
          office.name || office.code,
          placesOf(office.slots),
          italianDate(office.slots[0]?.date ?? ''),
        ),
      ),
    left > 0 && passport.moreOffices(left),
    passport.alertsThisWeek(status.alertsThisWeek),
  )
}

async function show(ctx: BotContext): Promise<void> {
  const { passport } = ctx.texts
  const { pausedSince, provinces } = await readFollowStatus(ctx.db, ctx.chat.id, ctx.now)
  const paused =
    pausedSince !== null && passport.statusPaused(italianDate(romeDate(pausedSince)), romeTime(pausedSince))
  if (provinces.length === 0) {
    return ctx.show(
      ctx.view(lines(passport.statusNone, paused), [
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
        ...provinces.map((province) => provinceLines(ctx.texts, province, ctx.now)),
      ),
      [
        [button(passport.refresh, 'status'), button(passport.mine, 'mine')],
        serviceRow(ctx),
        [homeButton(ctx)],
      ],
    ),
  )
}

/** Costs this many seconds of a chat's minute. */
const COST = 3

/** /stato: when each followed province was read, what is open, how many alerts came. */
export const status: Feature = {
  commands: { stato: costly(COST, show) },
  buttons: { status: costly(COST, show) },
  listed: ({ common: { commandList: list } }) => [['stato', list.stato]],
}

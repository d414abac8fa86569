import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import type { Chat } from '../chats/chat-row.ts'
import { button } from '../delivery/button-data.ts'
import { lines } from '../delivery/message.ts'
import { expiredFilterButtons, filterExpired } from '../passport/follow/expired-filters.ts'
import { type ProvinceStatus, readFollowStatus } from '../passport/follow/follow-status.ts'
import { chosenOffices, slotWanted } from '../passport/follow/slot-filter.ts'
import { provinceName } from '../passport/provinces/provinces.ts'
import { romeDate, romeTime } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'
import { homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { serviceText } from './operator/service-text.ts'
import { sayTooMany, takeTokens } from './rate-limit.ts'
import { ago } from './time-ago.ts'

/** Offices listed under one province. */
const MOST_OFFICES = 8

/** Operators also get the state of the service, in their private chat only, with a button for more. */
const forOperator = (ctx: BotContext) => ctx.isAdmin && ctx.chatRow.kind === 'private'
const serviceRow = (ctx: BotContext) =>
  forOperator(ctx) ? [button(ctx.texts.ops.seeService, 'service')] : []

function readLine(texts: Texts, at: number | null, now: number): string {
  if (at === null) return texts.passport.neverRead
  const when = ago(texts, at, now)
  return romeDate(at) === romeDate(now)
    ? texts.passport.readAgo(when, romeTime(at))
    : texts.passport.readOn(when, texts.dates.full(romeDate(at)), romeTime(at))
}

const placesOf = (slots: readonly { places: number }[]) => slots.reduce((sum, slot) => sum + slot.places, 0)

/** The chat's filters for a province, in words. */
function filterWords({ passport, dates }: Texts, chat: Chat, province: string): string {
  return [
    chosenOffices(chat, province).length > 0 && passport.filterOffices,
    chat.onlyBefore !== null && passport.filterBefore(dates.full(chat.onlyBefore)),
    (chat.onlyFrom !== null || chat.onlyTo !== null) &&
      passport.filterHours(chat.onlyFrom ?? '00:00', chat.onlyTo ?? '24:00'),
    chat.minPlaces > 1 && passport.filterPlaces(chat.minPlaces),
  ]
    .filter((words) => words !== false)
    .join(', ')
}

/** The open slots of a province that the chat's filters let through. */
const wantedOf = (chat: Chat, { open }: ProvinceStatus) =>
  open.flatMap((office) => office.slots.filter((slot) => slotWanted(chat, office, slot)))

/** True when the filters hide open slots: then the settings are offered. */
const hides = (chat: Chat, status: ProvinceStatus) =>
  wantedOf(chat, status).length < status.open.flatMap((office) => office.slots).length

function openLine(texts: Texts, chat: Chat, status: ProvinceStatus): string {
  const { passport } = texts
  const slots = status.open.flatMap((office) => office.slots)
  if (slots.length === 0) return passport.openNothing
  if (!hides(chat, status)) return passport.openCount(slots.length, placesOf(slots))
  const wanted = placesOf(wantedOf(chat, status))
  return passport.openFiltered(placesOf(slots), wanted, filterWords(texts, chat, status.code))
}

function provinceLines(texts: Texts, chat: Chat, status: ProvinceStatus, now: number): FormattedString {
  const { passport } = texts
  const left = status.open.length - MOST_OFFICES
  return lines(
    '',
    FormattedString.bold(passport.statusProvince(provinceName(status.code), status.code)),
    readLine(texts, status.lastReadAt, now),
    status.outageSince !== null && passport.outageSince(romeTime(status.outageSince)),
    status.mutedUntil !== null && status.mutedUntil > now && passport.mutedUntil(romeTime(status.mutedUntil)),
    openLine(texts, chat, status),
    ...status.open
      .slice(0, MOST_OFFICES)
      .map((office) =>
        passport.openOffice(
          office.name || office.code,
          placesOf(office.slots),
          texts.dates.full(office.slots[0]?.date ?? ''),
        ),
      ),
    left > 0 && passport.moreOffices(left),
    passport.alertsThisWeek(status.alertsThisWeek),
  )
}

/** Shows when each followed province was read, what is open, and how many alerts came. */
export async function showStatus(ctx: BotContext): Promise<void> {
  const { passport, dates } = ctx.texts
  const [{ pausedSince, provinces }, service] = await Promise.all([
    readFollowStatus(ctx.db, ctx.chatRow.id, ctx.now),
    forOperator(ctx) ? serviceText(ctx) : null,
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
        ...(provinces.some((province) => hides(ctx.chatRow, province))
          ? [[button(passport.changeFilters, 'settings')]]
          : []),
        [button(passport.refresh, 'status'), button(passport.mine, 'mine')],
        serviceRow(ctx),
        [homeButton(ctx)],
      ],
    ),
  )
}

/** Seconds of a person's minute. */
const COST = 3

/** The same, as far as the person's rate limit allows it. */
export const askStatus = async (ctx: BotContext): Promise<void> =>
  (await takeTokens(ctx, COST)) ? showStatus(ctx) : sayTooMany(ctx)

/** /stato: the followed provinces; for operators the service too. */
export const status = new Composer<BotContext>()
status.command('stato', askStatus)
status.callbackQuery(pressed('status'), askStatus)

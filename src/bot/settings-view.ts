import type { InlineKeyboardButton } from 'grammy/types'
import { AWAIT_NOTHING, awaitInput } from '../chats/awaited-input.ts'
import type { Chat } from '../chats/chat-row.ts'
import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines, type Text } from '../delivery/message.ts'
import { filterExpired } from '../passport/follow/expired-filters.ts'
import { type TimeWindow, windowsOf } from '../passport/follow/time-windows.ts'
import { previewWords, readPreview } from '../passport/history/preview.ts'
import { type RomeDate, romeDate } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'
import { backTo, homeButton } from './buttons.ts'
import type { BotContext } from './context.ts'

const windowLabel = ([from, to]: TimeWindow) => `${from}–${to}`

/** The limits of dates, on their button. */
function datesLabel({ settings, filters, dates }: Texts, chat: Chat, today: RomeDate): string {
  const from = chat.onlyFromDay === null ? null : dates.full(chat.onlyFromDay)
  if (chat.onlyBefore === null) return from === null ? settings.beforeOff : filters.fromDay.on(from)
  const before = dates.full(chat.onlyBefore)
  if (filterExpired(chat, today)) return settings.beforeExpired(before)
  return from === null ? settings.beforeOn(before) : filters.fromDay.between(from, before)
}

/** How many places somebody needs: at one time, or on one day. */
function placesLabel({ settings, filters }: Texts, { minPlaces, minDayPlaces }: Chat): string {
  if (minDayPlaces > 1) return filters.dayPlaces.on(minDayPlaces)
  return minPlaces > 1 ? settings.placesFrom(minPlaces) : settings.placesAny
}

/** One line for each preference, with its present value. */
function labels(texts: Texts, chat: Chat, today: RomeDate) {
  const { settings, filters, early } = texts
  const windows = windowsOf(chat)
  return {
    language: settings.language(settings.languageName),
    quiet:
      chat.quietFrom !== null && chat.quietTo !== null
        ? settings.quietOn(
            chat.quietFrom,
            chat.quietTo,
            chat.quietMode === 'digest' ? settings.quietOnDigest : settings.quietOnSilent,
          )
        : settings.quietOff,
    offices: chat.onlyOffices?.length ? settings.officesSome(chat.onlyOffices.length) : settings.officesAll,
    dates: datesLabel(texts, chat, today),
    weekdays: chat.onlyWeekdays?.length ? filters.weekdays.some(chat.onlyWeekdays) : filters.weekdays.all,
    hours: windows.length === 0 ? settings.hoursOff : filters.hours.on(windows.map(windowLabel).join(', ')),
    places: placesLabel(texts, chat),
    gone: chat.tellGone ? settings.goneOn : settings.goneOff,
    early: chat.earlyNotice ? early.on : early.off,
    effect: chat.alertEffect ? settings.effectOn : settings.effectOff,
  }
}

/** How many alerts the present filters would have let through; null for a chat that follows nothing. */
export const previewLine = async (ctx: BotContext): Promise<string | null> =>
  previewWords(ctx.texts, await readPreview(ctx.db, ctx.chatRow, ctx.follows, ctx.now))

/** All preferences of the chat. @param note first line */
export async function settingsView(ctx: BotContext, note?: string): Promise<Message> {
  const label = labels(ctx.texts, ctx.chatRow, romeDate(ctx.now))
  return ctx.view(lines(note ?? null, ctx.texts.settings.title, await previewLine(ctx)), [
    [button(label.language, 'lang')],
    [button(label.quiet, 'quiet')],
    [button(label.offices, 'offices')],
    [button(label.dates, 'before')],
    [button(label.weekdays, 'weekdays')],
    [button(label.hours, 'hours')],
    [button(label.places, 'places')],
    [button(label.early, 'early')],
    [button(label.gone, 'gone')],
    ctx.chatRow.kind === 'private' ? [button(label.effect, 'effect')] : [],
    [button(ctx.texts.settings.example, 'example')],
    [homeButton(ctx)],
  ])
}

/** A question about one preference, with its choices. */
export const question = (ctx: BotContext, text: Text, rows: InlineKeyboardButton[][]): Message =>
  ctx.view(text, [...rows, [backTo(ctx, 'settings'), homeButton(ctx)]])

/** A question about a filter: under it, what the present filters would have let through. */
export const filterQuestion = async (
  ctx: BotContext,
  text: string,
  rows: InlineKeyboardButton[][],
): Promise<Message> => question(ctx, lines(text, await previewLine(ctx)), rows)

/** Saves a choice, then shows the settings with it. @param said for a typed answer: how it was understood */
export async function save(
  ctx: BotContext,
  patch: Partial<Omit<Chat, 'id'>>,
  said: string = ctx.texts.settings.saved,
): Promise<void> {
  ctx.prefer({ ...patch, ...AWAIT_NOTHING })
  await ctx.commit()
  ctx.toast(ctx.texts.settings.saved)
  await ctx.show(await settingsView(ctx, ctx.callbackQuery === undefined ? said : undefined))
}

const cancelRow = (ctx: BotContext) => [[button(ctx.texts.common.cancel, 'settings')]]

/** Says what is wrong with a typed answer; the question stays open for the next message. */
export const askAgain = (ctx: BotContext, text: string): Promise<void> =>
  ctx.say(ctx.view(text, cancelRow(ctx)))

/** A handler that asks for a typed answer. @param question its name, then its arguments */
export const asking =
  (question: readonly [name: string, ...args: string[]], text: (ctx: BotContext) => string) =>
  async (ctx: BotContext): Promise<void> => {
    ctx.prefer(awaitInput(...question))
    await ctx.commit()
    await ctx.show(ctx.view(text(ctx), cancelRow(ctx)))
  }

import { Composer } from 'grammy'
import { button, grid } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { windowWords } from '../passport/follow/filter-words.ts'
import { checkDayBefore } from '../passport/follow/preferences-patch.ts'
import {
  END_OF_DAY,
  MOST_WINDOWS,
  storeWindows,
  type TimeWindow,
  windowsOf,
} from '../passport/follow/time-windows.ts'
import { addDays, romeDate } from '../platform/time.ts'
import { answers, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'
import { officeSettings } from './settings-offices.ts'
import { askAgain, asking, filterQuestion, save } from './settings-view.ts'
import { readDayBefore, readFirstDay, readWindows } from './typed.ts'

const WEEK = [1, 2, 3, 4, 5, 6, 7]

function datesView(ctx: BotContext): Promise<Message> {
  const { settings, filters } = ctx.texts
  const { onlyBefore, onlyFromDay } = ctx.chatRow
  return filterQuestion(ctx, settings.beforeAsk, [
    [30, 60, 90].map((days) => button(settings.beforeDays(days), 'set-before', days)),
    [
      button(settings.beforeType, 'type-before'),
      ...(onlyBefore === null ? [] : [button(settings.turnOff, 'set-before', 'off')]),
    ],
    [
      button(filters.fromDay.type, 'type-from-day'),
      ...(onlyFromDay === null ? [] : [button(filters.fromDay.off, 'set-from-day', 'off')]),
    ],
  ])
}

async function setBefore(ctx: BotContext): Promise<void> {
  const [choice] = ctx.args
  if (choice === 'off') return save(ctx, { onlyBefore: null })
  const days = Number(choice)
  if (!Number.isInteger(days) || days < 1 || days > 366) return ctx.show(await datesView(ctx))
  const onlyBefore = addDays(romeDate(ctx.now), days + 1)
  // A first day that is not before the new limit would let no slot pass: it is removed.
  const { onlyFromDay } = ctx.chatRow
  const isEmpty = onlyFromDay !== null && onlyFromDay >= onlyBefore
  await save(ctx, { onlyBefore, ...(isEmpty && { onlyFromDay: null }) })
}

async function typedBefore(ctx: BotContext): Promise<void> {
  const { settings, filters, dates } = ctx.texts
  const today = romeDate(ctx.now)
  const date = readDayBefore(ctx.text, today)
  if (date === null) return askAgain(ctx, settings.beforeWrong)
  const standing = checkDayBefore(date, today)
  if (standing === 'past') return askAgain(ctx, settings.beforePast)
  if (standing === 'far') return askAgain(ctx, settings.beforeFar)
  const { onlyFromDay } = ctx.chatRow
  if (onlyFromDay !== null && onlyFromDay >= date) {
    return askAgain(ctx, filters.fromDay.beforeFirst(dates.full(onlyFromDay)))
  }
  await save(ctx, { onlyBefore: date }, settings.beforeSaved(dates.full(date)))
}

async function setFromDay(ctx: BotContext): Promise<void> {
  if (ctx.args[0] === 'off') return save(ctx, { onlyFromDay: null })
  await ctx.show(await datesView(ctx))
}

async function typedFromDay(ctx: BotContext): Promise<void> {
  const { settings, filters, dates } = ctx.texts
  const today = romeDate(ctx.now)
  const date = readFirstDay(ctx.text, today)
  if (date === null) return askAgain(ctx, settings.beforeWrong)
  const standing = checkDayBefore(date, today)
  if (standing === 'past') return askAgain(ctx, settings.beforePast)
  if (standing === 'far') return askAgain(ctx, settings.beforeFar)
  const { onlyBefore } = ctx.chatRow
  if (onlyBefore !== null && date >= onlyBefore) {
    return askAgain(ctx, filters.fromDay.afterLimit(dates.full(onlyBefore)))
  }
  await save(ctx, { onlyFromDay: date }, filters.fromDay.saved(dates.full(date)))
}

/** The days of the week, chosen ones ticked. A button says which day and whether it is wanted, so that quick presses add up. */
function weekdaysView(ctx: BotContext): Promise<Message> {
  const { weekdays: texts } = ctx.texts.filters
  const chosen = ctx.chatRow.onlyWeekdays ?? []
  return filterQuestion(ctx, texts.ask, [
    ...grid(
      WEEK.map((day) =>
        button(
          `${chosen.includes(day) ? '✅' : '▫️'} ${texts.day(day)}`,
          'set-weekdays',
          day,
          chosen.includes(day) ? 0 : 1,
        ),
      ),
      2,
    ),
    [button(texts.working, 'set-weekdays', '12345'), button(texts.weekend, 'set-weekdays', '67')],
    ...(chosen.length === 0 ? [] : [[button(texts.every, 'set-weekdays', 'off')]]),
  ])
}

/** `set-weekdays:3:1`: a day, wanted or not. `set-weekdays:67`: exactly these days. */
async function setWeekdays(ctx: BotContext): Promise<void> {
  const [choice = '', wanted] = ctx.args
  const named = WEEK.filter((day) => choice.includes(String(day)))
  const others = (ctx.chatRow.onlyWeekdays ?? []).filter((day) => !named.includes(day))
  const days = wanted === undefined ? named : wanted === '1' ? [...others, ...named].sort() : others
  if (choice === 'off' || named.length > 0) {
    ctx.prefer({ onlyWeekdays: days.length % WEEK.length === 0 ? null : days })
    await ctx.commit()
    ctx.toast(ctx.texts.settings.saved)
  }
  await ctx.show(await weekdaysView(ctx))
}

function hoursView(ctx: BotContext): Promise<Message> {
  const { settings, filters } = ctx.texts
  const windows = windowsOf(ctx.chatRow)
  const mayAdd = windows.length > 0 && windows.length < MOST_WINDOWS
  return filterQuestion(ctx, settings.hoursAsk, [
    [button(settings.hoursMorning, 'set-hours', 'am'), button(settings.hoursAfternoon, 'set-hours', 'pm')],
    [
      button(settings.hoursType, 'type-hours'),
      ...(windows.length > 0 ? [button(settings.turnOff, 'set-hours', 'off')] : []),
    ],
    ...(mayAdd ? [[button(filters.hours.add, 'add-hours')]] : []),
  ])
}

const presets: Record<string, TimeWindow[]> = {
  off: [],
  am: [['00:00', '13:00']],
  pm: [['13:00', END_OF_DAY]],
}

async function setHours(ctx: BotContext): Promise<void> {
  const windows = presets[ctx.args[0] ?? '']
  await (windows ? save(ctx, storeWindows(windows)) : ctx.show(await hoursView(ctx)))
}

/** Replaces the time windows with the typed ones or, after `add-hours`, adds these. */
async function typedHours(ctx: BotContext): Promise<void> {
  const { filters, settings } = ctx.texts
  const typed = readWindows(ctx.text)
  if (!typed.ok) {
    const { unclear } = typed
    return askAgain(ctx, unclear ? settings.timesUnclear(unclear.from, unclear.to) : filters.hours.wrong)
  }
  const before = ctx.args[0] === 'add' ? windowsOf(ctx.chatRow) : []
  const stored = storeWindows([...before, ...typed.windows])
  const windows = windowsOf(stored)
  if (windows.length > MOST_WINDOWS) return askAgain(ctx, filters.hours.tooMany(MOST_WINDOWS))
  await save(ctx, stored, filters.hours.saved(windowWords(ctx.texts, windows)))
}

function placesView(ctx: BotContext): Promise<Message> {
  const { settings, filters } = ctx.texts
  const { minPlaces, minDayPlaces } = ctx.chatRow
  const atOneTime = minDayPlaces > 1 ? 0 : minPlaces
  const ofDay = minDayPlaces > 1 ? filters.dayPlaces.chosen(minDayPlaces) : filters.dayPlaces.choose
  return filterQuestion(ctx, settings.placesAsk, [
    [1, 2, 3, 4, 5, 6].map((count) =>
      button(`${atOneTime === count ? '✅ ' : ''}${count}`, 'set-places', count),
    ),
    [button(ofDay, 'day-places')],
  ])
}

const isCount = (count: number, least: number) => Number.isInteger(count) && count >= least && count <= 99

async function setPlaces(ctx: BotContext): Promise<void> {
  const count = Number(ctx.args[0])
  if (!isCount(count, 1)) return ctx.show(await placesView(ctx))
  await save(ctx, { minPlaces: count, minDayPlaces: 1 })
}

const dayPlacesView = (ctx: BotContext): Promise<Message> =>
  filterQuestion(ctx, ctx.texts.filters.dayPlaces.ask, [
    [2, 3, 4, 5, 6].map((count) =>
      button(`${ctx.chatRow.minDayPlaces === count ? '✅ ' : ''}${count}`, 'set-day-places', count),
    ),
    [button(ctx.texts.filters.dayPlaces.atOneTime, 'places')],
  ])

async function setDayPlaces(ctx: BotContext): Promise<void> {
  const count = Number(ctx.args[0])
  if (!isCount(count, 2)) return ctx.show(await dayPlacesView(ctx))
  await save(ctx, { minPlaces: 1, minDayPlaces: count })
}

/** The part of the settings that says of which slots the chat gets alerts. */
export const filterSettings = new Composer<BotContext>(officeSettings)
filterSettings.callbackQuery(pressed('before'), async (ctx) => ctx.show(await datesView(ctx)))
filterSettings.callbackQuery(pressed('set-before'), adminsOnly, setBefore)
filterSettings.callbackQuery(
  pressed('type-before'),
  adminsOnly,
  asking(['only-before'], ({ texts }) => texts.settings.beforeTyped),
)
filterSettings.callbackQuery(pressed('set-from-day'), adminsOnly, setFromDay)
filterSettings.callbackQuery(
  pressed('type-from-day'),
  adminsOnly,
  asking(['only-from-day'], ({ texts }) => texts.filters.fromDay.typed),
)
filterSettings.callbackQuery(pressed('weekdays'), async (ctx) => ctx.show(await weekdaysView(ctx)))
filterSettings.callbackQuery(pressed('set-weekdays'), adminsOnly, setWeekdays)
filterSettings.callbackQuery(pressed('hours'), async (ctx) => ctx.show(await hoursView(ctx)))
filterSettings.callbackQuery(pressed('set-hours'), adminsOnly, setHours)
filterSettings.callbackQuery(
  pressed('type-hours'),
  adminsOnly,
  asking(['only-hours'], ({ texts }) => texts.filters.hours.typed),
)
filterSettings.callbackQuery(
  pressed('add-hours'),
  adminsOnly,
  asking(['only-hours', 'add'], (ctx) =>
    ctx.texts.filters.hours.addTyped(windowWords(ctx.texts, windowsOf(ctx.chatRow))),
  ),
)
filterSettings.callbackQuery(pressed('places'), async (ctx) => ctx.show(await placesView(ctx)))
filterSettings.callbackQuery(pressed('set-places'), adminsOnly, setPlaces)
filterSettings.callbackQuery(pressed('day-places'), async (ctx) => ctx.show(await dayPlacesView(ctx)))
filterSettings.callbackQuery(pressed('set-day-places'), adminsOnly, setDayPlaces)

/** Typed answers to the questions above. */
export const filterAnswers = new Composer<BotContext>()
filterAnswers.filter(answers('only-before'), typedBefore)
filterAnswers.filter(answers('only-from-day'), typedFromDay)
filterAnswers.filter(answers('only-hours'), typedHours)

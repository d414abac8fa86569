import { Composer } from 'grammy'
import type { InlineKeyboardButton } from 'grammy/types'
import { AWAIT_NOTHING, awaitInput } from '../chats/awaited-input.ts'
import type { Chat } from '../chats/chat-row.ts'
import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines, type Text } from '../delivery/message.ts'
import { enqueue } from '../delivery/outbox.ts'
import { exampleAlert, exampleAnnounced } from '../passport/alerts/example-alert.ts'
import { filterExpired } from '../passport/follow/expired-filters.ts'
import { checkDayBefore } from '../passport/follow/preferences-patch.ts'
import { addDays, isRomeTime, type RomeDate, romeDate } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'
import { textsIn } from '../texts/index.ts'
import { answers, backTo, homeButton, pressed } from './buttons.ts'
import { listCommands } from './command-list.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'
import { mainMenu } from './main-menu.ts'
import { officeSettings } from './settings-offices.ts'
import { readDayBefore, readTimes } from './typed.ts'

/** The end of the day, as a time later than any slot. */
const MIDNIGHT = '24:00'
const quietPresets = [
  ['22:00', '07:00'],
  ['23:00', '08:00'],
  ['00:00', '07:00'],
] as const

/** One line for each preference, with its present value. */
function labels({ settings, dates }: Texts, chat: Chat, today: RomeDate) {
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
    before:
      chat.onlyBefore === null
        ? settings.beforeOff
        : (filterExpired(chat, today) ? settings.beforeExpired : settings.beforeOn)(
            dates.full(chat.onlyBefore),
          ),
    hours:
      chat.onlyFrom === null && chat.onlyTo === null
        ? settings.hoursOff
        : settings.hoursOn(chat.onlyFrom ?? '00:00', chat.onlyTo ?? MIDNIGHT),
    places: chat.minPlaces > 1 ? settings.placesFrom(chat.minPlaces) : settings.placesAny,
    gone: chat.tellGone ? settings.goneOn : settings.goneOff,
  }
}

function settingsView(ctx: BotContext, note?: string): Message {
  const label = labels(ctx.texts, ctx.chatRow, romeDate(ctx.now))
  return ctx.view(lines(note ?? null, ctx.texts.settings.title), [
    [button(label.language, 'lang')],
    [button(label.quiet, 'quiet')],
    [button(label.offices, 'offices')],
    [button(label.before, 'before')],
    [button(label.hours, 'hours')],
    [button(label.places, 'places')],
    [button(label.gone, 'gone')],
    [button(ctx.texts.settings.example, 'example')],
    [homeButton(ctx)],
  ])
}

/** A question about one preference, with its choices. */
const question = (ctx: BotContext, text: Text, rows: InlineKeyboardButton[][]): Message =>
  ctx.view(text, [...rows, [backTo(ctx, 'settings'), homeButton(ctx)]])

/** Saves a choice, then shows the settings with it. @param said for a typed answer: how it was understood */
async function save(
  ctx: BotContext,
  patch: Partial<Omit<Chat, 'id'>>,
  said: string = ctx.texts.settings.saved,
): Promise<void> {
  ctx.prefer({ ...patch, ...AWAIT_NOTHING })
  await ctx.commit()
  ctx.toast(ctx.texts.settings.saved)
  await ctx.show(settingsView(ctx, ctx.callbackQuery === undefined ? said : undefined))
}

/** Asks for a typed answer. @param question its name */
async function ask(ctx: BotContext, question: string, text: string): Promise<void> {
  ctx.prefer(awaitInput(question))
  await ctx.commit()
  await ctx.show(ctx.view(text, [[button(ctx.texts.common.cancel, 'settings')]]))
}

/** Says what is wrong with a typed answer; the next message is the answer still. */
const askAgain = (ctx: BotContext, text: string): Promise<void> =>
  ctx.say(ctx.view(text, [[button(ctx.texts.common.cancel, 'settings')]]))

const languageView = (ctx: BotContext): Message =>
  question(ctx, ctx.texts.settings.chooseLanguage, [
    [
      button(textsIn('it').settings.languageName, 'set-lang', 'it'),
      button(textsIn('en').settings.languageName, 'set-lang', 'en'),
    ],
  ])

async function setLanguage(ctx: BotContext, language?: string, where?: string): Promise<void> {
  if (language !== 'it' && language !== 'en') return ctx.show(languageView(ctx))
  ctx.prefer({ language })
  await ctx.commit()
  await listCommands(ctx)
  const note = ctx.texts.settings.languageSet
  await ctx.show(where === 'home' ? mainMenu(ctx, note) : settingsView(ctx, note))
}

/** /lingua en, or /lingua alone. */
async function languageCommand(ctx: BotContext): Promise<void> {
  const asked = ctx.argument.toLowerCase()
  const language = /^(it|ita|italian|italiano)$/.test(asked)
    ? 'it'
    : /^(en|eng|english|inglese)$/.test(asked)
      ? 'en'
      : undefined
  await setLanguage(ctx, language)
}

/** The hours, or, once there are some, what becomes of the alerts that come between them. @param note first line */
function quietView(ctx: BotContext, note?: string): Message {
  const { settings } = ctx.texts
  const { quietFrom, quietTo, quietMode } = ctx.chatRow
  const mark = (mode: Chat['quietMode']) => (quietMode === mode ? '✅ ' : '')
  const on = quietFrom !== null && quietTo !== null
  const hours = [
    quietPresets.map(([from, to]) =>
      button(`${from}–${to}`, 'set-quiet', from.replace(':', '.'), to.replace(':', '.')),
    ),
    [button(settings.quietType, 'type-quiet'), ...(on ? [button(settings.turnOff, 'set-quiet', 'off')] : [])],
  ]
  if (!on) return question(ctx, settings.quietAsk, hours)
  return question(ctx, lines(note ?? null, settings.quietHow(quietFrom, quietTo)), [
    [button(`${mark('silent')}${settings.quietModeSilent}`, 'quiet-mode', 'silent')],
    [button(`${mark('digest')}${settings.quietModeDigest(quietTo)}`, 'quiet-mode', 'digest')],
    ...hours,
  ])
}

/** Saves the hours, then asks what becomes of the alerts that come between them. */
async function saveQuiet(ctx: BotContext, quietFrom: string, quietTo: string): Promise<void> {
  const { settings } = ctx.texts
  ctx.prefer({ quietFrom, quietTo, ...AWAIT_NOTHING })
  await ctx.commit()
  ctx.toast(settings.saved)
  await ctx.show(quietView(ctx, settings.saved))
}

async function setQuiet(ctx: BotContext): Promise<void> {
  const [from, to] = ctx.args.map((arg) => arg.replace('.', ':'))
  if (from === 'off') return save(ctx, { quietFrom: null, quietTo: null })
  if (!from || !to || !isRomeTime(from) || !isRomeTime(to) || from === to) return ctx.show(quietView(ctx))
  await saveQuiet(ctx, from, to)
}

async function setQuietMode(ctx: BotContext): Promise<void> {
  const [mode] = ctx.args
  if (mode !== 'silent' && mode !== 'digest') return ctx.show(quietView(ctx))
  await save(ctx, { quietMode: mode })
}

async function typedQuiet(ctx: BotContext): Promise<void> {
  const times = readTimes(ctx.text)
  const { settings } = ctx.texts
  if (!times || times.from === times.to) return askAgain(ctx, settings.quietWrong)
  const { from, to, unclear } = times
  if (unclear) return askAgain(ctx, settings.timesUnclear(from, to))
  await saveQuiet(ctx, from, to)
}

function beforeView(ctx: BotContext): Message {
  const { settings } = ctx.texts
  return question(ctx, settings.beforeAsk, [
    [30, 60, 90].map((days) => button(settings.beforeDays(days), 'set-before', days)),
    [
      button(settings.beforeType, 'type-before'),
      ...(ctx.chatRow.onlyBefore === null ? [] : [button(settings.turnOff, 'set-before', 'off')]),
    ],
  ])
}

async function setBefore(ctx: BotContext): Promise<void> {
  const [choice] = ctx.args
  if (choice === 'off') return save(ctx, { onlyBefore: null })
  const days = Number(choice)
  if (!Number.isInteger(days) || days < 1 || days > 366) return ctx.show(beforeView(ctx))
  await save(ctx, { onlyBefore: addDays(romeDate(ctx.now), days + 1) })
}

async function typedBefore(ctx: BotContext): Promise<void> {
  const { settings } = ctx.texts
  const today = romeDate(ctx.now)
  const date = readDayBefore(ctx.text, today)
  if (date === null) return askAgain(ctx, settings.beforeWrong)
  const standing = checkDayBefore(date, today)
  if (standing === 'past') return askAgain(ctx, settings.beforePast)
  if (standing === 'far') return askAgain(ctx, settings.beforeFar)
  await save(ctx, { onlyBefore: date }, settings.beforeSaved(ctx.texts.dates.full(date)))
}

function hoursView(ctx: BotContext): Message {
  const { settings } = ctx.texts
  const on = ctx.chatRow.onlyFrom !== null || ctx.chatRow.onlyTo !== null
  return question(ctx, settings.hoursAsk, [
    [button(settings.hoursMorning, 'set-hours', 'am'), button(settings.hoursAfternoon, 'set-hours', 'pm')],
    [button(settings.hoursType, 'type-hours'), ...(on ? [button(settings.turnOff, 'set-hours', 'off')] : [])],
  ])
}

async function setHours(ctx: BotContext): Promise<void> {
  const [choice] = ctx.args
  if (choice === 'off') return save(ctx, { onlyFrom: null, onlyTo: null })
  if (choice === 'am') return save(ctx, { onlyFrom: null, onlyTo: '13:00' })
  if (choice === 'pm') return save(ctx, { onlyFrom: '13:00', onlyTo: null })
  await ctx.show(hoursView(ctx))
}

async function typedHours(ctx: BotContext): Promise<void> {
  const { settings } = ctx.texts
  const times = readTimes(ctx.text)
  if (times?.unclear) return askAgain(ctx, settings.timesUnclear(times.from, times.to))
  // Midnight as an end means the end of the day.
  const to = times?.to === '00:00' ? null : times?.to
  if (!times || to === undefined || (to !== null && times.from >= to)) {
    return askAgain(ctx, settings.hoursWrong)
  }
  const onlyFrom = times.from === '00:00' ? null : times.from
  await save(ctx, { onlyFrom, onlyTo: to }, settings.hoursSaved(times.from, to ?? MIDNIGHT))
}

const placesView = (ctx: BotContext): Message =>
  question(ctx, ctx.texts.settings.placesAsk, [
    [1, 2, 3, 4, 5, 6].map((count) =>
      button(`${ctx.chatRow.minPlaces === count ? '✅ ' : ''}${count}`, 'set-places', count),
    ),
  ])

async function setPlaces(ctx: BotContext): Promise<void> {
  const count = Number(ctx.args[0])
  if (!Number.isInteger(count) || count < 1 || count > 99) return ctx.show(placesView(ctx))
  await save(ctx, { minPlaces: count })
}

const goneView = (ctx: BotContext): Message =>
  question(ctx, ctx.texts.settings.goneAsk, [
    [button(ctx.texts.settings.yes, 'set-gone', 1), button(ctx.texts.settings.no, 'set-gone', 0)],
  ])

async function setGone(ctx: BotContext): Promise<void> {
  const [choice] = ctx.args
  if (choice !== '0' && choice !== '1') return ctx.show(goneView(ctx))
  await save(ctx, { tellGone: choice === '1' })
}

/** Sends an example of an alert to this chat, ten seconds later. */
async function sendExample(ctx: BotContext): Promise<void> {
  const { chatRow: chat, follows, now, trace, threadId } = ctx
  await ctx.commit([enqueue([exampleAlert(chat, follows, { now, trace, threadId })], now)])
  ctx.background('nudge-sender', ctx.deps.nudgeSender(trace))
  await ctx.show(settingsView(ctx, exampleAnnounced(ctx.texts, chat, now)))
}

/** Shows the settings. */
export const showSettings = (ctx: BotContext) => ctx.show(settingsView(ctx))

/** A handler that asks for a typed answer. */
const asking = (question: string, text: (ctx: BotContext) => string) => (ctx: BotContext) =>
  ask(ctx, question, text(ctx))

/** The chat's settings: filters, quiet hours, edits, language. */
export const settings = new Composer<BotContext>(officeSettings)
settings.command(['impostazioni', 'settings'], showSettings)
settings.command(['lingua', 'language'], adminsOnly, languageCommand)

settings.callbackQuery(pressed('settings'), showSettings)
settings.callbackQuery(pressed('lang'), (ctx) => ctx.show(languageView(ctx)))
settings.callbackQuery(pressed('set-lang'), adminsOnly, (ctx) => setLanguage(ctx, ...ctx.args))
settings.callbackQuery(pressed('quiet'), (ctx) => ctx.show(quietView(ctx)))
settings.callbackQuery(pressed('set-quiet'), adminsOnly, setQuiet)
settings.callbackQuery(pressed('quiet-mode'), adminsOnly, setQuietMode)
settings.callbackQuery(
  pressed('type-quiet'),
  adminsOnly,
  asking('quiet', ({ texts }) => texts.settings.quietTyped),
)
settings.callbackQuery(pressed('before'), (ctx) => ctx.show(beforeView(ctx)))
settings.callbackQuery(pressed('set-before'), adminsOnly, setBefore)
settings.callbackQuery(
  pressed('type-before'),
  adminsOnly,
  asking('only-before', ({ texts }) => texts.settings.beforeTyped),
)
settings.callbackQuery(pressed('hours'), (ctx) => ctx.show(hoursView(ctx)))
settings.callbackQuery(pressed('set-hours'), adminsOnly, setHours)
settings.callbackQuery(
  pressed('type-hours'),
  adminsOnly,
  asking('only-hours', ({ texts }) => texts.settings.hoursTyped),
)
settings.callbackQuery(pressed('places'), (ctx) => ctx.show(placesView(ctx)))
settings.callbackQuery(pressed('set-places'), adminsOnly, setPlaces)
settings.callbackQuery(pressed('example'), adminsOnly, sendExample)
settings.callbackQuery(pressed('gone'), (ctx) => ctx.show(goneView(ctx)))
settings.callbackQuery(pressed('set-gone'), adminsOnly, setGone)

/** Typed answers to the questions above. */
export const settingsAnswers = new Composer<BotContext>()
settingsAnswers.filter(answers('quiet'), typedQuiet)
settingsAnswers.filter(answers('only-before'), typedBefore)
settingsAnswers.filter(answers('only-hours'), typedHours)

import { Composer } from 'grammy'
import { AWAIT_NOTHING } from '../chats/awaited-input.ts'
import type { Chat } from '../chats/chat-row.ts'
import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines } from '../delivery/message.ts'
import { exampleAnnounced, sendExample } from '../passport/alerts/example-alert.ts'
import { isRomeTime } from '../platform/time.ts'
import { textsIn } from '../texts/index.ts'
import { answers, pressed } from './buttons.ts'
import { listCommands } from './command-list.ts'
import type { BotContext } from './context.ts'
import { adminsOnly, privateOnly } from './guards.ts'
import { mainMenu } from './main-menu.ts'
import { filterAnswers, filterSettings } from './settings-filters.ts'
import { askAgain, asking, question, save, settingsView } from './settings-view.ts'
import { readTimes } from './typed.ts'

const quietPresets = [
  ['22:00', '07:00'],
  ['23:00', '08:00'],
  ['00:00', '07:00'],
] as const

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
  await ctx.show(where === 'home' ? mainMenu(ctx, note) : await settingsView(ctx, note))
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

/** Asks for the quiet hours and, once they are set, how alerts arrive during them. @param note first line */
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

/** Saves the quiet hours, then asks how alerts arrive during them. */
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

const goneView = (ctx: BotContext): Message =>
  question(ctx, ctx.texts.settings.goneAsk, [
    [button(ctx.texts.settings.yes, 'set-gone', 1), button(ctx.texts.settings.no, 'set-gone', 0)],
  ])

async function setGone(ctx: BotContext): Promise<void> {
  const [choice] = ctx.args
  if (choice !== '0' && choice !== '1') return ctx.show(goneView(ctx))
  await save(ctx, { tellGone: choice === '1' })
}

const earlyView = (ctx: BotContext): Message =>
  question(ctx, ctx.texts.early.ask, [
    [button(ctx.texts.settings.yes, 'set-early', 1), button(ctx.texts.settings.no, 'set-early', 0)],
  ])

async function setEarly(ctx: BotContext): Promise<void> {
  const [choice] = ctx.args
  if (choice !== '0' && choice !== '1') return ctx.show(earlyView(ctx))
  await save(ctx, { earlyNotice: choice === '1' })
}

const effectView = (ctx: BotContext): Message =>
  question(ctx, ctx.texts.settings.effectAsk, [
    [button(ctx.texts.settings.yes, 'set-effect', 1), button(ctx.texts.settings.no, 'set-effect', 0)],
  ])

async function setEffect(ctx: BotContext): Promise<void> {
  const [choice] = ctx.args
  if (choice !== '0' && choice !== '1') return ctx.show(effectView(ctx))
  await save(ctx, { alertEffect: choice === '1' })
}

/** Sends an example of an alert to this chat, ten seconds later. */
async function showExample(ctx: BotContext): Promise<void> {
  const { chatRow: chat, follows, now, trace, threadId } = ctx
  await ctx.commit([sendExample(chat, follows, { now, trace, threadId })])
  ctx.background('nudge-sender', ctx.deps.nudgeSender(trace))
  await ctx.show(await settingsView(ctx, exampleAnnounced(ctx.texts, chat, now)))
}

/** Shows the settings. */
export const showSettings = async (ctx: BotContext) => ctx.show(await settingsView(ctx))

/** The chat's settings: filters, quiet hours, edits, animation, language, and an example of an alert. */
export const settings = new Composer<BotContext>(filterSettings)
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
  asking(['quiet'], ({ texts }) => texts.settings.quietTyped),
)
settings.callbackQuery(pressed('example'), adminsOnly, showExample)
settings.callbackQuery(pressed('gone'), (ctx) => ctx.show(goneView(ctx)))
settings.callbackQuery(pressed('set-gone'), adminsOnly, setGone)
settings.callbackQuery(pressed('early'), (ctx) => ctx.show(earlyView(ctx)))
settings.callbackQuery(pressed('set-early'), adminsOnly, setEarly)
settings.callbackQuery(pressed('effect'), privateOnly, (ctx) => ctx.show(effectView(ctx)))
settings.callbackQuery(pressed('set-effect'), privateOnly, setEffect)

/** Typed answers to the questions above. */
export const settingsAnswers = new Composer<BotContext>(filterAnswers)
settingsAnswers.filter(answers('quiet'), typedQuiet)

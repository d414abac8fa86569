import { Api, Composer } from 'grammy'
import type { Update, UserFromGetMe } from 'grammy/types'
import { telegramClient } from '../platform/telegram-client.ts'
import { bookedAnswers, bookedMenu } from './booked-menu.ts'
import type { Arrival } from './bot-deps.ts'
import { type BotContext, SportelloContext } from './context.ts'
import { falseAlarm } from './false-alarm.ts'
import { following } from './following.ts'
import { adminsOnly } from './guards.ts'
import { membership } from './membership.ts'
import { concernsBot, loadChat, reportFailure, resumeAwaiting, stopAwaiting } from './middleware.ts'
import { deadLetters } from './operator/dead-letter-menu.ts'
import { keyRotation } from './operator/key-rotation.ts'
import { pairedBrowsers } from './operator/paired-browser-menu.ts'
import { portalSessionAnswers, portalSessions } from './operator/portal-session-menu.ts'
import { service } from './operator/service.ts'
import { personalData } from './personal-data.ts'
import { isAside, leftovers } from './receive-paste.ts'
import { settings, settingsAnswers } from './settings.ts'
import { sport, sportAnswers } from './sport/sport-feature.ts'
import { menu } from './start-and-help.ts'
import { status } from './status.ts'
import { asButtonOrCommand, plainAnswers, stopAsking, talk } from './talk.ts'
import { why } from './why.ts'

/** Commands and buttons, a composer for each feature. A new feature is added here. */
const features = new Composer<BotContext>(
  menu,
  following,
  bookedMenu,
  falseAlarm,
  status,
  why,
  settings,
  sport,
  personalData,
  portalSessions,
  pairedBrowsers,
  service,
  deadLetters,
  keyRotation,
)

/** What is only typed passes all of them at one step. */
const buttonsAndCommands = new Composer<BotContext>()
buttonsAndCommands.on(['callback_query', '::bot_command'], features)

/** Typed answers to the chat's last question. They come after the features, so that a command precedes an answer. */
const typedAnswers = new Composer<BotContext>()
const isAnswer = (ctx: BotContext) => ctx.awaited.length > 0 && ctx.callbackQuery === undefined
typedAnswers.filter(isAnswer).use(adminsOnly, resumeAwaiting)
typedAnswers
  .filter(async (ctx) => isAnswer(ctx) && !(await isAside(ctx)))
  .use(leftovers, settingsAnswers, bookedAnswers, sportAnswers, portalSessionAnswers)

/** A typed label, or another word for it, presses its button; a command works without its slash. */
const typedLabels = new Composer<BotContext>()
typedLabels.filter(asButtonOrCommand).use(features)

const conversation = new Composer<BotContext>(membership)
conversation
  .filter(concernsBot)
  .use(
    loadChat,
    reportFailure,
    stopAwaiting,
    buttonsAndCommands,
    stopAsking,
    typedAnswers,
    plainAnswers,
    typedLabels,
    talk,
  )

/** Timeout of one call to Telegram, which itself waits a minute for the webhook. */
const TELEGRAM_TIMEOUT_SECONDS = 15

const step = conversation.middleware()

/**
 * Answers one update. It does what grammY's `Bot` does with it; a bot that lives for one update would only be built for
 * nothing.
 * @throws StoreError when the database is out of reach: the update is not done
 */
export async function answer(update: Update, arrival: Arrival, botInfo: UserFromGetMe): Promise<void> {
  const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT } = arrival.deps.settings
  const api = new Api(TELEGRAM_BOT_TOKEN, telegramClient(TELEGRAM_API_ROOT, TELEGRAM_TIMEOUT_SECONDS))
  const ctx = new SportelloContext(update, api, botInfo)
  ctx.arrive(arrival)
  await step(ctx, async () => undefined)
}

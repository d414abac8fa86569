import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import { studentsOnly } from '../guards.ts'
import { booking } from './booking-menu.ts'
import { schedule } from './browse-schedule.ts'
import { feed } from './calendar-link.ts'
import { account, accountAnswers, sportSession } from './link-account.ts'
import { mine } from './my-bookings.ts'
import { actionStatus, progress } from './progress.ts'
import { questions } from './questions.ts'
import { history } from './sport-history.ts'
import { sportMenu } from './sport-menu.ts'
import { preferences } from './sport-preferences.ts'
import { weekly, weeklyAnswers } from './weekly-menu.ts'

/** The menu "Sport": everything that a student does with their own object. */
export const sport = new Composer<BotContext>(sportSession, actionStatus)

sport
  .filter((ctx) => ctx.maySportHere)
  .use(sportMenu, account, booking, mine, feed, weekly, questions, schedule, progress, history, preferences)

/** Commands for which people without sport get an explanation. Others are unknown commands to them. */
const COMMANDS = [
  ...['sport', 'pausa', 'pause', 'riprendi', 'resume', 'collega', 'link', 'scollega', 'unlink'],
  ...['prenota', 'book', 'prova', 'prenotazioni', 'bookings', 'periodiche', 'weekly', 'orari', 'schedule'],
  ...['storico', 'history'],
]
sport.command(COMMANDS, studentsOnly)
sport.callbackQuery(/^1:sp(?:ort)?(?:-|:|$)/, studentsOnly)

/** Typed answers about sport. */
export const sportAnswers = new Composer<BotContext>()
sportAnswers
  .filter((ctx) => ctx.awaited[0]?.startsWith('sp-') ?? false)
  .use(studentsOnly, accountAnswers, weeklyAnswers)

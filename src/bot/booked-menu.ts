import { Composer } from 'grammy'
import { AWAIT_NOTHING, awaitInput } from '../chats/awaited-input.ts'
import type { Statement } from '../db/database.ts'
import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines } from '../delivery/message.ts'
import { BOOKED, bookedDays } from '../passport/alerts/mute-buttons.ts'
import { planFollow } from '../passport/follow/follow.ts'
import { isFinished } from '../passport/follow/follows.ts'
import { finish, forgetBooking, keepEarlier } from '../passport/follow/own-appointment.ts'
import { checkDayBefore } from '../passport/follow/preferences-patch.ts'
import { excludesEveryDay } from '../passport/follow/slot-filter.ts'
import { type Province, provinceByCode, provinceName } from '../passport/provinces/provinces.ts'
import { isRomeDate, type RomeDate, romeDate } from '../platform/time.ts'
import { answers, homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'
import { mineView } from './mine-view.ts'
import { followOf } from './province-menu.ts'
import { askAgain } from './settings-view.ts'
import { readFirstDay } from './typed.ts'

/** Asks which alerts a person with an appointment still wants. @param days offered as the day of the appointment */
function askView(ctx: BotContext, { code, name }: Province, days: readonly RomeDate[]): Message {
  const { booked, dates } = ctx.texts
  return ctx.view(booked.ask(name), [
    [button(booked.stop, 'booked-stop', code)],
    ...days.map((date) => [button(booked.earlier(dates.short(date)), 'booked-keep', code, date)]),
    [button(booked.other, 'booked-type', code)],
    [button(booked.not, 'booked-not', code)],
  ])
}

/** A handler that gets the followed province that the button names, else the only one; without one, it shows the list. */
const ofFollowed =
  (handler: (ctx: BotContext, province: Province) => Promise<void>) =>
  async (ctx: BotContext): Promise<void> => {
    const code = ctx.args[0] ?? (ctx.follows.length === 1 ? ctx.follows[0]?.province : undefined)
    const province = provinceByCode(code ?? '')
    const isFollowed = province && followOf(ctx, province.code) !== undefined
    await (isFollowed ? handler(ctx, province) : ctx.show(mineView(ctx)))
  }

/** Asks: below an alert in a new message, so that the alert stays; elsewhere in place of the view with the button. */
async function ask(ctx: BotContext, province: Province): Promise<void> {
  const today = romeDate(ctx.now)
  const [, ofAlert] = ctx.args
  const days = bookedDays(ofAlert ?? '').filter((date) => date > today)
  const view = askView(ctx, province, days)
  await (ofAlert === undefined ? ctx.show(view) : ctx.say(view))
}

/** The statements that resume a finished subscription. In the background, it starts a reading or nudges the sender. */
async function resume(ctx: BotContext, code: string): Promise<Statement[]> {
  const { outcome, statements } = await planFollow(ctx.db, {
    chatId: ctx.chatRow.id,
    province: code,
    now: ctx.now,
    trace: ctx.trace,
  })
  if (outcome === 'started') ctx.background('poll-now', ctx.deps.pollNow(code))
  if (outcome === 'watched') ctx.background('nudge-sender', ctx.deps.nudgeSender(ctx.trace))
  return statements
}

async function stop(ctx: BotContext, { code, name }: Province): Promise<void> {
  const { booked, passport } = ctx.texts
  await ctx.commit([finish(ctx.chatRow.id, code, ctx.now)])
  await ctx.show(
    ctx.view(booked.stopped(name), [
      [button(booked.again, 'booked-off', code)],
      [button(passport.mine, 'mine'), homeButton(ctx)],
    ]),
  )
}

/** Saves the appointment's day, and warns of what moving the appointment risks. */
async function keep(ctx: BotContext, { code, name }: Province, date: RomeDate): Promise<void> {
  const { booked, passport, filters, dates } = ctx.texts
  const { chatRow: chat, now } = ctx
  ctx.prefer(AWAIT_NOTHING)
  const follow = followOf(ctx, code)
  const resuming = follow && isFinished(follow) ? await resume(ctx, code) : []
  await ctx.commit([...resuming, keepEarlier(chat.id, code, date, now)])
  await ctx.show(
    ctx.view(
      lines(
        booked.kept(name, dates.full(date)),
        excludesEveryDay({ ...chat, bookedDate: date }, romeDate(now)) && filters.never,
        '',
        booked.warning(dates.full(date)),
      ),
      [
        [button(booked.again, 'booked-off', code), button(booked.change, 'booked-type', code)],
        [button(passport.mine, 'mine'), homeButton(ctx)],
      ],
    ),
  )
}

async function chooseDay(ctx: BotContext, province: Province): Promise<void> {
  const date = ctx.args[1] ?? ''
  const isValid = isRomeDate(date) && checkDayBefore(date, romeDate(ctx.now)) === 'ok'
  await (isValid ? keep(ctx, province, date) : ctx.show(askView(ctx, province, [])))
}

async function askForDay(ctx: BotContext, { code }: Province): Promise<void> {
  ctx.prefer(awaitInput('booked-date', code))
  await ctx.commit()
  await ctx.show(ctx.view(ctx.texts.booked.typed, [[button(ctx.texts.common.cancel, BOOKED, code)]]))
}

async function typedDay(ctx: BotContext, province: Province): Promise<void> {
  const { booked, settings } = ctx.texts
  const today = romeDate(ctx.now)
  const date = readFirstDay(ctx.text, today)
  if (date === null) return askAgain(ctx, settings.beforeWrong)
  const standing = checkDayBefore(date, today)
  if (standing !== 'ok') return askAgain(ctx, booked[standing])
  await keep(ctx, province, date)
}

/** Resumes all alerts, those of a finished subscription too. */
async function again(ctx: BotContext, { code, name }: Province): Promise<void> {
  const follow = followOf(ctx, code)
  const resuming = follow && isFinished(follow) ? await resume(ctx, code) : []
  await ctx.commit([...resuming, forgetBooking(ctx.chatRow.id, code)])
  await ctx.show(
    ctx.view(ctx.texts.booked.forgotten(name), [[button(ctx.texts.passport.mine, 'mine'), homeButton(ctx)]]),
  )
}

const notBooked = (ctx: BotContext, { code }: Province): Promise<void> =>
  ctx.show(ctx.view(ctx.texts.booked.goesOn(provinceName(code)), [[homeButton(ctx)]]))

/** "Ho prenotato": no more alerts of a province, or only of earlier dates. */
export const bookedMenu = new Composer<BotContext>()
bookedMenu.callbackQuery(pressed(BOOKED), adminsOnly, ofFollowed(ask))
bookedMenu.callbackQuery(pressed('booked-stop'), adminsOnly, ofFollowed(stop))
bookedMenu.callbackQuery(pressed('booked-keep'), adminsOnly, ofFollowed(chooseDay))
bookedMenu.callbackQuery(pressed('booked-type'), adminsOnly, ofFollowed(askForDay))
bookedMenu.callbackQuery(pressed('booked-off'), adminsOnly, ofFollowed(again))
bookedMenu.callbackQuery(pressed('booked-not'), adminsOnly, ofFollowed(notBooked))

/** The typed day of the appointment. */
export const bookedAnswers = new Composer<BotContext>()
bookedAnswers.filter(answers('booked-date'), ofFollowed(typedDay))

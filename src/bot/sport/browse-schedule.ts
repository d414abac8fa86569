import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button, grid } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { addDays, isRomeDate, type RomeDate, romeDate } from '../../platform/time.ts'
import type { IsBooked } from '../../sport/booked-classes.ts'
import { type CourseRow, classesAhead, classesOn, codeOf } from '../../sport/catalogue.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { showNoSchedule } from './no-schedule.ts'
import { bookedClasses, classesOrRead, readLine } from './selection.ts'
import { page } from './sport-screen.ts'

/** A class in a line: times, course, teacher, places. */
function classRow(ctx: BotContext, row: CourseRow, booked: IsBooked): string {
  const { sportMenu: texts } = ctx.texts
  const places = row.availablePlaces === null ? '' : texts.placesShort(row.availablePlaces)
  const teacher = row.teacher === null ? '' : ` · ${row.teacher}`
  return booked(row)
    ? `✅ ${row.start}–${row.end} ${row.name}${teacher} (${texts.bookedMark})`
    : `${row.start}–${row.end} ${row.name}${teacher}${places}`
}

/** Fit Center slots differ only in their times, so the times are listed in one paragraph. */
const slotTimes = (ctx: BotContext, rows: readonly CourseRow[], booked: IsBooked): string =>
  rows
    .map((row) => {
      if (booked(row)) return `✅ ${row.start}`
      const places = row.availablePlaces === null ? '' : ctx.texts.sportMenu.placesShort(row.availablePlaces)
      return `${row.start}${places}`
    })
    .join(', ')

function dayLines(
  ctx: BotContext,
  date: RomeDate,
  rows: readonly CourseRow[],
  booked: IsBooked,
): FormattedString {
  const { sportMenu: texts, sport } = ctx.texts
  const slots = rows.filter(({ type }) => type === 'fit-center')
  return lines(
    FormattedString.bold(texts.dayTitle(sport.day(date))),
    ...rows.filter(({ type }) => type === 'course').map((row) => classRow(ctx, row, booked)),
    slots.length > 0 && texts.fitCenterSlots(slotTimes(ctx, slots, booked)),
  )
}

/** The whole week from today. */
async function showWeek(ctx: BotContext): Promise<void> {
  const { sport } = ctx.texts
  const rows = await classesOrRead(ctx)
  if (rows.length === 0) return showNoSchedule(ctx)
  const days = [...new Set(rows.map(({ date }) => date))]
  const buttons = days.map((date) => button(sport.day(date), 'sp-sched', date))
  const booked = await bookedClasses(ctx)
  await page(
    ctx,
    lines(
      ...days.flatMap((day) => [
        dayLines(
          ctx,
          day,
          rows.filter((row) => row.date === day),
          booked,
        ),
        '',
      ]),
      readLine(ctx, rows),
    ),
    grid(buttons, 2),
  )
}

async function showDay(ctx: BotContext): Promise<void> {
  const { sportMenu: texts, sport } = ctx.texts
  const [date = ''] = ctx.args
  if (!isRomeDate(date)) return showWeek(ctx)
  const rows = await classesOn(ctx.db, date)
  const known = new Set((await classesAhead(ctx.db, ctx.now)).map((row) => row.date))
  const near = [addDays(date, -1), addDays(date, 1)].filter(
    (day) => day >= romeDate(ctx.now) && known.has(day),
  )
  await page(
    ctx,
    rows.length > 0
      ? lines(dayLines(ctx, date, rows, await bookedClasses(ctx)), '', readLine(ctx, rows))
      : texts.noClasses,
    [
      near.map((day) => button(sport.day(day), 'sp-sched', day)),
      [button(texts.bookFitCenter, 'sp-day', 'f', date), button(texts.bookCourse, 'sp-day', 'c', date)],
    ],
    ['sp-schedule'],
  )
}

/** The fewest letters of a typed class name that are searched. */
const SHORTEST_NAME = 3
/** The most classes offered for a typed name. */
const MOST_OFFERED = 12

/** Offers the week's classes whose name contains the typed text. @returns false when there is none */
export async function offerClasses(ctx: BotContext, typed: string): Promise<boolean> {
  const name = typed.trim().toLowerCase()
  if (name.length < SHORTEST_NAME) return false
  const rows = (await classesAhead(ctx.db, ctx.now)).filter((row) => row.name.toLowerCase().includes(name))
  if (rows.length === 0) return false
  const { sport, sportMenu: texts } = ctx.texts
  const booked = await bookedClasses(ctx)
  const buttons = rows
    .slice(0, MOST_OFFERED)
    .map((row) => [
      button(`${booked(row) ? '✅ ' : ''}${sport.classLabel(row)}`, 'sp-class', 'o', 0, codeOf(row)),
    ])
  await page(ctx, texts.chooseClass, buttons)
  return true
}

/** *Orari corsi*: the week's classes, from this morning's reading. */
export const schedule = new Composer<BotContext>()
schedule.command(['orari', 'schedule'], showWeek)
schedule.callbackQuery(pressed('sp-schedule'), showWeek)
schedule.callbackQuery(pressed('sp-sched'), showDay)

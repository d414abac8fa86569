import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import type { InlineKeyboardButton } from 'grammy/types'
import { button, grid } from '../../delivery/button-data.ts'
import { lines, type Text } from '../../delivery/message.ts'
import { addDays, isRomeDate, type RomeDate, romeDate, romeTime } from '../../platform/time.ts'
import { bookRequest } from '../../sport/booking-requests.ts'
import { type CourseRow, classesAhead, codeOf, refOf } from '../../sport/catalogue.ts'
import { costs } from '../../sport/costs.ts'
import { opensAt } from '../../sport/opening.ts'
import { watchChoices } from '../../sport/place-watch.ts'
import type { ClassType } from '../../sport/site/site-model.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { rateLimit } from '../rate-limit.ts'
import { showNoSchedule } from './no-schedule.ts'
import { requestKey } from './own-student.ts'
import { follow } from './progress.ts'
import {
  bookedClasses,
  classesOrRead,
  classLabel,
  isOpen,
  MAX_CLASSES,
  readLine,
  readSelection,
  type Selection,
  selectedClasses,
  selectionArgs,
} from './selection.ts'
import { page, withAnswer } from './sport-screen.ts'

const types: ReadonlyMap<string, ClassType> = new Map([
  ['c', 'course'],
  ['f', 'fit-center'],
])
const daysOf = (rows: readonly CourseRow[]): RomeDate[] => [...new Set(rows.map(({ date }) => date))]

/** The days on which there are classes of a type, in two columns. */
const dayButtons = (ctx: BotContext, type: ClassType, days: readonly RomeDate[]) =>
  grid(
    days.map((date) => button(ctx.texts.sport.day(date), 'sp-day', letterOf(type), date)),
    2,
  )

const letterOf = (type: ClassType) => (type === 'course' ? 'c' : 'f')

/** What is booked: a course on one of these days, or a slot of the Fit Center. */
async function chooseType(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const days = daysOf(await classesAhead(ctx.db, ctx.now, { type: 'course' }))
  await page(ctx, texts.chooseType, [
    [button(texts.courses, 'sp-days', 'c'), button(texts.fitCenter, 'sp-days', 'f')],
    ...dayButtons(ctx, 'course', days),
  ])
}

async function chooseDay(ctx: BotContext): Promise<void> {
  const type = types.get(ctx.args[0] ?? '')
  if (!type) return chooseType(ctx)
  const days = daysOf(await classesOrRead(ctx, { type }))
  if (days.length === 0) return showNoSchedule(ctx, ['sp-new'])
  await page(ctx, ctx.texts.sportMenu.chooseDay, dayButtons(ctx, type, days), ['sp-new'])
}

async function chooseClass(ctx: BotContext): Promise<void> {
  const { sportMenu: texts, sport } = ctx.texts
  const [letter = '', date = ''] = ctx.args
  const type = types.get(letter)
  if (!type || !isRomeDate(date)) return chooseType(ctx)
  const rows = await classesAhead(ctx.db, ctx.now, { type, date })
  const opening = opensAt(date)
  const note =
    opening > ctx.now ? texts.opensOn(sport.day(romeDate(opening)), romeTime(opening)) : texts.openNow
  const booked = await bookedClasses(ctx)
  const names = [...new Set(rows.map(({ name }) => name))]
  const alike = type === 'fit-center' && names.length === 1
  const buttons = rows.map((row) =>
    button(classLabel(ctx.texts, row, booked(row), alike ? '' : row.name), 'sp-class', 'o', 0, codeOf(row)),
  )
  await page(
    ctx,
    rows.length > 0
      ? lines(
          FormattedString.bold(texts.dayTitle(sport.day(date))),
          alike && names.join(),
          note,
          readLine(ctx, rows),
          texts.chooseClass,
        )
      : texts.classGone,
    grid(buttons, alike ? 2 : 1),
    ['sp-days', letter],
  )
}

/** Time, place, teacher and places of a class. */
function details(ctx: BotContext, row: CourseRow, booked: boolean): FormattedString {
  const { sportMenu: texts, sport } = ctx.texts
  return lines(
    FormattedString.bold(row.name),
    texts.when(sport.day(row.date), row.start, row.end),
    row.location !== '' && row.location !== row.name && texts.where(row.location),
    row.teacher !== null && texts.teacher(row.teacher),
    booked
      ? `✅ ${texts.bookedMark}`
      : row.availablePlaces !== null &&
          texts.places(row.availablePlaces, row.totalPlaces, romeTime(row.updatedAt)),
  )
}

/** The wish as it stands: the class, its alternatives, the waiting list. */
function wishText(
  ctx: BotContext,
  selection: Selection,
  [wanted, ...others]: [CourseRow, ...CourseRow[]],
  booked: boolean,
): Text {
  const { sportMenu: texts, sport } = ctx.texts
  const once = selection.mode === 'once'
  const opening = opensAt(wanted.date)
  const alternative = (row: CourseRow, index: number) =>
    texts.alternative(index + 1, once ? sport.classLine(row) : `${row.start} ${row.name}`)
  return lines(
    details(ctx, wanted, booked),
    !once && texts.everyWeek(texts.weekdays[wanted.dayOfWeek - 1] ?? '', wanted.start),
    others.length > 0 && '',
    ...others.map(alternative),
    selection.watchHours > 0 && texts.watchOn(selection.watchHours),
    '',
    once
      ? isOpen(wanted, ctx.now)
        ? texts.openNow
        : texts.opensOn(sport.day(romeDate(opening)), romeTime(opening))
      : texts.policies,
  )
}

/** What can be added to a wish, once or weekly. */
const wishButtons = (ctx: BotContext, selection: Selection): InlineKeyboardButton[] => [
  ...(selection.codes.length < MAX_CLASSES
    ? [button(ctx.texts.sportMenu.addAlternative, 'sp-alt', ...selectionArgs(selection))]
    : []),
  button(ctx.texts.sportMenu.waitingList, 'sp-watch', ...selectionArgs(selection)),
]

async function showWish(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const selection = readSelection(ctx.args)
  if (!selection) return chooseType(ctx)
  const classes = await selectedClasses(ctx, selection)
  if (!classes) return page(ctx, texts.classGone, [], ['sp-new'])
  const [wanted] = classes
  const text = wishText(ctx, selection, classes, (await bookedClasses(ctx))(wanted))
  const args = selectionArgs(selection)
  if (selection.mode === 'weekly')
    return page(
      ctx,
      text,
      [
        [button(texts.bookThenConfirm, 'sp-weekly-go', 'b', ...args.slice(1))],
        [button(texts.askThenBook, 'sp-weekly-go', 'a', ...args.slice(1))],
        [button(texts.noConfirmation, 'sp-weekly-go', 'n', ...args.slice(1))],
        wishButtons(ctx, selection),
      ],
      ['sp-weekday', wanted.dayOfWeek],
    )
  await page(
    ctx,
    text,
    [
      [
        isOpen(wanted, ctx.now)
          ? button(texts.bookNow, 'sp-go', 'n', ...args.slice(1))
          : button(texts.bookAtOpening, 'sp-go', 'o', ...args.slice(1)),
      ],
      wishButtons(ctx, selection),
      [
        button(texts.dryRun, 'sp-try', codeOf(wanted)),
        button(
          texts.makeWeekly,
          'sp-class',
          ...selectionArgs({ ...selection, mode: 'weekly', codes: sameDay(classes) }),
        ),
      ],
    ],
    ['sp-day', letterOf(wanted.type), wanted.date],
  )
}

/** A weekly booking has alternatives of the same day only. */
const sameDay = ([wanted, ...others]: [CourseRow, ...CourseRow[]]): string[] =>
  [wanted, ...others.filter(({ date }) => date === wanted.date)].map(codeOf)

async function chooseAlternative(ctx: BotContext): Promise<void> {
  const { sportMenu: texts, sport } = ctx.texts
  const selection = readSelection(ctx.args)
  const classes = selection && (await selectedClasses(ctx, selection))
  if (!classes) return page(ctx, texts.classGone, [], ['sp-new'])
  const args = selectionArgs(selection)
  const [wanted] = classes
  const shift =
    selection.mode === 'once' ? Math.max(-7, Math.min(7, Math.trunc(Number(ctx.args[3]) || 0))) : 0
  const date = addDays(wanted.date, shift)
  const rows = (await classesAhead(ctx.db, ctx.now, { date })).filter(
    (row) => !selection.codes.includes(codeOf(row)),
  )
  const booked = await bookedClasses(ctx)
  const buttons = rows.map((row) =>
    button(
      classLabel(ctx.texts, row, booked(row)),
      'sp-class',
      ...selectionArgs({ ...selection, codes: [...selection.codes, codeOf(row)].slice(0, MAX_CLASSES) }),
    ),
  )
  const other = (days: number) => button(sport.day(addDays(date, days)), 'sp-alt', ...args, shift + days)
  await page(
    ctx,
    lines(FormattedString.bold(texts.dayTitle(sport.day(date))), texts.chooseAlternative),
    [...grid(buttons, 2), ...(selection.mode === 'once' ? [[other(-1), other(1)]] : [])],
    ['sp-class', ...args],
  )
}

async function chooseWatch(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const selection = readSelection(ctx.args)
  if (!selection) return chooseType(ctx)
  const buttons = watchChoices.map((watchHours) =>
    button(
      watchHours === 0 ? texts.watchOff : texts.watchUntil(watchHours),
      'sp-class',
      ...selectionArgs({ ...selection, watchHours }),
    ),
  )
  await page(ctx, texts.watchAsk, grid(buttons, 1), ['sp-class', ...selectionArgs(selection)])
}

async function book(ctx: BotContext): Promise<void> {
  const selection = readSelection(['o', ...ctx.args.slice(1)])
  const classes = selection && (await selectedClasses(ctx, selection))
  if (!classes) return page(ctx, ctx.texts.sportMenu.classGone, [], ['sp-new'])
  const [wanted, ...others] = classes
  const chosen = { wanted, alternatives: others, watchHours: selection.watchHours }
  const when = ctx.args[0] === 'o' ? 'at-opening' : 'now'
  await withAnswer(
    ctx,
    (student) => student.book(bookRequest(requestKey(ctx), chosen, when)),
    ({ actionId }) => follow(ctx, actionId),
  )
}

/** A dry run of one class, or of the next that is planned. */
async function tryOut(ctx: BotContext): Promise<void> {
  const [code] = ctx.args
  const [row] =
    code === undefined
      ? []
      : ((await selectedClasses(ctx, { mode: 'once', watchHours: 0, codes: [code] })) ?? [])
  if (code !== undefined && !row) return page(ctx, ctx.texts.sportMenu.classGone, [], ['sp-new'])
  await withAnswer(
    ctx,
    (student) => student.dryRun(requestKey(ctx), row && refOf(row)),
    ({ actionId }) => follow(ctx, actionId),
  )
}

/** *Nuova prenotazione*: type, day, class, then now or at the opening, with alternatives and a watch. *Prova*. */
export const booking = new Composer<BotContext>()
booking.command(['prenota', 'book'], chooseType)
booking.command('prova', rateLimit(costs.try), tryOut)
booking.callbackQuery(pressed('sp-new'), chooseType)
booking.callbackQuery(pressed('sp-days'), chooseDay)
booking.callbackQuery(pressed('sp-day'), chooseClass)
booking.callbackQuery(pressed('sp-class'), showWish)
booking.callbackQuery(pressed('sp-alt'), chooseAlternative)
booking.callbackQuery(pressed('sp-watch'), chooseWatch)
booking.callbackQuery(pressed('sp-go'), book)
booking.callbackQuery(pressed('sp-try'), rateLimit(costs.try), tryOut)

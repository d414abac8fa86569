import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { AWAIT_NOTHING, awaitInput } from '../../chats/awaited-input.ts'
import { button, grid } from '../../delivery/button-data.ts'
import { lines, type Text } from '../../delivery/message.ts'
import { readId } from '../../platform/id.ts'
import { addDays, romeDate, romeTime } from '../../platform/time.ts'
import { weeklyDraft } from '../../sport/booking-requests.ts'
import { codeOf } from '../../sport/catalogue.ts'
import type { Occurrence, WeeklyPolicy, WeeklyView } from '../../sport/student-types.ts'
import { mayResumeOn } from '../../sport/weekly-rules.ts'
import { answers, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { readDayBefore } from '../typed.ts'
import { ask, requestKey, type StudentStub } from './own-student.ts'
import { classesOrRead, classLabel, readSelection, selectedClasses } from './selection.ts'
import { footer, page, showRefusal, withAnswer } from './sport-screen.ts'

/** Weeks ahead that are shown. */
const WEEKS_SHOWN = 4

const policies: ReadonlyMap<string, WeeklyPolicy> = new Map([
  ['b', 'book-then-confirm'],
  ['a', 'ask-then-book'],
  ['n', 'no-confirmation'],
])

const title = (ctx: BotContext, row: WeeklyView): string =>
  ctx.texts.sportMenu.weeklyLine(
    ctx.texts.sportMenu.weekdays[row.dayOfWeek - 1] ?? '',
    row.start,
    row.name,
    row.paused,
  )

async function showAll(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  await withAnswer(
    ctx,
    (student) => student.weekly(),
    (rows) =>
      page(ctx, rows.length > 0 ? texts.weeklyTitle : texts.weeklyNone, [
        ...rows.slice(0, 40).map((row) => [button(title(ctx, row), 'sp-week', row.id)]),
        [
          button(texts.weeklyNew, 'sp-weekdays'),
          ...(rows.length > 0 ? [button(texts.ahead, 'sp-ahead')] : []),
        ],
      ]),
  )
}

/** The state of one occurrence, in a line. */
function occurrenceLine(ctx: BotContext, one: Occurrence): string {
  const { sportMenu: texts, sport } = ctx.texts
  const asked =
    one.askAt !== null && (one.state === 'planned' || one.state === 'booked')
      ? texts.askedAt(sport.day(romeDate(one.askAt)), romeTime(one.askAt))
      : ''
  return `${texts.occurrences[one.state]} ${sport.classLine(one)}${asked}`
}

function weeklyText(ctx: BotContext, row: WeeklyView): Text {
  const { sportMenu: texts, sport } = ctx.texts
  return lines(
    FormattedString.bold(title(ctx, row)),
    row.location !== '' && row.location !== row.name && texts.where(row.location),
    texts.policyNames[row.policy],
    row.policy === 'ask-then-book' && texts.askThenBookWarning,
    ...row.alternatives.map((other, index) => texts.alternative(index + 1, `${other.start} ${other.name}`)),
    row.watchHoursBefore !== null && texts.watchOn(row.watchHoursBefore),
    isSkipping(ctx, row) && texts.skippedUntil(sport.day(row.skipUntil ?? '')),
    row.next !== null && texts.nextOne(sport.day(row.next.date)),
  )
}

/** True while a weekly booking skips classes until a day that is still to come. */
const isSkipping = (ctx: BotContext, { skipUntil }: WeeklyView) =>
  skipUntil !== null && skipUntil > romeDate(ctx.now)

/** @param undo whether the last press skipped something, which can be taken back */
const showOne = (ctx: BotContext, row: WeeklyView, note?: string, undo = false): Promise<void> => {
  const { sportMenu: texts } = ctx.texts
  return page(
    ctx,
    lines(note ?? null, weeklyText(ctx, row)),
    [
      [row.paused ? button(texts.resume, 'sp-week-on', row.id) : button(texts.pause, 'sp-week-off', row.id)],
      ...(!row.paused && (undo || isSkipping(ctx, row))
        ? [[button(texts.unskip, 'sp-week-on', row.id)]]
        : []),
      ...(row.paused
        ? []
        : [
            [
              button(texts.skipNext, 'sp-week-skip', row.id),
              button(texts.skipUntil, 'sp-week-until', row.id),
            ],
          ]),
      [button(texts.remove, 'sp-week-del', row.id)],
    ],
    ['sp-weekly'],
  )
}

/** A handler about the weekly booking that the first argument names, among the sender's own. */
const aboutOne =
  (act: (ctx: BotContext, row: WeeklyView) => Promise<void>) =>
  async (ctx: BotContext): Promise<void> => {
    const id = readId(ctx.args[0])
    await withAnswer(
      ctx,
      (student) => student.weekly(),
      async (rows) => {
        const row = rows.find((one) => one.id === id)
        await (row ? act(ctx, row) : showRefusal(ctx, 'not-found'))
      },
    )
  }

/** Changes one weekly booking, then shows it. */
const changing = (
  note: (ctx: BotContext, before: WeeklyView) => string,
  change: (student: StudentStub, key: string, id: number) => ReturnType<StudentStub['pauseWeekly']>,
  undo = false,
) =>
  aboutOne((ctx, before) =>
    withAnswer(
      ctx,
      (student) => change(student, requestKey(ctx), before.id),
      (row) => showOne(ctx, row, note(ctx, before), undo),
    ),
  )

const askSkip = aboutOne(async (ctx, { id }) => {
  const { sportMenu: texts } = ctx.texts
  ctx.prefer(awaitInput('sp-skip', id))
  await ctx.commit()
  const today = romeDate(ctx.now)
  await page(
    ctx,
    texts.skipAsk,
    grid(
      [1, 2, 4, 8].map((weeks) => button(texts.weeks(weeks), 'sp-skip', id, addDays(today, weeks * 7))),
      2,
    ),
    ['sp-week', id],
  )
})

async function skipUntil(ctx: BotContext, id: number, date: string): Promise<void> {
  await withAnswer(
    ctx,
    (student) => student.skipUntil(requestKey(ctx), id, date),
    async (row) => {
      ctx.prefer(AWAIT_NOTHING)
      await showOne(ctx, row)
    },
  )
}

const skipPressed = (ctx: BotContext): Promise<void> => {
  const [id, date = ''] = [readId(ctx.args[0]), ctx.args[1]]
  return id !== null && mayResumeOn(date, romeDate(ctx.now)) ? skipUntil(ctx, id, date) : showAll(ctx)
}

async function skipTyped(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  const date = readDayBefore(ctx.text.replace(/^\s*(entro|fino al?|by|until)\b/i, ''), romeDate(ctx.now))
  if (id === null) return showAll(ctx)
  if (date === null || !mayResumeOn(date, romeDate(ctx.now)))
    return ctx.say(ctx.view(ctx.texts.sportMenu.skipWrong, [footer(ctx, ['sp-week', id])]))
  await skipUntil(ctx, id, date)
}

const removeAsk = aboutOne((ctx, row) =>
  page(
    ctx,
    lines(title(ctx, row), ctx.texts.sportMenu.removeAsk),
    [[button(ctx.texts.sportMenu.removeYes, 'sp-week-gone', row.id)]],
    ['sp-week', row.id],
  ),
)

async function remove(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  if (id === null) return showAll(ctx)
  await withAnswer(
    ctx,
    (student) => student.removeWeekly(requestKey(ctx), id),
    () => page(ctx, ctx.texts.sportMenu.removed, [], ['sp-weekly']),
  )
}

async function showAhead(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  await withAnswer(
    ctx,
    (student) => student.upcoming(WEEKS_SHOWN),
    (list) =>
      page(
        ctx,
        lines(
          FormattedString.bold(texts.aheadTitle(WEEKS_SHOWN)),
          ...list.map((one) => occurrenceLine(ctx, one)),
        ),
        [],
        ['sp-weekly'],
      ),
  )
}

async function chooseWeekday(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const days = texts.weekdays.map((name, index) => button(name, 'sp-weekday', index + 1))
  await page(ctx, texts.chooseWeekday, grid(days, 2), ['sp-weekly'])
}

async function chooseClass(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const day = readId(ctx.args[0])
  const name = day === null ? undefined : texts.weekdays[day - 1]
  if (day === null || name === undefined) return chooseWeekday(ctx)
  const rows = await classesOrRead(ctx, { dayOfWeek: day })
  const buttons = rows.map((row) => button(classLabel(ctx.texts, row), 'sp-class', 'w', 0, codeOf(row)))
  await page(
    ctx,
    rows.length > 0 ? lines(FormattedString.bold(name), texts.chooseClass) : texts.noClasses,
    grid(buttons, 1),
    ['sp-weekdays'],
  )
}

async function create(ctx: BotContext): Promise<void> {
  const policy = policies.get(ctx.args[0] ?? '')
  const selection = readSelection(['w', ...ctx.args.slice(1)])
  const classes = policy && selection && (await selectedClasses(ctx, selection))
  if (!classes) return page(ctx, ctx.texts.sportMenu.classGone, [], ['sp-weekly'])
  const [wanted, ...others] = classes
  const chosen = { wanted, alternatives: others, watchHours: selection.watchHours }
  await withAnswer(
    ctx,
    (student) => student.createWeekly(requestKey(ctx), weeklyDraft(chosen, policy)),
    async (row) => {
      const account = await ask(ctx, (student) => student.account())
      const { sportMenu: texts } = ctx.texts
      const warning = account.ok && account.value.means === null ? `\n${texts.weeklyUnlinked}` : ''
      await showOne(ctx, row, `${texts.weeklyCreated}${warning}`)
    },
  )
}

/** *Prenotazioni periodiche*: the same class every week, its pauses and skips, and the weeks ahead. */
export const weekly = new Composer<BotContext>()
weekly.command(['periodiche', 'weekly'], showAll)
weekly.callbackQuery(pressed('sp-weekly'), showAll)
weekly.callbackQuery(
  pressed('sp-week'),
  aboutOne((ctx, row) => showOne(ctx, row)),
)
weekly.callbackQuery(pressed('sp-weekdays'), chooseWeekday)
weekly.callbackQuery(pressed('sp-weekday'), chooseClass)
weekly.callbackQuery(pressed('sp-weekly-go'), create)
weekly.callbackQuery(
  pressed('sp-week-off'),
  changing(
    (ctx) => ctx.texts.sportMenu.pausedNote,
    (student, key, id) => student.pauseWeekly(key, id),
  ),
)
weekly.callbackQuery(
  pressed('sp-week-on'),
  changing(
    ({ texts: { sportMenu } }, { paused }) => (paused ? sportMenu.resumedNote : sportMenu.unskippedNote),
    (student, key, id) => student.resumeWeekly(key, id),
  ),
)
weekly.callbackQuery(
  pressed('sp-week-skip'),
  changing(
    (ctx) => ctx.texts.sportMenu.skippedNote,
    (student, key, id) => student.skipNext(key, id),
    true,
  ),
)
weekly.callbackQuery(pressed('sp-week-until'), askSkip)
weekly.callbackQuery(pressed('sp-skip'), skipPressed)
weekly.callbackQuery(pressed('sp-week-del'), removeAsk)
weekly.callbackQuery(pressed('sp-week-gone'), remove)
weekly.callbackQuery(pressed('sp-ahead'), showAhead)

/** A typed date until which a weekly booking is skipped. */
export const weeklyAnswers = new Composer<BotContext>()
weeklyAnswers.filter(answers('sp-skip'), skipTyped)

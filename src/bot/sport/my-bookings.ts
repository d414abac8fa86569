import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { readId } from '../../platform/id.ts'
import { romeDate, romeTime } from '../../platform/time.ts'
import { costs } from '../../sport/costs.ts'
import { calendarOf } from '../../sport/ical.ts'
import { verbs } from '../../sport/next-steps.ts'
import type { ActionView, BookingView } from '../../sport/student-types.ts'
import { standing } from '../../sport/wording.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { rateLimit } from '../rate-limit.ts'
import { ask, requestKey } from './own-student.ts'
import { follow } from './progress.ts'
import { sendFile } from './send-file.ts'
import { page, showRefusal, withAnswer } from './sport-screen.ts'

/** How many of the last actions are searched for open ones. */
const LOOKED_AT = 30

const underWay = ({ kind, status }: ActionView): boolean =>
  (kind === 'book' || kind === 'cancel') && (status === 'pending' || status === 'processing')

/** True while the question about a booking waits for its answer; one that is still to be asked does not. */
const isAsked = ({ confirmation }: BookingView): boolean => confirmation?.status === 'asked'

async function showAll(ctx: BotContext): Promise<void> {
  const { sportMenu: texts, sport } = ctx.texts
  await withAnswer(
    ctx,
    (student) => student.bookings(),
    async (bookings) => {
      const [actions, questions] = await Promise.all([
        ask(ctx, (student) => student.lastActions(LOOKED_AT)),
        ask(ctx, (student) => student.openConfirmations()),
      ])
      const open = actions.ok ? actions.value.filter(underWay) : []
      const toBook = questions.ok ? questions.value.filter(({ kind }) => kind === 'book') : []
      await page(
        ctx,
        lines(
          FormattedString.bold(texts.mineTitle),
          bookings.length === 0 && texts.mineNone,
          ...toBook.map(
            ({ target, deadline }) =>
              `❓ ${sport.classLine(target)}\n  ${texts.awaitsBooking(romeTime(deadline))}`,
          ),
          ...bookings.map((booking) =>
            isAsked(booking)
              ? `❓ ${sport.classLine(booking)}\n  ${texts.awaitsAnswer}`
              : `• ${sport.classLine(booking)}`,
          ),
          open.length > 0 && `\n${texts.underWay}`,
          ...open.flatMap((action) =>
            action.target ? [`• ${sport.classLine(action.target)}\n  ${standing(ctx.texts, action)}`] : [],
          ),
        ),
        [
          ...toBook
            .slice(0, 10)
            .map(({ id, target }) => [button(`❓ ${sport.classLabel(target)}`, 'sp-question', id)]),
          ...bookings
            .slice(0, 30)
            .map((one) => [
              button(`${isAsked(one) ? '❓ ' : ''}${sport.classLabel(one)}`, 'sp-booking', one.id),
            ]),
          ...open.slice(0, 10).map(({ id }) => [button(texts.actionNumber(id), 'sp-action', id)]),
          [button(texts.checkNow, 'sp-check'), button(texts.feed, 'sp-feed')],
        ],
      )
    },
  )
}

/** A handler about the booking that the first argument names, among the sender's own. */
const aboutOne =
  (act: (ctx: BotContext, booking: BookingView) => Promise<void>) =>
  async (ctx: BotContext): Promise<void> => {
    const id = readId(ctx.args[0])
    if (id === null) return showAll(ctx)
    await withAnswer(
      ctx,
      (student) => student.booking(id),
      (booking) => act(ctx, booking),
    )
  }

const showOne = aboutOne(async (ctx, booking) => {
  const { sportMenu: texts, sport } = ctx.texts
  const { confirmation } = booking
  const ahead = booking.state === 'active' && booking.startsAt > ctx.now
  await page(
    ctx,
    lines(
      FormattedString.bold(booking.name),
      texts.when(sport.day(booking.date), booking.start, romeTime(booking.endsAt)),
      booking.location !== '' && booking.location !== booking.name && texts.where(booking.location),
      booking.state !== 'active' && texts.bookingStates[booking.state],
      booking.weeklyId !== null && texts.fromWeekly,
      ahead &&
        confirmation !== null &&
        texts.toConfirm(sport.day(romeDate(confirmation.deadline)), romeTime(confirmation.deadline)),
    ),
    [
      ...(ahead && confirmation !== null
        ? [
            [
              button(sport.confirm, verbs.confirm, confirmation.id),
              button(sport.skip, verbs.skip, confirmation.id),
            ],
          ]
        : []),
      ...(ahead ? [[button(texts.cancelBooking, 'sp-cancel', booking.id)]] : []),
      ...(booking.state === 'active' ? [[button(texts.calendarFile, 'sp-ics', booking.id)]] : []),
    ],
    ['sp-mine'],
  )
})

const cancelAsk = aboutOne((ctx, booking) =>
  page(
    ctx,
    ctx.texts.sportMenu.cancelAsk(ctx.texts.sport.classLine(booking)),
    [[button(ctx.texts.sportMenu.cancelYes, 'sp-cancel-yes', booking.id)]],
    ['sp-booking', booking.id],
  ),
)

async function cancel(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  if (id === null) return showAll(ctx)
  await withAnswer(
    ctx,
    (student) => student.cancel(requestKey(ctx), id),
    ({ actionId }) => follow(ctx, actionId),
  )
}

const check = (ctx: BotContext): Promise<void> =>
  withAnswer(
    ctx,
    (student) => student.check(requestKey(ctx)),
    ({ actionId }) => follow(ctx, actionId),
  )

const sendCalendar = aboutOne(async (ctx, booking) => {
  const { sportMenu: texts, sport } = ctx.texts
  if (booking.state !== 'active') return showRefusal(ctx, 'too-late')
  const file = calendarOf(ctx.texts, ctx.userId ?? 0, [booking], ctx.now)
  await sendFile(ctx, `sport-${booking.date}.ics`, file, texts.calendarCaption(sport.classLine(booking)))
})

/** *Le mie prenotazioni*: what the site's list says, what is under way, cancelling, calendar files. */
export const mine = new Composer<BotContext>()
mine.command(['prenotazioni', 'bookings'], showAll)
mine.callbackQuery(pressed('sp-mine'), showAll)
mine.callbackQuery(pressed('sp-booking'), showOne)
mine.callbackQuery(pressed('sp-cancel'), cancelAsk)
mine.callbackQuery(pressed('sp-cancel-yes'), cancel)
mine.callbackQuery(pressed('sp-check'), rateLimit(costs.check), check)
mine.callbackQuery(pressed('sp-ics'), sendCalendar)

import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { readId } from '../../platform/id.ts'
import { verbs, watchAgain } from '../../sport/next-steps.ts'
import { progressMessage, standing } from '../../sport/wording.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { rateLimit } from '../rate-limit.ts'
import { showStatus } from '../status.ts'
import { ask, requestKey } from './own-student.ts'
import { page, withAnswer } from './sport-screen.ts'

/** How many of the last actions `/status` lists. */
const LISTED = 5

/** Shows a new action in a message that is edited as it advances. */
export async function follow(ctx: BotContext, actionId: number): Promise<void> {
  await withAnswer(
    ctx,
    (student) => student.action(actionId),
    async (action) => {
      const messageId = await ctx.place(progressMessage(ctx.texts, action))
      if (messageId === undefined) return
      await ask(ctx, (student) => student.attachMessage(actionId, { chatId: ctx.chatRow.id, messageId }))
    },
  )
}

/** One action in its present state, with a button to withdraw it. */
async function showAction(ctx: BotContext, id: number): Promise<void> {
  await withAnswer(
    ctx,
    (student) => student.action(id),
    async (action) => {
      const message = progressMessage(ctx.texts, action)
      const open = action.status === 'pending' || action.status === 'processing'
      await page(
        ctx,
        message.text,
        [
          ...(message.keyboard ?? []),
          ...(open ? [[button(ctx.texts.sportMenu.refresh, 'sp-action', id)]] : []),
        ],
        ['sp-actions'],
      )
    },
  )
}

/** The last actions, newest first. */
async function showActions(ctx: BotContext): Promise<void> {
  const { sportMenu: texts, sport } = ctx.texts
  await withAnswer(
    ctx,
    (student) => student.lastActions(LISTED),
    async (actions) => {
      if (actions.length === 0) return page(ctx, texts.noActions)
      await page(
        ctx,
        lines(
          FormattedString.bold(texts.lastActions),
          ...actions.flatMap((action) => [
            '',
            sport.actionTitle(action.id, sport.kinds[action.kind], action.booking ?? action.target),
            standing(ctx.texts, action),
          ]),
        ),
        [
          actions.map(({ id }) => button(texts.actionNumber(id), 'sp-action', id)),
          [button(ctx.texts.passport.statusOfProvinces, 'status')],
        ],
      )
    },
  )
}

/** `/status 12`, `/status`: the state of sport actions. People without sport get the state of their provinces. */
async function statusCommand(ctx: BotContext): Promise<void> {
  if (!ctx.maySportHere) return showStatus(ctx)
  if (ctx.argument === '') return showActions(ctx)
  const id = readId(ctx.argument.replace(/^(n\.?|#)\s*/i, ''))
  if (id === null) return page(ctx, ctx.texts.sportMenu.statusWrong)
  await showAction(ctx, id)
}

async function withdraw(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  if (id === null) return showActions(ctx)
  const answer = await ask(ctx, (student) => student.withdraw(requestKey(ctx), id))
  // If it is too late to withdraw, the action's message shows why.
  if (!answer.ok) ctx.toast(ctx.texts.sportMenu.refusals[answer.refusal])
  await showAction(ctx, id)
}

/** Requests a class that was full again, with its alternatives, and watches it: the first freed place is booked. */
async function waitForPlace(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  if (id === null) return showActions(ctx)
  await withAnswer(
    ctx,
    (student) => student.action(id),
    async (action) => {
      const again = watchAgain(action)
      if (!again) return showAction(ctx, id)
      await withAnswer(
        ctx,
        (student) => student.book({ requestKey: requestKey(ctx), ...again }),
        ({ actionId }) => follow(ctx, actionId),
      )
    },
  )
}

const showOne = (ctx: BotContext): Promise<void> => {
  const id = readId(ctx.args[0])
  return id === null ? showActions(ctx) : showAction(ctx, id)
}

/** The state of actions: the last ones, one of them, withdrawing it. */
export const progress = new Composer<BotContext>()
progress.callbackQuery(pressed('sp-actions'), showActions)
progress.callbackQuery(pressed('sp-action'), showOne)
progress.callbackQuery(pressed(verbs.withdraw), withdraw)
progress.callbackQuery(pressed(verbs.wait), waitForPlace)

/** `/status`, shared with the passport part: students get the state of their actions, others of their provinces. */
export const actionStatus = new Composer<BotContext>()
actionStatus.command('status', rateLimit(2), statusCommand)

import { button } from '../../delivery/button-data.ts'
import type { Message } from '../../delivery/content.ts'
import { lines } from '../../delivery/message.ts'
import { verbs } from '../../sport/student/api.ts'
import { progressMessage, standing } from '../../sport/wording.ts'
import type { BotContext } from '../context.ts'
import type { Feature } from '../feature.ts'
import { costly } from '../heavy.ts'
import { status as passportStatus } from '../status.ts'
import { guard, page, withAnswer } from './kit.ts'
import { ask, readId, requestKey } from './student.ts'

/** How many of the last actions `/status` lists. */
const LISTED = 5

/**
 * Sends or edits a message and says its id, which the object needs to edit it further; undefined when Telegram would
 * not take it now: then the message is owed.
 */
async function place(ctx: BotContext, message: Message): Promise<number | undefined> {
  const at = ctx.incoming.kind === 'press' ? ctx.incoming.messageId : undefined
  const { text, entities, keyboard } = message
  const options = {
    ...(entities && { entities }),
    ...(keyboard && { reply_markup: { inline_keyboard: keyboard } }),
  }
  let id: number | undefined
  if (at !== undefined)
    await ctx.replies.tryOnce('editMessageText', async (api) => {
      await api.editMessageText(ctx.chat.id, at, text, options)
      id = at
    })
  if (id === undefined)
    await ctx.replies.tryOnce('sendMessage', async (api) => {
      id = (await api.sendMessage(ctx.chat.id, text, options)).message_id
    })
  if (id === undefined) await ctx.say(message)
  return id
}

/** Shows an action that has just begun, in a message that edits itself as it advances. */
export async function follow(ctx: BotContext, actionId: number): Promise<void> {
  await withAnswer(
    ctx,
    (student) => student.action(actionId),
    async (action) => {
      await ctx.answerPress()
      const messageId = await place(ctx, progressMessage(ctx.texts, action))
      if (messageId === undefined) return
      await ask(ctx, (student) => student.attachMessage(actionId, { chatId: ctx.chat.id, messageId }))
    },
  )
}

/** One action as it stands, with the way to withdraw it. */
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
          texts.lastActions,
          ...actions.flatMap((action) => [
            '',
            sport.actionTitle(action.id, sport.kinds[action.kind], action.booking ?? action.target),
            standing(ctx.texts, action),
          ]),
        ),
        [actions.map(({ id }) => button(texts.actionNumber(id), 'sp-action', id))],
      )
    },
  )
}

/** `/status 12`, `/status`: how the sport actions go. Whoever has no sport reads how the provinces are. */
async function statusCommand(ctx: BotContext): Promise<void> {
  if (guard(ctx)) return passportStatus.commands?.stato?.(ctx)
  if (ctx.argument === '') return showActions(ctx)
  const id = readId(ctx.argument.replace(/^(n\.?|#)\s*/i, ''))
  if (id === null) return page(ctx, ctx.texts.sportMenu.statusWrong)
  await showAction(ctx, id)
}

async function withdraw(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  if (id === null) return showActions(ctx)
  const answer = await ask(ctx, (student) => student.withdraw(requestKey(ctx), id))
  // Too late: it is at work or over, and its message says how it stands.
  if (!answer.ok) ctx.toast(ctx.texts.sportMenu.refusals[answer.refusal])
  await showAction(ctx, id)
}

/** How actions go: `/status`, one action, withdrawing it. */
export const progress: Feature = {
  guard,
  buttons: {
    'sp-actions': showActions,
    'sp-action': (ctx) => {
      const id = readId(ctx.args[0])
      return id === null ? showActions(ctx) : showAction(ctx, id)
    },
    [verbs.withdraw]: withdraw,
  },
}

/** Shared with the passport's conversation: it decides by itself whom it is for. */
export const statusOfActions: Feature = { commands: { status: costly(2, statusCommand) } }

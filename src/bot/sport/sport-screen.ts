import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import type { Text } from '../../delivery/message.ts'
import type { Answer } from '../../sport/student-types.ts'
import { backTo } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { type AnyRefusal, ask, type StudentStub } from './own-student.ts'

/** The last row of every page: one step back, and the sport menu. */
export const footer = (
  ctx: BotContext,
  back?: [verb: string, ...args: (string | number)[]],
): InlineKeyboardButton[] => [
  ...(back ? [backTo(ctx, ...back)] : []),
  button(ctx.texts.sportMenu.home, 'sport'),
]

/** Shows a page of the sport menu in place of the one whose button was pressed. */
export const page = (
  ctx: BotContext,
  text: Text,
  rows: InlineKeyboardButton[][] = [],
  back?: [verb: string, ...args: (string | number)[]],
): Promise<void> => ctx.show(ctx.view(text, [...rows, footer(ctx, back)]))

/** Says why the object refused, and offers the next step where there is one. */
export async function showRefusal(ctx: BotContext, refusal: AnyRefusal): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const way: InlineKeyboardButton[][] =
    refusal === 'not-linked'
      ? [[button(texts.link, 'sp-link')]]
      : refusal === 'paused'
        ? [[button(texts.resumeAll, 'sp-resume')]]
        : []
  await ctx.say(ctx.view(texts.refusals[refusal], [...way, footer(ctx)]))
}

/** Calls the sender's object and goes on with its answer; a refusal is said. */
export async function withAnswer<Value>(
  ctx: BotContext,
  call: (student: StudentStub) => Promise<Answer<Value>>,
  goOn: (value: Value) => Promise<void>,
): Promise<void> {
  const answer = await ask(ctx, call)
  if (answer.ok) await goOn(answer.value)
  else await showRefusal(ctx, answer.refusal)
}

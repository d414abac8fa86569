import { Composer } from 'grammy'
import type { ConfirmationView } from '../../sport/student-types.ts'
import { settledMessage, verbs } from '../../sport/wording.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { page, showRefusal } from './kit.ts'
import { type Asked, ask, readId, type StudentStub } from './student.ts'

/** Answers a question; one that lapsed meanwhile says so. */
const answer =
  (call: (student: StudentStub, id: number) => ReturnType<StudentStub['confirm']>) =>
  async (ctx: BotContext): Promise<void> => {
    const id = readId(ctx.args[0])
    if (id === null) return showRefusal(ctx, 'not-found')
    const answered: Asked<ConfirmationView> = await ask(ctx, (student) => call(student, id))
    if (answered.ok) return ctx.show(settledMessage(ctx.texts, answered.value, false))
    if (answered.refusal === 'too-late') return page(ctx, ctx.texts.sportMenu.questionClosed, [], ['sp-mine'])
    await showRefusal(ctx, answered.refusal)
  }

/** *Conferma* and *Salta* under the confirmation requests of weekly bookings. */
export const questions = new Composer<BotContext>()
questions.callbackQuery(
  pressed(verbs.confirm),
  answer((student, id) => student.confirm(id)),
)
questions.callbackQuery(
  pressed(verbs.skip),
  answer((student, id) => student.skip(id)),
)

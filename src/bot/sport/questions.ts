import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import { readId } from '../../platform/id.ts'
import { verbs } from '../../sport/next-steps.ts'
import type { ConfirmationView } from '../../sport/student-types.ts'
import { questionMessage, settledMessage } from '../../sport/wording.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import type { Answer } from '../plain-words.ts'
import { type Asked, ask, type StudentStub } from './own-student.ts'
import { page, showRefusal, withAnswer } from './sport-screen.ts'

type Reply = (student: StudentStub, id: number) => ReturnType<StudentStub['confirm']>
const confirm: Reply = (student, id) => student.confirm(id)
const skip: Reply = (student, id) => student.skip(id)

/** Answers a confirmation request; one whose deadline has passed says so. */
async function answer(ctx: BotContext, id: number, reply: Reply): Promise<void> {
  const answered: Asked<ConfirmationView> = await ask(ctx, (student) => reply(student, id))
  if (answered.ok) return ctx.show(settledMessage(ctx.texts, answered.value, null))
  if (answered.refusal === 'too-late') return page(ctx, ctx.texts.sportMenu.questionClosed, [], ['sp-mine'])
  await showRefusal(ctx, answered.refusal)
}

const pressedAnswer =
  (reply: Reply) =>
  (ctx: BotContext): Promise<void> => {
    const id = readId(ctx.args[0])
    return id === null ? showRefusal(ctx, 'not-found') : answer(ctx, id, reply)
  }

/**
 * Takes a typed yes or no as the answer to the open confirmation request; with several, asks which one is meant.
 * @param given anything but a yes is a no
 * @returns false when there is no open request
 */
export async function answerConfirmation(ctx: BotContext, given: Answer): Promise<boolean> {
  if (!ctx.maySportHere) return false
  const open = await ask(ctx, (student) => student.openConfirmations())
  const [first, ...others] = open.ok ? open.value : []
  if (!first) return false
  const [reply, verb] = given === 'yes' ? [confirm, verbs.confirm] : [skip, verbs.skip]
  if (others.length === 0) await answer(ctx, first.id, reply)
  else {
    const { sport, passport } = ctx.texts
    const choices = [first, ...others.slice(0, 9)]
    await page(
      ctx,
      passport.chooseMatch,
      choices.map(({ id, target }) => [button(sport.classLabel(target), verb, id)]),
    )
  }
  return true
}

/** Shows an open question once more; one that was settled says so. */
async function showQuestion(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  await withAnswer(
    ctx,
    (student) => student.openConfirmations(),
    (open) => {
      const found = open.find((one) => one.id === id)
      if (!found) return page(ctx, ctx.texts.sportMenu.questionClosed, [], ['sp-mine'])
      const { text, keyboard } = questionMessage(ctx.texts, found)
      return page(ctx, text, keyboard, ['sp-mine'])
    },
  )
}

/** *Ci vado* and *Non ci vado* under the questions of weekly bookings. */
export const questions = new Composer<BotContext>()
questions.callbackQuery(pressed(verbs.confirm), pressedAnswer(confirm))
questions.callbackQuery(pressed(verbs.skip), pressedAnswer(skip))
questions.callbackQuery(pressed('sp-question'), showQuestion)

import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { romeDate, romeTime } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'
import { nextSteps, verbs, waysOn } from './next-steps.ts'
import type { ActionReason, ActionView, BookingState, ConfirmationView } from './student-types.ts'

// The texts about actions and questions, for the object's messages and for the conversation.

/** The text of a reason, with the site's own words when it gave some. */
export function whyInWords(texts: Texts, reason: ActionReason | null, message: string | null): string {
  const sentences: Record<ActionReason, string> = texts.sport.reasons
  const sentence = sentences[reason ?? 'internal']
  return message ? `${sentence}\n${texts.sport.siteSays(message.slice(0, 300))}` : sentence
}

/** An instant (epoch ms) as Rome's day and time. */
export const at = (instant: number): [date: string, time: string] => [romeDate(instant), romeTime(instant)]

function completed(texts: Texts, action: ActionView): string {
  const { sport } = texts
  const { dryRun } = action
  switch (action.kind) {
    case 'book':
      return sport.doneBook
    case 'cancel':
      return sport.doneCancel
    case 'check':
      return sport.doneCheck(action.bookingsAhead)
    case 'link':
      return sport.doneLink
    case 'dry-run': {
      const works = dryRun?.session === 'renewed' ? sport.dryRunRenewed : sport.dryRunAlive
      const slot = dryRun?.slot ? sport.dryRunSlot(dryRun.slot, dryRun.slot.places) : sport.dryRunNothing
      return `${works}\n${slot}`
    }
  }
}

/** The state of an action, in a line or two. */
export function standing(texts: Texts, action: ActionView): string {
  const { sport } = texts
  const why = () => whyInWords(texts, action.reason, action.message)
  if (action.status === 'completed') return completed(texts, action)
  if (action.status === 'failed') return sport.failed(why())
  if (action.status === 'cancelled') return sport.withdrawn(why())
  switch (action.stage) {
    case 'opening':
      return sport.opening(...at(action.opensAt ?? 0))
    case 'watching':
      return sport.watching(...at(action.watchUntil ?? 0))
    case 'retrying':
      return sport.retrying(why(), romeTime(action.nextAt ?? 0))
    case 'done':
      return ''
    default:
      return sport.stages[action.stage]
  }
}

/** The message that shows an action and is edited as it advances. */
export function progressMessage(texts: Texts, action: ActionView): Message {
  const { sport } = texts
  const title = sport.actionTitle(action.id, sport.kinds[action.kind], action.booking ?? action.target)
  const text = `${title}\n\n${standing(texts, action)}`
  const keyboard = nextSteps(texts, action)
  return keyboard.length > 0 ? { text, keyboard } : { text }
}

/** A message of its own about how an action ended. */
export function outcomeText(texts: Texts, action: ActionView): string {
  const { sport } = texts
  const { target, booking } = action
  const why = whyInWords(texts, action.reason, action.message)
  const wanted = action.wishes[0]
  if (action.kind === 'book' && target) {
    if (action.status === 'failed') return sport.notBooked(target, why)
    const slot = booking ?? target
    return wanted && target !== wanted && (target.start !== wanted.start || target.name !== wanted.name)
      ? sport.bookedAlternative(slot, wanted)
      : sport.booked(slot)
  }
  if (action.kind === 'cancel' && target)
    return action.status === 'failed' ? sport.notReleased(target, why) : sport.released(target)
  return progressMessage(texts, action).text
}

/** A question as it was asked. */
export function questionMessage(texts: Texts, question: ConfirmationView): Message {
  const { sport } = texts
  const text =
    question.kind === 'keep'
      ? sport.askKeep(question.target, ...at(question.deadline))
      : sport.askBook(question.target, romeTime(question.deadline))
  return {
    text,
    keyboard: [
      [button(sport.confirm, verbs.confirm, question.id), button(sport.skip, verbs.skip, question.id)],
    ],
  }
}

/** A question in its present state: with its answers while it is open, then with its outcome and the ways on. */
export function settledMessage(
  texts: Texts,
  question: ConfirmationView,
  booking: BookingState | null,
): Message {
  const { sport } = texts
  const { target, status } = question
  const keep = question.kind === 'keep'
  const stays = (text: string): Message => ({ text, keyboard: waysOn(texts, 'mine') })
  const free = (text: string): Message => ({ text, keyboard: waysOn(texts, 'another', 'mine') })
  switch (status) {
    case 'scheduled':
    case 'asked':
      return questionMessage(texts, question)
    case 'confirmed':
      return stays(keep ? sport.keptAnswer(target) : sport.bookAnswer(target))
    case 'skipped':
    case 'lapsed':
      if (booking === 'cancelled') return free(sport.released(target))
      if (status === 'skipped') return free(keep ? sport.skippedKeep(target) : sport.skippedBook(target))
      return free(keep ? sport.lapsedKeep(target) : sport.lapsedBook(target))
    case 'void':
      return booking === 'active' ? stays(sport.stillBooked(target)) : free(sport.voided(target))
  }
}

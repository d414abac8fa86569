import type { Content, Message } from '../../delivery/content.ts'
import type { Texts } from '../../texts/index.ts'
import { linkAgain, nextSteps, wayOnAfter, waysOn } from '../next-steps.ts'
import { opensAt, usefulUntil } from '../opening.ts'
import type { ActionView } from '../student-types.ts'
import { at, outcomeText, progressMessage, questionMessage, settledMessage, whyInWords } from '../wording.ts'
import { actionView, getAction } from './actions.ts'
import { eventOf } from './notifications.ts'
import { preferences } from './object-store.ts'
import type { StudentContext } from './student-context.ts'
import type { StudentNotification } from './student-notification.ts'
import { bookingView, confirmationView } from './views.ts'
import { getQuestion } from './weekly-questions.ts'

const message = (ctx: StudentContext, text: string, keyboard: Message['keyboard'] = []): Content => ({
  type: 'message',
  message: {
    text,
    ...(keyboard.length > 0 && { keyboard }),
    ...(preferences(ctx).quiet && { silent: true }),
  },
})

/** The text of a notification, from the present state; null when it is obsolete. */
export function contentOf(ctx: StudentContext, texts: Texts, notice: StudentNotification): Content | null {
  const { sport } = texts
  if ('actionId' in notice) {
    const row = getAction(ctx, notice.actionId)
    return row ? aboutAction(ctx, texts, notice, actionView(ctx, row), row.messageId) : null
  }
  if ('confirmationId' in notice) {
    const row = getQuestion(ctx, notice.confirmationId)
    if (!row) return null
    const question = confirmationView(row)
    if (notice.what === 'question')
      return row.status === 'asked' ? { type: 'message', message: questionMessage(texts, question) } : null
    const booking = row.bookingId === null ? null : bookingView(ctx, row.bookingId)
    const target = { event: eventOf(ctx, `confirm:${row.id}`) }
    return { type: 'edit', target, message: settledMessage(texts, question, booking?.state ?? null) }
  }
  switch (notice.what) {
    case 'session-needed':
      return message(ctx, sport.sessionNeeded, linkAgain(texts))
    case 'blocked':
      return message(ctx, sport.accountBlocked(whyInWords(texts, notice.reason, null)), linkAgain(texts))
    case 'found': {
      const booking = bookingView(ctx, notice.bookingId)
      return booking?.state === 'active'
        ? message(ctx, sport.foundBooked(booking), waysOn(texts, 'mine'))
        : null
    }
    case 'gone': {
      const booking = bookingView(ctx, notice.bookingId)
      return booking ? message(ctx, sport.gone(booking), waysOn(texts, 'another', 'mine')) : null
    }
  }
}

function aboutAction(
  ctx: StudentContext,
  texts: Texts,
  notice: Extract<StudentNotification, { actionId: number }>,
  action: ActionView,
  messageId: number | null,
): Content | null {
  switch (notice.what) {
    case 'progress':
      if (messageId === null) return null
      return { type: 'edit', target: { messageId }, message: progressMessage(texts, action) }
    case 'outcome':
      return message(ctx, outcomeText(texts, action), nextSteps(texts, action))
    case 'watching':
      return action.target
        ? message(ctx, texts.sport.nowWatching(action.target), nextSteps(texts, action))
        : null
    case 'delayed': {
      if (!action.target || action.status === 'completed' || action.status === 'cancelled') return null
      const why = whyInWords(texts, action.reason, action.message)
      if (action.kind === 'cancel')
        return message(ctx, texts.sport.notReleased(action.target, why), waysOn(texts, 'mine'))
      const until = at(usefulUntil(action.target))
      return message(ctx, texts.sport.delayed(action.target, why, ...until), nextSteps(texts, action))
    }
    case 'precheck': {
      if (!action.target) return null
      const opening = at(opensAt(action.target.date))
      const why = whyInWords(texts, notice.reason, null)
      return message(
        ctx,
        texts.sport.precheck(action.target, ...opening, why),
        wayOnAfter(texts, notice.reason),
      )
    }
  }
}

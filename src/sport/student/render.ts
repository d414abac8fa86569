import type { Content } from '../../delivery/content.ts'
import type { Texts } from '../../texts/index.ts'
import { opensAt } from '../opening.ts'
import { at, outcomeText, progressMessage, questionMessage, settledMessage, whyInWords } from '../wording.ts'
import { actionView, getAction } from './actions.ts'
import { bookingView, confirmationView } from './booking-view.ts'
import { getQuestion } from './confirmations.ts'
import type { Desk } from './desk.ts'
import { eventOf, type Notice } from './notices.ts'
import { preferences } from './preferences.ts'
import type { ActionView } from './views.ts'

const message = (desk: Desk, text: string, rings = false): Content => ({
  type: 'message',
  message: { text, ...(!rings && preferences(desk).quiet && { silent: true }) },
})

/** A notice in words, as things stand now; null when it is of no use any more. */
export function contentOf(desk: Desk, texts: Texts, notice: Notice): Content | null {
  const { sport } = texts
  if ('actionId' in notice) {
    const row = getAction(desk, notice.actionId)
    return row ? aboutAction(desk, texts, notice, actionView(desk, row), row.messageId) : null
  }
  if ('confirmationId' in notice) {
    const row = getQuestion(desk, notice.confirmationId)
    if (!row) return null
    const question = confirmationView(row)
    if (notice.what === 'question')
      return row.status === 'asked' ? { type: 'message', message: questionMessage(texts, question) } : null
    const booking = row.bookingId === null ? null : bookingView(desk, row.bookingId)
    const target = { event: eventOf(desk, `confirm:${row.id}`) }
    const released = booking?.state === 'cancelled'
    return { type: 'edit', target, message: settledMessage(texts, question, released) }
  }
  switch (notice.what) {
    case 'session-needed':
      return message(desk, sport.sessionNeeded)
    case 'blocked':
      return message(desk, sport.accountBlocked(whyInWords(texts, notice.reason, null)))
    case 'found': {
      const booking = bookingView(desk, notice.bookingId)
      return booking?.state === 'active' ? message(desk, sport.foundBooked(booking)) : null
    }
    case 'gone': {
      const booking = bookingView(desk, notice.bookingId)
      return booking ? message(desk, sport.gone(booking)) : null
    }
  }
}

function aboutAction(
  desk: Desk,
  texts: Texts,
  notice: Extract<Notice, { actionId: number }>,
  action: ActionView,
  messageId: number | null,
): Content | null {
  switch (notice.what) {
    case 'progress':
      if (messageId === null) return null
      return { type: 'edit', target: { messageId }, message: progressMessage(texts, action) }
    case 'outcome':
      return message(desk, outcomeText(texts, action))
    case 'watching':
      return action.target ? message(desk, texts.sport.nowWatching(action.target)) : null
    case 'precheck': {
      if (!action.target) return null
      const opening = at(opensAt(action.target.date))
      const why = whyInWords(texts, notice.reason, null)
      return message(desk, texts.sport.precheck(action.target, ...opening, why))
    }
  }
}

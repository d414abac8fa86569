import { button } from '../../delivery/callback.ts'
import type { Content, Message } from '../../delivery/content.ts'
import { romeDate, romeTime } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import { opensAt } from '../opening.ts'
import { actionView, getAction } from './actions.ts'
import { type ActionReason, type ActionView, type ConfirmationView, verbs } from './api.ts'
import { activeBookings, bookingView, confirmationView } from './booking-view.ts'
import { getQuestion } from './confirmations.ts'
import type { Desk } from './desk.ts'
import { eventOf, type Notice } from './notices.ts'
import { preferences } from './preferences.ts'

/** Why something did not go well, in words, with the site's own when it gave some. */
export function whyInWords(texts: Texts, reason: ActionReason | null, message: string | null): string {
  const sentences: Record<ActionReason, string> = texts.sport.reasons
  const sentence = sentences[reason ?? 'internal']
  return message ? `${sentence}\n${texts.sport.siteSays(message.slice(0, 300))}` : sentence
}

const at = (instant: number): [date: string, time: string] => [romeDate(instant), romeTime(instant)]

function completed(texts: Texts, action: ActionView, bookingsAhead: number): string {
  const { sport } = texts
  const { dryRun } = action
  switch (action.kind) {
    case 'book':
      return sport.doneBook
    case 'cancel':
      return sport.doneCancel
    case 'check':
      return sport.doneCheck(bookingsAhead)
    case 'link':
      return sport.doneLink
    case 'dry-run': {
      const works = dryRun?.session === 'renewed' ? sport.dryRunRenewed : sport.dryRunAlive
      const slot = dryRun?.slot ? sport.dryRunSlot(dryRun.slot, dryRun.slot.places) : sport.dryRunNothing
      return `${works}\n${slot}`
    }
  }
}

/** How an action stands, in a line or two. */
export function standing(texts: Texts, action: ActionView, bookingsAhead: number): string {
  const { sport } = texts
  const why = () => whyInWords(texts, action.reason, action.message)
  if (action.status === 'completed') return completed(texts, action, bookingsAhead)
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
export function progressMessage(texts: Texts, action: ActionView, bookingsAhead: number): Message {
  const { sport } = texts
  const title = sport.actionTitle(action.id, sport.kinds[action.kind], action.booking ?? action.target)
  const text = `${title}\n\n${standing(texts, action, bookingsAhead)}`
  const withdraw = action.withdrawable && action.status === 'pending'
  return withdraw ? { text, keyboard: [[button(sport.withdraw, verbs.withdraw, action.id)]] } : { text }
}

function outcomeText(texts: Texts, action: ActionView, bookingsAhead: number): string {
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
  return progressMessage(texts, action, bookingsAhead).text
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

/** A question as it stands now: with its buttons while it is open, with what came of it afterwards. */
export function settledMessage(texts: Texts, question: ConfirmationView, released: boolean): Message {
  const { sport } = texts
  const keep = question.kind === 'keep'
  switch (question.status) {
    case 'scheduled':
    case 'asked':
      return questionMessage(texts, question)
    case 'confirmed':
      return { text: keep ? sport.keptAnswer(question.target) : sport.bookAnswer(question.target) }
    case 'skipped':
    case 'lapsed':
      if (released) return { text: sport.released(question.target) }
      if (question.status === 'skipped')
        return { text: keep ? sport.skippedKeep(question.target) : sport.skippedBook(question.target) }
      return { text: keep ? sport.lapsedKeep(question.target) : sport.lapsedBook(question.target) }
    case 'void':
      return { text: sport.voided(question.target) }
  }
}

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
    case 'gone': {
      const booking = bookingView(desk, notice.bookingId)
      return booking ? message(desk, sport.gone(booking)) : null
    }
    case 'markup':
      return message(desk, sport.markupChanged(notice.step, notice.detail.slice(0, 300), desk.userId), true)
    case 'markup-clear':
      return message(desk, sport.markupClear(notice.step), true)
  }
}

function aboutAction(
  desk: Desk,
  texts: Texts,
  notice: Extract<Notice, { actionId: number }>,
  action: ActionView,
  messageId: number | null,
): Content | null {
  const ahead = activeBookings(desk).length
  switch (notice.what) {
    case 'progress':
      if (messageId === null) return null
      return { type: 'edit', target: { messageId }, message: progressMessage(texts, action, ahead) }
    case 'outcome':
      return message(desk, outcomeText(texts, action, ahead))
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

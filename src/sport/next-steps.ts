import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import { HOUR } from '../platform/time.ts'
import type { Texts } from '../texts/index.ts'
import { startsAt } from './opening.ts'
import type { ActionReason, ActionView } from './student-types.ts'

/** The verbs of the buttons under the object's own messages; the bot handles them. */
export const verbs = {
  confirm: 'sport-confirm',
  skip: 'sport-skip',
  withdraw: 'sport-withdraw',
  wait: 'sport-wait',
  another: 'sp-new',
  link: 'sp-link',
  cancel: 'sp-cancel',
  mine: 'sp-mine',
} as const

/** Reasons after which nothing works until the student links the account again. */
const accountReasons: ReadonlySet<ActionReason> = new Set<ActionReason>([
  'bad-credentials',
  'password-expired',
  'otp-refused',
  'not-linked',
  'session-needed',
])

/** Reasons for which the same class may be had later, when somebody gives a place back. */
const noPlace: ReadonlySet<ActionReason> = new Set<ActionReason>(['full', 'watch-ended'])

/** The button that leads to linking the account once more. */
export const linkAgain = ({ sport }: Texts): InlineKeyboardButton[][] => [
  [button(sport.next.link, verbs.link)],
]

/** The ways on after what is no action: an answered question, a booking that came or went. */
export const waysOn = ({ sport }: Texts, ...steps: ('another' | 'mine')[]): InlineKeyboardButton[][] => [
  steps.map((step) => button(sport.next[step], verbs[step])),
]

/** The way on when a booking to come would fail for this reason: to link again, if that helps. */
export const wayOnAfter = (texts: Texts, reason: ActionReason | null): InlineKeyboardButton[][] =>
  reason !== null && accountReasons.has(reason) ? linkAgain(texts) : []

/** A watch of a class that was full ends so long (ms) before it begins. */
const WATCH_ENDS_BEFORE = HOUR

/** True when a failed booking can be asked for again as a watch: the class had no place, and there was time left. */
export function canWait({ kind, status, reason, wishes: [wish], completedAt }: ActionView): boolean {
  if (kind !== 'book' || status !== 'failed' || reason === null || !noPlace.has(reason) || !wish) return false
  return (completedAt ?? 0) < startsAt(wish) - WATCH_ENDS_BEFORE
}

/** The wish of a failed booking as a watch: the first place that is given back is taken. Null: waiting is of no use. */
export function watchAgain(action: ActionView) {
  const [wish, ...alternatives] = action.wishes
  if (!wish || !canWait(action)) return null
  return { wish, alternatives, when: 'now' as const, watchUntil: startsAt(wish) - WATCH_ENDS_BEFORE }
}

/** What a person may want to do next. */
export type Step = 'withdraw' | 'link' | 'mine' | 'cancel' | 'wait' | 'another' | 'first'

/** What a person may want after an action, in rows: to withdraw it, or what its outcome leaves to do. */
export function stepsAfter(action: ActionView): Step[][] {
  const { kind, status, reason, booking } = action
  if (status === 'pending') return action.withdrawable ? [['withdraw']] : []
  if (status === 'processing') return []
  if (reason !== null && accountReasons.has(reason)) return [['link']]
  if (kind === 'book' && status === 'completed')
    return [booking?.state === 'active' ? ['mine', 'cancel'] : ['mine']]
  if (kind === 'book') return [...(canWait(action) ? [['wait'] as Step[]] : []), ['another', 'mine']]
  if (kind === 'cancel') return [['another', 'mine']]
  if (kind === 'link') return status === 'completed' ? [['first']] : [['link']]
  return [['mine']]
}

/** The same as buttons of the chat. */
export function nextSteps({ sport }: Texts, action: ActionView): InlineKeyboardButton[][] {
  const { next, withdraw } = sport
  const { id, booking } = action
  const buttons: Record<Step, () => InlineKeyboardButton> = {
    withdraw: () => button(withdraw, verbs.withdraw, id),
    link: () => button(next.link, verbs.link),
    mine: () => button(next.mine, verbs.mine),
    cancel: () => button(next.cancel, verbs.cancel, booking?.id ?? 0),
    wait: () => button(next.wait, verbs.wait, id),
    another: () => button(next.another, verbs.another),
    first: () => button(next.first, verbs.another),
  }
  return stepsAfter(action).map((row) => row.map((step) => buttons[step]()))
}

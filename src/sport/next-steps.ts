import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import type { Texts } from '../texts/index.ts'
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

/** True when a failed booking can be asked for again as a watch: the class had no place. */
export const canWait = ({ kind, status, reason, wishes }: ActionView): boolean =>
  kind === 'book' && status === 'failed' && reason !== null && noPlace.has(reason) && wishes.length > 0

/** What a person may want after an action: to withdraw it, or what its outcome leaves to do. */
export function nextSteps(texts: Texts, action: ActionView): InlineKeyboardButton[][] {
  const { next, withdraw } = texts.sport
  const { id, kind, status, reason, booking } = action
  if (status === 'pending') return action.withdrawable ? [[button(withdraw, verbs.withdraw, id)]] : []
  if (status === 'processing') return []
  if (reason !== null && accountReasons.has(reason)) return linkAgain(texts)
  if (kind === 'book' && status === 'completed')
    return [
      [
        button(next.mine, verbs.mine),
        ...(booking?.state === 'active' ? [button(next.cancel, verbs.cancel, booking.id)] : []),
      ],
    ]
  if (kind === 'book')
    return [
      ...(canWait(action) ? [[button(next.wait, verbs.wait, id)]] : []),
      [button(next.another, verbs.another), button(next.mine, verbs.mine)],
    ]
  if (kind === 'cancel') return [[button(next.another, verbs.another), button(next.mine, verbs.mine)]]
  if (kind === 'link' && status === 'completed') return [[button(next.first, verbs.another)]]
  return kind === 'link' ? linkAgain(texts) : [[button(next.mine, verbs.mine)]]
}

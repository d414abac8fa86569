import type { Message } from '../content.ts'

/** The ways in which messages reach people, in the order in which a run serves them. */
export const channelNames = ['telegram', 'web-push'] as const
export type ChannelName = (typeof channelNames)[number]

/** The first id of a recipient of Web Push: Telegram's ids have at most 52 significant bits (docs of the Bot API). */
export const FIRST_PUSH_ID = 2 ** 52

/** The channel that reaches a recipient: its id says so. */
export const channelOf = (chatId: number): ChannelName => (chatId >= FIRST_PUSH_ID ? 'web-push' : 'telegram')

/** Why a message to a browser waits whose push service refuses our key: operators are told. */
export const KEY_REFUSED = 'push-key-refused'

/** Sends one message to a recipient, or edits one. */
export interface Call {
  chatId: number
  /** Short enough for one message; see `Channel.firstPart`. */
  message: Message
  /** Names the message: a repeat of it has the same. */
  key: string
  /** The id of the message to edit; absent: a new message. */
  editOf?: number
}

/**
 * What a failed call means for its message:
 * - `done`: the message is as it should be already (an edit that changes nothing).
 * - `wait`: too many requests, from this recipient's point of view or in all. The message waits.
 * - `later`: the recipient's own service takes nothing for now. Its recipients' messages wait, those of others go on.
 * - `retry`: the service was down or could not be reached. It may have accepted the message all the same.
 * - `unauthorized`: our key or token is wrong. Messages stay queued until the operator fixes it.
 * - `chat-gone`: the recipient refuses us for good: blocked, kicked, deleted, unsubscribed.
 * - `chat-refuses`: the recipient refuses us, perhaps only for now: missing rights, a restriction.
 * - `topic-closed`: the forum topic is closed or deleted; other topics of the chat may be open.
 * - `moved`: the chat has another id now.
 * - `stale`: the message to edit no longer exists.
 * - `refused`: the request is wrong, and would be refused again.
 */
export type Failure =
  | { kind: 'done' }
  | { kind: 'wait'; retryAfterMs: number }
  | { kind: 'later'; until: number; reason: string }
  | { kind: 'retry' }
  | { kind: 'unauthorized' }
  | { kind: 'chat-gone'; reason: string }
  | { kind: 'chat-refuses'; reason: string }
  | { kind: 'topic-closed'; reason: string }
  | { kind: 'moved'; chatId: number }
  | { kind: 'stale' }
  | { kind: 'refused'; reason: string }

/** The answer to a call, as a plain value: a sender may return it over RPC. */
export type Answer =
  | { ok: true; messageId: number | undefined }
  /** `error` describes the failure for logs. */
  | { ok: false; failure: Failure; error: string }

/** Makes calls over the connections of one invocation. Rejects only when that invocation fails. */
export interface Sender {
  send(call: Call): Promise<Answer>
}

/** A message's first part, and the message that is left for later. */
export interface FirstPart {
  part: Message
  rest?: Message
}

/**
 * A way in which messages reach people: everything that a send run has to know of it. A new one is a folder beside this
 * file, a name above, and a line in the dispatcher.
 */
export interface Channel {
  name: ChannelName
  /** Who makes the calls: at least one. The first is the running invocation. */
  senders: readonly Sender[]
  /** Calls that one sender has open at once; all channels together, five on the running invocation. */
  openEach: number
  /** Messages a second to start from, while nothing is learned. */
  configuredRate: number
  /** What a message uses of the invocation's budget. */
  eachMessage: { subrequests: number; cpuMs: number }
  /** How long one recipient takes no message after another, ms. */
  interval(chatId: number): number
  /** Until when the recipient's own service takes nothing, epoch ms; 0: it does. Absent: the channel is one service. */
  pausedUntil?(chatId: number): number
  /** Cuts off as much of a message as the service takes at once. */
  firstPart(message: Message): FirstPart
  /** Reads what it has to know of these recipients, before messages are sent to them; absent: nothing. */
  prepare?(chatIds: readonly number[]): Promise<void>
}

import { describeError, log } from '../platform/log.ts'
import { SECOND } from '../platform/time.ts'
import type { Answer, Call, Sender } from './channels/channel.ts'

/** Calls that an invocation has open at once, of all channels: it has six connections, and one of a run's is for D1. */
const OWN_CONNECTIONS = 5

/** How many calls the running invocation has open; the channels of a run share it. */
export interface OwnConnections {
  open: number
}

/** A sender whose invocation failed gets no call for this long (ms). */
const REST_MS = 5 * SECOND

interface Member {
  sender: Sender
  open: number
  restsUntil: number
}

/**
 * The senders of a channel. Its run decides what is sent and when, so they share its one rate and its chats' limits; each has
 * a limit of open calls. A call goes to the first sender with room, so that few messages use only one sender.
 */
export class SenderPool {
  readonly #members: readonly Member[]
  readonly #openEach: number
  readonly #own: OwnConnections

  /**
   * @param senders at least one; the first is the run's own invocation
   * @param openEach calls that a sender has open at once
   * @param own the calls that the first sender's invocation has open, for all channels
   */
  constructor(senders: readonly Sender[], openEach: number, own: OwnConnections) {
    this.#openEach = openEach
    this.#own = own
    this.#members = senders.map((sender) => ({ sender, open: 0, restsUntil: 0 }))
  }

  /** True if any sender can take a call. */
  hasRoom(now: number): boolean {
    return this.#free(now) !== undefined
  }

  /**
   * Makes a call through a sender that has room. A sender that fails during it may have made it: the answer is the same as
   * when the service cannot be reached.
   */
  async send(call: Call, now: number): Promise<Answer> {
    const member = this.#free(now)
    if (member === undefined) throw new Error('no sender has room')
    member.open++
    const isOwn = member === this.#members[0]
    if (isOwn) this.#own.open++
    try {
      return await member.sender.send(call)
    } catch (error) {
      member.restsUntil = now + REST_MS
      log('warn', 'sender-failed', { sender: this.#members.indexOf(member) + 1, error: describeError(error) })
      return { ok: false, failure: { kind: 'retry' }, error: describeError(error) }
    } finally {
      member.open--
      if (isOwn) this.#own.open--
    }
  }

  #free(now: number): Member | undefined {
    return this.#members.find(
      ({ open, restsUntil }, i) =>
        open < this.#openEach && restsUntil <= now && (i > 0 || this.#own.open < OWN_CONNECTIONS),
    )
  }
}

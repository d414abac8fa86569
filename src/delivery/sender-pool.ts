import { describeError, log } from '../platform/log.ts'
import { SECOND } from '../platform/time.ts'
import type { TelegramCall } from './bot-api.ts'
import type { TelegramAnswer, TelegramSender } from './telegram-sender.ts'

/** Calls that a sender has open at once: an invocation has six connections, and one of a run's is for D1. */
export const OPEN_EACH = 5
/** A sender whose invocation failed gets no call for this long (ms). */
const REST_MS = 5 * SECOND

interface Member {
  sender: TelegramSender
  open: number
  restsUntil: number
}

/**
 * The senders of a run. The run decides what is sent and when, so they share its one rate and its chats' limits; each has
 * at most `OPEN_EACH` calls open. A call goes to the first sender with room, so that few messages use only one sender.
 */
export class SenderPool {
  readonly #members: readonly Member[]

  /** @param senders at least one; the first is the run's own invocation */
  constructor(senders: readonly TelegramSender[]) {
    this.#members = senders.map((sender) => ({ sender, open: 0, restsUntil: 0 }))
  }

  /** True if any sender can take a call. */
  hasRoom(now: number): boolean {
    return this.#free(now) !== undefined
  }

  /**
   * Makes a call through a sender that has room. A sender that fails during it may have made it: the answer is the same as
   * when Telegram cannot be reached.
   */
  async send(call: TelegramCall, now: number): Promise<TelegramAnswer> {
    const member = this.#free(now)
    if (member === undefined) throw new Error('no sender has room')
    member.open++
    try {
      return await member.sender.send(call)
    } catch (error) {
      member.restsUntil = now + REST_MS
      log('warn', 'sender-failed', { sender: this.#members.indexOf(member) + 1, error: describeError(error) })
      return { ok: false, failure: { kind: 'retry' }, error: describeError(error) }
    } finally {
      member.open--
    }
  }

  #free(now: number): Member | undefined {
    return this.#members.find(({ open, restsUntil }) => open < OPEN_EACH && restsUntil <= now)
  }
}

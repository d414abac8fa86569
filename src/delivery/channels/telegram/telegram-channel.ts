import { SECOND } from '../../../platform/time.ts'
import type { Channel, Sender } from '../channel.ts'
import { firstPart } from './split-message.ts'

/** Calls that a sender has open at once: an invocation has six connections, and one of a run's is for D1. */
export const OPEN_EACH = 5

/** A chat takes about one message a second, a group 20 a minute (published FAQ): ms between two messages. */
export const chatInterval = (chatId: number): number => (chatId < 0 ? 3 * SECOND : SECOND)

/** Telegram as a channel. @param senders at least one; the first is the running invocation */
export const telegramChannel = (senders: readonly Sender[], configuredRate: number): Channel => ({
  name: 'telegram',
  senders,
  openEach: OPEN_EACH,
  configuredRate,
  // A request, now and then a second one; the CPU time is `npm run bench -- costs`'.
  eachMessage: { subrequests: 1.3, cpuMs: 4 },
  interval: chatInterval,
  firstPart,
})

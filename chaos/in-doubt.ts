import type { Disturbance, World } from './world.ts'

/**
 * An answer from Telegram this shortly (ms) before the Workers ended may not be saved. An outcome is saved within 300 ms
 * on a quiet machine; the rest is for a loaded one.
 */
const UNWRITTEN_MS = 1_000
/** A sender gives up on an answer after ten seconds; the rest is for its log line, on a loaded machine, ms. */
const GAVE_UP_MS = 12_000
/** After a lock of the database is released, the write is tried again within this many ms. */
const CAUGHT_UP_MS = 2_500

/**
 * Why the Workers cannot know that Telegram accepted a message. `ended`: they ended before they saved it.
 * `answer-lost`: the connection broke or timed out after Telegram accepted it. An answer that was on its way when the
 * sender gave up looks delivered to the simulator; the sender's log tells.
 */
export type Doubt = 'answer-lost' | 'ended'

/** Since when, at an end of the Workers, nothing may have been saved. */
function unwrittenSince({ disturbances }: World, end: Disturbance): number {
  const locks = disturbances.filter(({ kind, ended }) => kind === 'store' && ended > end.from - CAUGHT_UP_MS)
  return Math.min(end.from, ...locks.map(({ from }) => from)) - UNWRITTEN_MS
}

/** True if a sender gave up on an answer that may be the one of a message accepted at an instant. */
const gaveUpOn = ({ logs }: World, at: number): boolean =>
  logs.some((line) => {
    const waited = Number.parseInt(line, 10) - at
    return waited >= 0 && waited <= GAVE_UP_MS && /"event":"(?:telegram|web-push)-unreachable"/.test(line)
  })

/** Why the Workers may not know that a message was accepted; undefined: they must know. */
export function doubtAbout(
  world: World,
  { at, answerLost }: { at: number; answerLost: boolean },
): Doubt | undefined {
  const ends = world.disturbances.filter(({ kind }) => kind !== 'store')
  // A request under way may be accepted shortly after its caller has ended.
  const down = ends.some(({ from, until }) => at >= from && at <= until)
  if (answerLost) return down ? 'ended' : 'answer-lost'
  if (ends.some((end) => at > unwrittenSince(world, end) && at <= end.ended)) return 'ended'
  return gaveUpOn(world, at) ? 'answer-lost' : undefined
}

/** Messages sent more than once where the Workers could not know, by cause. */
export type InDoubt = Record<Doubt, number>

/**
 * Counts the surplus of equal messages that should have arrived `wanted` times: those with an excuse, by cause,
 * and those without.
 */
export function excessOf(
  world: World,
  messages: readonly { at: number; answerLost: boolean }[],
  wanted: number,
): InDoubt & { doubled: number } {
  let excess = Math.max(0, messages.length - wanted)
  const doubts = messages.map((message) => doubtAbout(world, message))
  const take = (doubt: Doubt) => {
    const taken = Math.min(excess, doubts.filter((each) => each === doubt).length)
    excess -= taken
    return taken
  }
  return { 'answer-lost': take('answer-lost'), ended: take('ended'), doubled: excess }
}

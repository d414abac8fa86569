import type { Disturbance, World } from './world.ts'

/** An answer of Telegram that came so shortly (ms) before the Workers' end may not have been written down. */
const UNWRITTEN_MS = 1_000
/** After the database was locked, the writing is tried again within so many ms. */
const CAUGHT_UP_MS = 2_500

/**
 * Why the Workers cannot know that Telegram took a message. `ended`: they were ended before its acceptance was written
 * down. `answer-lost`: the connection broke, or was given up, after it was accepted.
 */
export type Doubt = 'answer-lost' | 'ended'

/** Since when nothing may have been written down when the Workers were ended. */
function unwrittenSince({ disturbances }: World, end: Disturbance): number {
  const locks = disturbances.filter(({ kind, ended }) => kind === 'store' && ended > end.from - CAUGHT_UP_MS)
  return Math.min(end.from, ...locks.map(({ from }) => from)) - UNWRITTEN_MS
}

/** Why a message's acceptance may be unknown to the Workers; undefined: they must know. */
export function doubtAbout(
  world: World,
  { at, answerLost }: { at: number; answerLost: boolean },
): Doubt | undefined {
  const ends = world.disturbances.filter(({ kind }) => kind !== 'store')
  // What was under way is accepted a little after its caller is gone.
  const down = ends.some(({ from, until }) => at >= from && at <= until)
  if (answerLost) return down ? 'ended' : 'answer-lost'
  return ends.some((end) => at > unwrittenSince(world, end) && at <= end.ended) ? 'ended' : undefined
}

/** Messages told more than once where nobody can know better, by cause. */
export type InDoubt = Record<Doubt, number>

/**
 * Of messages that say the same and should have come `wanted` times: how many too many there are with an excuse, by
 * cause, and how many without.
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

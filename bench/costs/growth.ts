/** What more people lead to, computed from the habits of `model.ts` and from constants of the code: docs/scale.md. */
import { KEPT, PRUNED_AN_HOUR } from '../../src/db/prune.ts'
import { MAX_DIGEST_PAGES } from '../../src/delivery/sweep.ts'
import { MAX_CHATS } from '../../src/passport/alerts/digest.ts'
import { habits } from './model.ts'

/** Messages a second: Telegram's free rate as we use it, six senders, and Telegram's paid rate. */
export const rates = { free: 28, sixSenders: 300, paid: 1_000 }
/** What a paid broadcast costs: Stars for a message above Telegram's free rate, and that rate in messages a second. */
const STARS = { each: 0.1, freeASecond: 30 }
/** The share of all people who follow the province that most people follow: an assumption. */
const LARGEST = 0.1
/** How long a freed slot stays, minutes: the default of `npm run bench -- polling`. */
const SLOT_MINUTES = 6
const DAY_S = 86_400

const alertsADay = (users: number) => users * habits.provincesEach * habits.alertsADay
/** Alerts and their edits. */
const messagesADay = (users: number) => 2 * alertsADay(users)
const largest = (users: number) => users * habits.provincesEach * LARGEST

/** How long messages take at each rate, s. */
const secondsFor = (messages: number) => ({
  free: messages / rates.free,
  sixSenders: messages / rates.sixSenders,
  paid: messages / rates.paid,
})

/** Figures for a number of people. */
export function growth(users: number) {
  const followers = largest(users)
  return {
    messagesADay: messagesADay(users),
    messagesASecond: messagesADay(users) / DAY_S,
    followers,
    /** From an event to the last follower of that province, and to everybody. */
    toLast: secondsFor(followers),
    toAll: secondsFor(users),
    /** Stars for one alert of the largest province at the paid rate. */
    stars: followers * STARS.each * (1 - STARS.freeASecond / rates.paid),
    historyDays: Math.min(KEPT.deliveries.days, KEPT.deliveries.rows / alertsADay(users)),
  }
}

/** The number of people at which each bound is reached. */
export const reachedAt = {
  /** The last follower of the largest province hears of a slot when it is usually gone. */
  lateAtFree: (rates.free * SLOT_MINUTES * 60) / largest(1),
  lateAtSixSenders: (rates.sixSenders * SLOT_MINUTES * 60) / largest(1),
  lateAtPaid: (rates.paid * SLOT_MINUTES * 60) / largest(1),
  /** Messages come faster than they leave, all day long. */
  alwaysBehind: (rates.free * DAY_S) / messagesADay(1),
  /** Sent messages are kept for less than their days. */
  shorterHistory: KEPT.deliveries.rows / (alertsADay(1) * KEPT.deliveries.days),
  /** Old messages come faster than they are deleted. */
  prunedTooSlowly: (PRUNED_AN_HOUR * 24) / alertsADay(1),
  /** Digests that end together take longer than a minute, if one person in ten has quiet hours with a digest. */
  digests: MAX_DIGEST_PAGES * MAX_CHATS * 10,
}

import { PROVINCES } from './places.ts'
import type { Plan } from './plan.ts'
import { type SlotWish, wants } from './slot-wishes.ts'
import type { World } from './world.ts'

/** Somebody who gets alerts: a person's chat, or a browser. */
export interface Recipient {
  /** The chat's id. */
  id: number
  /** The provinces that they follow. */
  provinces: readonly string[]
  wish: SlotWish
  /** They are in quiet hours until `World.quietUntil`, then get a digest. */
  isQuiet: boolean
  /** When a browser gave up its subscription, epoch ms; undefined: never. */
  endedAt: number | undefined
}

/** Everybody who gets alerts, by the plan, by the id of their chat. */
export function recipientsOf(
  { people, nightPeople, browsers }: World,
  { follows, nightFollows, browserFollows, wishes, browserWishes }: Plan,
): Map<number, Recipient> {
  const codes = (followed: readonly number[] = []) => followed.map((province) => PROVINCES[province] ?? '')
  const all: Recipient[] = [
    ...people.map(({ id }, i) => ({
      id,
      provinces: codes(follows[i]),
      wish: wishes[i] ?? {},
      isQuiet: false,
      endedAt: undefined,
    })),
    ...nightPeople.map(({ id }, i) => ({
      id,
      provinces: codes(nightFollows[i]),
      wish: {},
      isQuiet: true,
      endedAt: undefined,
    })),
    ...browsers.map(({ chatId, endedAt }, i) => ({
      id: chatId,
      provinces: codes(browserFollows[i]),
      wish: browserWishes[i] ?? {},
      isQuiet: i === browsers.length - 1,
      endedAt,
    })),
  ]
  return new Map(all.map((recipient) => [recipient.id, recipient]))
}

/** Whether a slot is one of which a recipient should hear. @param slot its office, day and time */
export function isWanted(
  { today }: World,
  { provinces, wish }: Recipient,
  province: string,
  slot: string,
): boolean {
  const [, date = '', time = ''] = slot.split(' ')
  return provinces.includes(province) && wants(wish, { province, date, time }, today)
}

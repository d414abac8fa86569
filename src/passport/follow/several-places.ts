import { type SQL, sql } from 'drizzle-orm'
import type { Chat } from '../../chats/chat-row.ts'

/** How many places a chat needs: columns of `chats`. */
export type PlacesFilter = Pick<Chat, 'minPlaces' | 'minDayPlaces'>

/** True for a chat that needs several places, of one slot or of a day: more places of a known slot can be news to it. */
export const needsSeveral = ({ minPlaces, minDayPlaces }: PlacesFilter): boolean =>
  Math.max(minPlaces, minDayPlaces) > 1

/** The wish of a chat that needs one place. */
export const ONE_PLACE: PlacesFilter = { minPlaces: 1, minDayPlaces: 1 }

/** How many places a row of `chats` needs, in SQL. @param chat the name of the row */
export const wishOf = (chat: SQL): SQL => sql`max(${chat}.min_places, ${chat}.min_day_places)`

/** `needsSeveral` in SQL, as in the condition of the index `chats_several_places`. */
export const someWish = (chat: SQL): SQL => sql`${wishOf(chat)} > 1`

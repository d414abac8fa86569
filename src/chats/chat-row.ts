import { sql } from 'drizzle-orm'
import type { Database, Row, Statement } from '../db/database.ts'
import { decodeRow } from '../db/rows.ts'
import { chats } from '../db/schema/chats.ts'
import { HOUR } from '../platform/time.ts'
import { sleepChat } from './chat-status.ts'

/** A chat's row. */
export type Chat = typeof chats.$inferSelect

/** What an update says about its chat. */
export type ChatIdentity = Pick<Chat, 'id' | 'kind'>

/** `last_seen_at` is accurate to within this time (ms), so that most updates write no chat row. */
const SEEN_GRAIN = HOUR

/** The statement that reads a chat's row: for `readChat`. */
export const chatQuery = (id: number): Statement => sql`SELECT * FROM chats WHERE id = ${id}`

/** A chat that never wrote before: Italian, everything on, no filter. */
export const newChat = ({ id, kind }: ChatIdentity, now: number): Chat => ({
  id,
  kind,
  language: 'it',
  status: 'active',
  quietFrom: null,
  quietTo: null,
  quietMode: 'silent',
  tellGone: true,
  alertEffect: false,
  earlyNotice: false,
  onlyOffices: null,
  onlyFromDay: null,
  onlyBefore: null,
  filterExpiryTold: null,
  onlyWeekdays: null,
  onlyFrom: null,
  onlyTo: null,
  onlyWindows: null,
  minPlaces: 1,
  minDayPlaces: 1,
  awaiting: null,
  heavyUntil: 0,
  threadId: null,
  refusedSince: null,
  createdAt: now,
  lastSeenAt: now,
})

/** The row after an update of the chat: active and seen. `changed` holds the columns to save; null: none. */
export function readChat(
  row: Row | undefined,
  incoming: ChatIdentity,
  now: number,
): { chat: Chat; changed: Partial<Chat> | null } {
  if (!row) {
    const chat = newChat(incoming, now)
    return { chat, changed: chat }
  }
  const known = decodeRow(chats, row)
  const changed: Partial<Chat> = {
    ...(known.status === 'gone' && { status: 'active' as const, lastSeenAt: now }),
    ...(known.refusedSince !== null && { refusedSince: null }),
    ...(known.kind !== incoming.kind && { kind: incoming.kind }),
    ...(known.lastSeenAt < now - SEEN_GRAIN && { lastSeenAt: now }),
  }
  return { chat: { ...known, ...changed }, changed: Object.keys(changed).length > 0 ? changed : null }
}

/** The statements that resume the subscriptions of a chat that came back, at an instant (epoch ms). */
export type WakeSubscriptions = (chatId: number, now: number) => Statement[]

/**
 * The statements that save changed columns of a chat. A change of its status resumes or suspends its subscriptions too.
 */
export function saveChat(
  db: Database,
  chat: Chat,
  changed: Partial<Chat>,
  wake: WakeSubscriptions,
): Statement[] {
  const save = db.insert(chats).values(chat).onConflictDoUpdate({ target: chats.id, set: changed })
  if (changed.id !== undefined) return [save]
  if (changed.status === 'active') return [...wake(chat.id, chat.lastSeenAt), save]
  if (changed.status === 'gone') return [...sleepChat(chat.id), save]
  return [save]
}

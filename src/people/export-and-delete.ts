import { eq } from 'drizzle-orm'
import { forgetChat, forgetMessages, readPersonalData } from '../chats/chat-data.ts'
import type { Chat } from '../chats/chat-row.ts'
import type { Database, Statement } from '../db/database.ts'
import { students } from '../db/schema/sport.ts'
import { listBrowsers, unpairAll } from '../passport/sessions/paired-browsers.ts'
import { forgetSessionsOf, sessionsOf } from '../passport/sessions/session-store.ts'
import type { Keyring } from '../platform/crypto.ts'
import { eraseLater } from '../sport/erasures.ts'
import { type AskOwn, readSportData } from '../sport/student/ask-student.ts'

/** A chat whose data are exported or deleted. */
export interface DataOwner {
  db: Database
  chat: Chat
  /** Calls the person's own object; null: the chat is not a person's, or there is no booking Worker. */
  student: AskOwn | null
  /** The person may use sport. */
  maySport: boolean
  /** Epoch ms. */
  now: number
}

/** True for people who may use sport, or may not any more but still have a linked account. */
export async function mayHaveSportData({ db, chat, student, maySport }: DataOwner): Promise<boolean> {
  if (student === null) return false
  return maySport || (await db.$count(students, eq(students.userId, chat.id))) > 0
}

/** Everything that is kept about a chat and its person: an object for JSON. Passwords, keys and sessions are left out. */
export async function exportEverything(owner: DataOwner): Promise<Record<string, unknown>> {
  const { db, chat, student, now } = owner
  const [own, sport, portalSessions, pairedBrowsers] = await Promise.all([
    readPersonalData(db, chat, now),
    student === null ? {} : mayHaveSportData(owner).then((expected) => readSportData(student, expected)),
    sessionsOf(db, chat.id),
    listBrowsers(db, chat.id),
  ])
  return {
    ...own,
    ...sport,
    ...(portalSessions.length > 0 && { portalSessions }),
    ...(pairedBrowsers.length > 0 && { pairedBrowsers }),
  }
}

/**
 * Deletes everything: first the person's object, then the rows of the database.
 * @param commit runs the statements in one transaction
 * @returns false when the object did not answer: a cron of the booking Worker erases it later
 */
export async function deleteEverything(
  { db, chat, student, now }: DataOwner,
  keys: Keyring,
  commit: (statements: Statement[]) => Promise<unknown>,
): Promise<boolean> {
  const erased = student === null || (await student((own) => own.deleteEverything())).ok
  await forgetMessages(db, chat.id)
  await commit([
    ...(await forgetSessionsOf(db, chat.id, now)),
    unpairAll(chat.id),
    ...(await forgetChat(keys, chat.id, now)),
    ...(erased ? [] : [eraseLater(chat.id, now)]),
  ])
  return erased
}

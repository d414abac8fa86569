import { type SQL, sql } from 'drizzle-orm'
import type { Update } from 'grammy/types'
import type { Statement } from '../db/database.ts'

/** Identifies an update: its id, and a hash of its content. */
interface UpdateKey {
  update: Pick<Update, 'update_id'>
  fingerprint: number
}

/** The statement that reads whether an update is done. */
export const readDone = ({ update, fingerprint }: UpdateKey): SQL =>
  sql`SELECT 1 FROM updates WHERE id = ${update.update_id} AND fingerprint = ${fingerprint}`

/** True, as a condition of a statement, of an update that is not done. */
export const isNew = (update: UpdateKey): SQL => sql`NOT EXISTS (${readDone(update)})`

/** The statement that marks an update as done, so that a repeat is dropped. */
export const markDone = ({ update, fingerprint }: UpdateKey, now: number): Statement =>
  sql`INSERT INTO updates (id, fingerprint, done_at) VALUES (${update.update_id}, ${fingerprint}, ${now})
      ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, done_at = excluded.done_at`

import { sql } from 'drizzle-orm'
import type { Statement } from '../db/client.ts'
import type { UpdateKey } from './update.ts'

/** The statement that reads whether an update's work was done. */
export const readDone = ({ updateId, fingerprint }: UpdateKey): Statement =>
  sql`SELECT 1 FROM updates WHERE id = ${updateId} AND fingerprint = ${fingerprint}`

/** The statement that says that an update's work is done, so that a repeat is dropped. */
export const markDone = ({ updateId, fingerprint }: UpdateKey, now: number): Statement =>
  sql`INSERT INTO updates (id, fingerprint, done_at) VALUES (${updateId}, ${fingerprint}, ${now})
      ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, done_at = excluded.done_at`

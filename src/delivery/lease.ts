import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'

/** The sender's lease ends by itself after this, when its holder died. */
export const SENDER_LEASE_MS = 30_000

/** Takes or prolongs the one sender's lease. @returns whether `token` holds it now */
export async function holdSenderLease(db: Database, token: string, now: number): Promise<boolean> {
  const value = JSON.stringify({ token, until: now + SENDER_LEASE_MS })
  const [answer] = await transact(db, [
    sql`INSERT INTO state (name, value, at) VALUES ('sender-lease', ${value}, ${now})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
        WHERE state.value ->> 'until' <= ${now} OR state.value ->> 'token' = ${token}
        RETURNING 1`,
  ])
  return (answer?.results.length ?? 0) > 0
}

/** Lets the lease go, if `token` holds it. */
export async function releaseSenderLease(db: Database, token: string): Promise<void> {
  await transact(db, [sql`DELETE FROM state WHERE name = 'sender-lease' AND value ->> 'token' = ${token}`])
}

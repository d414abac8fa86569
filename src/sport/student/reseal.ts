import { eq } from 'drizzle-orm'
import { newestKeyId, sealedWithOldKey, UnsealError } from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import type { Desk } from './desk.ts'
import { readFact, writeFact } from './facts.ts'
import { account, candidates, session } from './schema.ts'
import { openSecret, sealSecret } from './session-store.ts'
import type { Resealed } from './views.ts'

/**
 * Seals every secret of the student with the newest key: for the rotation of `ENCRYPTION_KEY`. A value that changes
 * meanwhile is left alone, as it was sealed anew. Repeating it changes nothing.
 */
export async function resealSecrets(desk: Desk): Promise<Resealed> {
  const outcome = { resealed: 0, unreadable: 0, keyId: await newestKeyId(desk.keys) }
  const renew = async (sealed: string | null | undefined, keep: (old: string, renewed: string) => void) => {
    if (!sealed || !(await sealedWithOldKey(desk.keys, sealed))) return
    try {
      keep(sealed, await sealSecret(desk, await openSecret(desk, sealed)))
      outcome.resealed += 1
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error
      log('warn', 'secret-unreadable', { error: describeError(error) })
      outcome.unreadable += 1
    }
  }
  const { db } = desk
  for (const { credentials } of db.select().from(account).all())
    await renew(credentials, (old, renewed) =>
      db.update(account).set({ credentials: renewed }).where(eq(account.credentials, old)).run(),
    )
  for (const { cookies } of db.select().from(session).all())
    await renew(cookies, (old, renewed) =>
      db.update(session).set({ cookies: renewed }).where(eq(session.cookies, old)).run(),
    )
  for (const { sealed } of db.select().from(candidates).all())
    await renew(sealed, (old, renewed) =>
      db.update(candidates).set({ sealed: renewed }).where(eq(candidates.sealed, old)).run(),
    )
  await renew(readFact(desk, 'feed'), (old, renewed) => {
    if (readFact(desk, 'feed') === old) writeFact(desk, 'feed', renewed)
  })
  return outcome
}

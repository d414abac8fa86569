import { eq } from 'drizzle-orm'
import { seal, sealedWithOldKey, UnsealError, unseal } from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import { DAY } from '../../platform/time.ts'
import type { Credentials, SiteReason, SiteSession } from '../site/site-model.ts'
import type { Desk } from './desk.ts'
import { clearFact, readFact } from './facts.ts'
import { account, candidates, session } from './schema.ts'
import { nextTimerAt, setTimer, setTimerBy } from './timers.ts'
import type { AccountView } from './views.ts'

/** What the student's secrets are sealed for: they do not open for another user. */
const purpose = (desk: Desk) => `sport:${desk.userId}`

export const sealSecret = (desk: Desk, value: unknown): Promise<string> =>
  seal(desk.keys, purpose(desk), JSON.stringify(value))

export async function openSecret<Value>(desk: Desk, sealed: string): Promise<Value> {
  return JSON.parse(await unseal(desk.keys, purpose(desk), sealed)) as Value
}

/** A sealed value, sealed anew with the newest key when it was an old one; null when no key opens it any more. */
async function openAndRenew<Value>(
  desk: Desk,
  sealed: string,
  keep: (sealed: string) => void,
): Promise<Value | null> {
  try {
    const value = await openSecret<Value>(desk, sealed)
    if (await sealedWithOldKey(desk.keys, sealed)) keep(await sealSecret(desk, value))
    return value
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    log('error', 'secret-unreadable', { error: describeError(error) })
    return null
  }
}

export type AccountRow = typeof account.$inferSelect

export const readAccount = (desk: Desk): AccountRow | undefined =>
  desk.db.select().from(account).where(eq(account.id, 1)).get()

const readSession = (desk: Desk) => desk.db.select().from(session).where(eq(session.id, 1)).get()

/** The session there is, and when it was last seen to work; null: none. */
export async function storedSession(desk: Desk): Promise<{ session: SiteSession; seenAt: number } | null> {
  const row = readSession(desk)
  if (!row) return null
  const cookies = await openAndRenew<Record<string, string>>(desk, row.cookies, (renewed) =>
    desk.db.update(session).set({ cookies: renewed }).where(eq(session.cookies, row.cookies)).run(),
  )
  return cookies && { session: { cookies, obtainedAt: row.obtainedAt }, seenAt: row.seenAt }
}

/** Keeps a session that works. */
export async function storeSession(desk: Desk, value: SiteSession): Promise<void> {
  const cookies = await sealSecret(desk, value.cookies)
  const row = { id: 1, cookies, obtainedAt: value.obtainedAt, seenAt: desk.clock.now() }
  desk.db.insert(session).values(row).onConflictDoUpdate({ target: session.id, set: row }).run()
  clearFact(desk, 'session-told')
}

export function sessionSeen(desk: Desk): void {
  desk.db.update(session).set({ seenAt: desk.clock.now() }).where(eq(session.id, 1)).run()
}

/** The site does not know the session any more. */
export function forgetSession(desk: Desk): void {
  desk.db.delete(session).where(eq(session.id, 1)).run()
}

/** The site refused the credentials: they are not tried again. */
export function blockAccount(desk: Desk, reason: SiteReason): void {
  desk.db.update(account).set({ blockedBy: reason }).where(eq(account.id, 1)).run()
}

/** Credentials or cookies that an action tries, sealed. */
export interface Candidate {
  kind: 'credentials' | 'session'
  sealed: string
}

export function keepCandidate(desk: Desk, actionId: number, candidate: Candidate): void {
  desk.db
    .insert(candidates)
    .values({ actionId, ...candidate })
    .run()
}

export const candidateOf = (desk: Desk, actionId: number): Candidate | undefined =>
  desk.db.select().from(candidates).where(eq(candidates.actionId, actionId)).get()

export function forgetCandidate(desk: Desk, actionId: number): void {
  desk.db.delete(candidates).where(eq(candidates.actionId, actionId)).run()
}

/** A candidate worked: from now on it is the account. Credentials stay when only a session was handed in. */
export async function linkAccount(desk: Desk, candidate: Candidate, opened: SiteSession): Promise<void> {
  await storeSession(desk, opened)
  const now = desk.clock.now()
  const before = readAccount(desk)
  const fresh = candidate.kind === 'credentials'
  const row = {
    id: 1,
    credentials: fresh ? candidate.sealed : (before?.credentials ?? null),
    linkedAt: before?.linkedAt ?? now,
    blockedBy: fresh ? null : (before?.blockedBy ?? null),
  }
  desk.db.insert(account).values(row).onConflictDoUpdate({ target: account.id, set: row }).run()
  setTimer(desk, 'register', now)
  setTimerBy(desk, 'tidy', now + DAY)
}

/** Erases every secret. */
export function forgetAccount(desk: Desk): void {
  for (const table of [account, session, candidates]) desk.db.delete(table).run()
}

/** Credentials to log in with, unless the site refused them. */
export async function usableCredentials(desk: Desk): Promise<Credentials | null> {
  const row = readAccount(desk)
  const sealed = row?.credentials
  if (!sealed || row.blockedBy) return null
  return openAndRenew<Credentials>(desk, sealed, (renewed) =>
    desk.db.update(account).set({ credentials: renewed }).where(eq(account.credentials, sealed)).run(),
  )
}

export function accountView(desk: Desk): AccountView {
  const row = readAccount(desk)
  const current = readSession(desk)
  const trying = desk.db.select().from(candidates).limit(1).get() !== undefined
  const stateNow = (): AccountView['state'] => {
    if (trying) return 'trying'
    if (!row) return 'none'
    if (row.blockedBy && !current) return 'refused'
    return current || row.credentials ? 'linked' : 'session-dead'
  }
  return {
    state: stateNow(),
    means: row ? (row.credentials ? 'credentials' : 'session') : null,
    linkedAt: row?.linkedAt ?? null,
    sessionSince: current?.obtainedAt ?? null,
    sessionSeenAt: current?.seenAt ?? null,
    problem: row?.blockedBy ?? null,
    paused: readFact(desk, 'paused') === true,
    hasFeed: readFact(desk, 'feed') !== undefined,
    nextTimerAt: nextTimerAt(desk),
  }
}

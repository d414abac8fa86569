import { eq } from 'drizzle-orm'
import {
  needsResealing,
  newestKeyId,
  type SealPlace,
  seal,
  UnsealError,
  unseal,
} from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import { DAY } from '../../platform/time.ts'
import type { Credentials, SiteReason, SiteSession } from '../site/site-model.ts'
import type { AccountView, Resealed } from '../student-types.ts'
import { clearValue, nextTimerAt, readValue, setTimer, setTimerBy, writeValue } from './object-store.ts'
import { prepared } from './prepared.ts'
import { account, candidates, session } from './schema.ts'
import type { StudentContext } from './student-context.ts'

/** The purpose that the student's secrets are sealed for: they do not open for another user. */
const purpose = (ctx: StudentContext) => `sport:${ctx.userId}`

/** Where the object keeps each secret, which opens nowhere else. */
export const SECRET_PLACES = {
  credentials: 'account.credentials/1',
  cookies: 'session.cookies/1',
  feed: 'facts.value/feed',
  candidate: (actionId: number) => `candidates.sealed/${actionId}` as const,
} as const

export const sealSecret = (ctx: StudentContext, place: SealPlace, value: unknown): Promise<string> =>
  seal(ctx.keys, purpose(ctx), place, JSON.stringify(value))

export async function openSecret<Value>(
  ctx: StudentContext,
  place: SealPlace,
  sealed: string,
): Promise<Value> {
  return JSON.parse(await unseal(ctx.keys, purpose(ctx), place, sealed)) as Value
}

/** Opens a sealed value, and seals it again if its key is old; null when no key opens it. */
async function openAndRenew<Value>(
  ctx: StudentContext,
  place: SealPlace,
  sealed: string,
  keep: (sealed: string) => void,
): Promise<Value | null> {
  try {
    const value = await openSecret<Value>(ctx, place, sealed)
    if (await needsResealing(ctx.keys, sealed)) keep(await sealSecret(ctx, place, value))
    return value
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    log('error', 'secret-unreadable', { error: describeError(error) })
    return null
  }
}

export type AccountRow = typeof account.$inferSelect

const accountRow = prepared((db) => db.select().from(account).where(eq(account.id, 1)).prepare())
const sessionRow = prepared((db) => db.select().from(session).where(eq(session.id, 1)).prepare())

export const readAccount = (ctx: StudentContext): AccountRow | undefined => accountRow(ctx).get()

const readSession = (ctx: StudentContext) => sessionRow(ctx).get()

/** The stored session, and when it last worked; null: none. */
export async function storedSession(
  ctx: StudentContext,
): Promise<{ session: SiteSession; seenAt: number } | null> {
  const row = readSession(ctx)
  if (!row) return null
  const cookies = await openAndRenew<Record<string, string>>(
    ctx,
    SECRET_PLACES.cookies,
    row.cookies,
    (renewed) =>
      ctx.db.update(session).set({ cookies: renewed }).where(eq(session.cookies, row.cookies)).run(),
  )
  return cookies && { session: { cookies, obtainedAt: row.obtainedAt }, seenAt: row.seenAt }
}

/** Stores a session that works. @param holds throws when the run may not write any more: the account may be gone */
export async function storeSession(
  ctx: StudentContext,
  value: SiteSession,
  holds: () => void,
): Promise<void> {
  const cookies = await sealSecret(ctx, SECRET_PLACES.cookies, value.cookies)
  holds()
  const row = { id: 1, cookies, obtainedAt: value.obtainedAt, seenAt: ctx.clock.now() }
  ctx.db.insert(session).values(row).onConflictDoUpdate({ target: session.id, set: row }).run()
  clearValue(ctx, 'session-told')
}

export function sessionSeen(ctx: StudentContext): void {
  ctx.db.update(session).set({ seenAt: ctx.clock.now() }).where(eq(session.id, 1)).run()
}

/** The site does not know the session any more. */
export function forgetSession(ctx: StudentContext): void {
  ctx.db.delete(session).where(eq(session.id, 1)).run()
}

/** The site refused the credentials: they are not tried again. */
export function blockAccount(ctx: StudentContext, reason: SiteReason): void {
  ctx.db.update(account).set({ blockedBy: reason }).where(eq(account.id, 1)).run()
}

/** Credentials or cookies that an action tries, sealed. */
export interface Candidate {
  kind: 'credentials' | 'session'
  sealed: string
}

/** A candidate, opened to be tried. */
export type OpenCandidate =
  | { kind: 'credentials'; value: Credentials }
  | { kind: 'session'; value: Record<string, string> }

/** @throws UnsealError when no key opens it */
export const openCandidate = async (
  ctx: StudentContext,
  actionId: number,
  { kind, sealed }: Candidate,
): Promise<OpenCandidate> =>
  ({ kind, value: await openSecret(ctx, SECRET_PLACES.candidate(actionId), sealed) }) as OpenCandidate

export function keepCandidate(ctx: StudentContext, actionId: number, candidate: Candidate): void {
  ctx.db
    .insert(candidates)
    .values({ actionId, ...candidate })
    .run()
}

export const candidateOf = (ctx: StudentContext, actionId: number): Candidate | undefined =>
  ctx.db.select().from(candidates).where(eq(candidates.actionId, actionId)).get()

export function forgetCandidate(ctx: StudentContext, actionId: number): void {
  ctx.db.delete(candidates).where(eq(candidates.actionId, actionId)).run()
}

/** Makes a candidate that worked the account. Earlier credentials stay when it is a session. */
export async function linkAccount(
  ctx: StudentContext,
  candidate: OpenCandidate,
  opened: SiteSession,
  holds: () => void,
): Promise<void> {
  const fresh = candidate.kind === 'credentials'
  const credentials = fresh ? await sealSecret(ctx, SECRET_PLACES.credentials, candidate.value) : null
  await storeSession(ctx, opened, holds)
  const now = ctx.clock.now()
  const before = readAccount(ctx)
  const row = {
    id: 1,
    credentials: credentials ?? before?.credentials ?? null,
    linkedAt: before?.linkedAt ?? now,
    blockedBy: fresh ? null : (before?.blockedBy ?? null),
  }
  ctx.db.insert(account).values(row).onConflictDoUpdate({ target: account.id, set: row }).run()
  if (fresh) clearValue(ctx, 'otp-refusals')
  setTimer(ctx, 'register', now)
  setTimerBy(ctx, 'tidy', now + DAY)
}

/** Erases every secret, and what the student agreed to for that account. */
export function forgetAccount(ctx: StudentContext): void {
  for (const table of [account, session, candidates]) ctx.db.delete(table).run()
  clearValue(ctx, 'shares-schedule')
}

/** Credentials to log in with, unless the site refused them. */
export async function usableCredentials(ctx: StudentContext): Promise<Credentials | null> {
  const row = readAccount(ctx)
  const sealed = row?.credentials
  if (!sealed || row.blockedBy) return null
  return openAndRenew<Credentials>(ctx, SECRET_PLACES.credentials, sealed, (renewed) =>
    ctx.db.update(account).set({ credentials: renewed }).where(eq(account.credentials, sealed)).run(),
  )
}

export function accountView(ctx: StudentContext): AccountView {
  const row = readAccount(ctx)
  const current = readSession(ctx)
  const trying = ctx.db.select().from(candidates).limit(1).get() !== undefined
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
    paused: readValue(ctx, 'paused') === true,
    hasFeed: readValue(ctx, 'feed') !== undefined,
    sharesSchedule: readValue(ctx, 'shares-schedule') ?? null,
    nextTimerAt: nextTimerAt(ctx),
  }
}

/**
 * Seals every secret of the student with the newest key and for its place: for the rotation of `ENCRYPTION_KEY`. A value
 * that changes at the same time is skipped: it was sealed with the newest key. Repeating it changes nothing.
 */
export async function resealSecrets(ctx: StudentContext): Promise<Resealed> {
  const outcome = { resealed: 0, unreadable: 0, keyId: await newestKeyId(ctx.keys) }
  const renew = async (
    place: SealPlace,
    sealed: string | null | undefined,
    keep: (old: string, renewed: string) => void,
  ) => {
    if (!sealed || !(await needsResealing(ctx.keys, sealed))) return
    try {
      keep(sealed, await sealSecret(ctx, place, await openSecret(ctx, place, sealed)))
      outcome.resealed += 1
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error
      log('warn', 'secret-unreadable', { error: describeError(error) })
      outcome.unreadable += 1
    }
  }
  const { db } = ctx
  for (const { credentials } of db.select().from(account).all())
    await renew(SECRET_PLACES.credentials, credentials, (old, renewed) =>
      db.update(account).set({ credentials: renewed }).where(eq(account.credentials, old)).run(),
    )
  for (const { cookies } of db.select().from(session).all())
    await renew(SECRET_PLACES.cookies, cookies, (old, renewed) =>
      db.update(session).set({ cookies: renewed }).where(eq(session.cookies, old)).run(),
    )
  for (const { actionId, sealed } of db.select().from(candidates).all())
    await renew(SECRET_PLACES.candidate(actionId), sealed, (old, renewed) =>
      db.update(candidates).set({ sealed: renewed }).where(eq(candidates.sealed, old)).run(),
    )
  await renew(SECRET_PLACES.feed, readValue(ctx, 'feed'), (old, renewed) => {
    if (readValue(ctx, 'feed') === old) writeValue(ctx, 'feed', renewed)
  })
  return outcome
}

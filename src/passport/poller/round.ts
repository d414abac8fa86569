import pLimit from 'p-limit'
import { type Statement, transact } from '../../db/client.ts'
import { tally } from '../../db/tally.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { type Changes, diff } from '../rules/diff.ts'
import { countOpen } from '../rules/known.ts'
import { delayAfter, longestWait, nextRoundAt, slowsDown } from '../rules/schedule.ts'
import { secondLookAgrees, suspectList } from '../rules/suspicion.ts'
import { type Claim, claimDue, provincesWithOpenSlots, RENEW_EVERY, renewLeases } from './claims.ts'
import { commitReading, type Verdict } from './commit.ts'
import type { PollerContext } from './context.ts'
import { markGoodRound } from './heartbeat.ts'
import { nudgeAlerts, nudgeSender } from './nudge.ts'
import { type Portal, type ProvinceReading, readProvince } from './read.ts'
import { openSilenceVote, type SilenceVote } from './silence.ts'
import type { Limit } from './turns.ts'
import { type Suspicion, warnOperators } from './warn.ts'

/** Provinces read at once: more than requests, so that a slow one leaves room; few, so that the first is done early. */
const OPEN_PROVINCES = 12

/** What a round did. */
export interface RoundReport {
  trace: string
  /** Provinces that it claimed. */
  provinces: number
  /** Of these, read completely and believed. */
  read: number
  requests: number
  opened: number
  gone: number
  /** Provinces whose reading failed, in whole or in part. */
  failures: number
}

interface Round {
  ctx: PollerContext
  report: RoundReport
  vote: SilenceVote
  portal: Portal
}

/** What the reading means for the province's row. */
function judge(
  claim: Claim,
  reading: ProvinceReading,
  suspicion: { since: number | null; believed: boolean },
  { clock, interval }: PollerContext,
): Verdict {
  const reasons = reading.failures.map((failure) => failure.reason)
  const slow = slowsDown({
    failures: reasons,
    listed: reading.observation !== null,
    monthsRead: reading.monthsRead,
  })
  const sessionLost = reasons.includes('no-session') || reasons.includes('session-expired')
  const failures = slow ? claim.failures + 1 : sessionLost ? claim.failures : 0
  const retryAfter = longestWait(reading.failures.map((failure) => failure.retryAfterMs ?? 0))
  const delay = slow ? delayAfter(failures, interval) : interval
  return {
    read: reasons.length === 0 && suspicion.believed,
    failures,
    failure: reasons[0] ?? (suspicion.believed ? null : 'suspicious'),
    suspiciousSince: suspicion.since,
    dueAt: nextRoundAt(claim.startedAt, delay, interval, clock.now() + retryAfter),
  }
}

/** Writes one province's part of the round and hands its alerts on. */
async function conclude(
  { ctx, report }: Round,
  claim: Claim,
  changes: Changes | null,
  verdict: Verdict,
  warnings: readonly Statement[],
  now: number,
) {
  const result = await commitReading(ctx.db, claim, changes, verdict, warnings, now)
  if (!result.held) {
    log('warn', 'lease-lost', { trace: claim.token, province: claim.code })
    return
  }
  if (verdict.failure !== null) report.failures++
  if (verdict.read) report.read++
  report.opened += changes?.opened.length ?? 0
  report.gone += changes?.changed.filter((slot) => slot.gone).length ?? 0
  await nudgeAlerts(ctx, result.alertIds, claim.token)
  if (warnings.length > 0) await nudgeSender(ctx, claim.token)
}

async function takeReading(round: Round, claim: Claim, reading: ProvinceReading) {
  const { ctx, vote } = round
  const now = ctx.clock.now()
  const { observation } = reading
  const { offices } = claim
  if (!observation) {
    vote.cast(claim.code, false)
    const verdict = judge(claim, reading, { since: claim.suspiciousSince, believed: true }, ctx)
    return conclude(round, claim, null, verdict, [], now)
  }
  const full = diff(offices, observation, now, true)
  const emptied = countOpen(offices) > 0 && full.leftOpen === 0
  vote.cast(claim.code, emptied)

  let suspicion: Suspicion | null = suspectList(offices, observation)
  const silent = emptied && (await vote.silent)
  if (!suspicion && emptied && (silent || claim.suspiciousSince !== null)) suspicion = 'silent'
  const believed = suspicion === null || secondLookAgrees(claim.suspiciousSince, now)
  const complete = reading.failures.length === 0
  const since = !believed ? (claim.suspiciousSince ?? now) : complete ? null : claim.suspiciousSince

  const warnings: Statement[] = []
  if (suspicion && claim.suspiciousSince === null) {
    log('warn', 'suspicious-reading', { trace: claim.token, province: claim.code, suspicion })
    const what = { province: claim.code, suspicion, trace: claim.token }
    if (ctx.adminIds.size > 0) warnings.push(await warnOperators(ctx.db, ctx.adminIds, what, now))
  }
  const changes = believed ? full : diff(offices, observation, now, false)
  return conclude(round, claim, changes, judge(claim, reading, { since, believed }, ctx), warnings, now)
}

/** Reads one province and commits it; whatever goes wrong stays within the province. */
async function runProvince(round: Round, claim: Claim, inTurn: Limit) {
  const { ctx, report, vote, portal } = round
  try {
    const province = { code: claim.code, offices: claim.offices, round: claim.rounds }
    const reading = await inTurn(() => readProvince(portal, province, ctx.clock.now()))
    report.requests += reading.requests
    for (const { reason, detail } of reading.failures) {
      if (reason !== 'no-session')
        log('warn', 'portal-failure', { trace: claim.token, province: claim.code, reason, detail })
    }
    await takeReading(round, claim, reading)
  } catch (error) {
    log('error', 'province-failed', { trace: claim.token, province: claim.code, error: describeError(error) })
    vote.cast(claim.code, false)
    await postpone(ctx, claim)
  }
}

/** Lets a province go after a failure of ours, so that it need not wait for its lease to end. */
async function postpone({ db, clock, interval }: PollerContext, claim: Claim) {
  const now = clock.now()
  const failures = claim.failures + 1
  const dueAt = nextRoundAt(claim.startedAt, delayAfter(failures, interval), interval, now)
  const verdict = { read: false, failures, failure: 'store', suspiciousSince: claim.suspiciousSince, dueAt }
  try {
    await commitReading(db, claim, null, verdict, [], now)
  } catch (error) {
    log('error', 'release-failed', { trace: claim.token, province: claim.code, error: describeError(error) })
  }
}

/** Requests in turn; as they end, the leases of what is still being read are renewed. */
function renewingLimit(
  { db, clock, inTurn }: PollerContext,
  token: string,
  pending: ReadonlySet<string>,
): Limit {
  let renewedAt = clock.now()
  return async (request) => {
    const value = await inTurn(request)
    if (clock.now() - renewedAt >= RENEW_EVERY) {
      renewedAt = clock.now()
      await transact(db, [renewLeases(token, [...pending], renewedAt)]).catch((error: unknown) =>
        log('warn', 'renewal-failed', { trace: token, error: describeError(error) }),
      )
    }
    return value
  }
}

/**
 * Runs one round: claims what is due, reads it, and commits each province as soon as it is read. Provinces that the
 * round would leave empty wait until it is clear that not all of them are.
 * @param only just this province, if it is due
 * @returns null when there was nothing to claim
 */
export async function runRound(ctx: PollerContext, only?: string): Promise<RoundReport | null> {
  const { db, clock } = ctx
  const trace = traceId()
  const startedAt = clock.now()
  const claims = await claimDue(db, trace, startedAt, only)
  if (claims.length === 0) return null
  const voters = claims.filter((claim) => countOpen(claim.offices) > 0).map((claim) => claim.code)
  const pending = new Set(claims.map((claim) => claim.code))
  const round: Round = {
    ctx,
    report: { trace, provinces: claims.length, read: 0, requests: 0, opened: 0, gone: 0, failures: 0 },
    vote: openSilenceVote(voters, () => provincesWithOpenSlots(db)),
    portal: { reader: ctx.reader, limit: renewingLimit(ctx, trace, pending), paused: false },
  }
  const inTurn = pLimit(OPEN_PROVINCES)
  await Promise.all(
    claims.map(async (claim) => {
      await runProvince(round, claim, inTurn)
      pending.delete(claim.code)
    }),
  )
  if (round.report.read > 0) await markGoodRound(db, clock.now())
  const ms = clock.now() - startedAt
  tally.add('round', 1, ms)
  tally.add('read', round.report.read, round.report.requests)
  tally.add('unread', round.report.provinces - round.report.read)
  log('info', 'round', { ...round.report, ms })
  return round.report
}

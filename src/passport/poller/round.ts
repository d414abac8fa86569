import pLimit from 'p-limit'
import { tally } from '../../db/tally.ts'
import type { OutboxMessage } from '../../delivery/outbox.ts'
import { traceId } from '../../platform/id.ts'
import { describeError, log } from '../../platform/log.ts'
import { romeDate } from '../../platform/time.ts'
import { type Changes, diff } from '../rules/diff.ts'
import { countOpen } from '../rules/known-office.ts'
import { delayAfter, longestWait, nextRoundAt, slowsDown } from '../rules/round-schedule.ts'
import {
  beginMassEmptyGuard,
  type EmptyReport,
  type MassEmptyGuard,
  secondReadingAgrees,
  suspectEmptied,
  suspectList,
} from '../rules/suspicion.ts'
import { type Claim, claimDue } from './claims.ts'
import type { Verdict } from './commit.ts'
import { OutcomeWriter } from './outcome-writer.ts'
import { Pacing } from './poll-pacing.ts'
import type { PollerContext } from './poller-context.ts'
import { type Portal, type ProvinceReading, readProvince } from './read-province.ts'
import { TickBudget } from './tick-budget.ts'
import { OperatorWarnings, type Suspicion } from './warnings.ts'

/**
 * Provinces read at once: more than requests at once, so that a slow one blocks nothing; few, so that the first is done
 * early.
 */
const OPEN_PROVINCES = 12

/** What a round did. */
export interface RoundReport {
  trace: string
  /** Provinces that it claimed. */
  provinces: number
  /** Of these, read completely and accepted. */
  read: number
  requests: number
  opened: number
  gone: number
  restored: number
  /** Provinces whose reading failed, in whole or in part. */
  failures: number
}

/** Shared by the rounds of one invocation. */
export interface Run {
  ctx: PollerContext
  budget: TickBudget
  writer: OutcomeWriter
  pacing: Pacing
}

export const beginRun = (ctx: PollerContext): Run => ({
  ctx,
  pacing: new Pacing(ctx.interval, null),
  budget: new TickBudget(ctx.clock, ctx.usage),
  writer: new OutcomeWriter(ctx),
})

interface Round extends Run {
  report: RoundReport
  guard: MassEmptyGuard
  portal: Portal
  warnings: OperatorWarnings
}

/** Whether what a reading shows is accepted. */
interface Trust {
  believed: boolean
  /** First of the suspicious readings in a row, epoch ms; null: it is none. */
  since: number | null
  suspicion: Suspicion | 'alone' | null
}

/** Another reading counts for so much of the average of a province's requests. */
const LATEST_SHARE = 0.02

/** What one more reading adds to the account of a province's requests. */
function account(claim: Claim, requests: number, now: number): Pick<Verdict, 'cost' | 'spentOn' | 'spent'> {
  const day = romeDate(now)
  const cost = claim.cost === null ? requests : claim.cost + LATEST_SHARE * (requests - claim.cost)
  return {
    cost: requests === 0 ? claim.cost : Math.round(cost * 1_000) / 1_000,
    spentOn: day,
    spent: (claim.spentOn === day ? claim.spent : 0) + requests,
  }
}

/** The new state of the province's readings. @param found the reading shows slots that were freed since the last one */
function evaluate(
  { ctx, pacing }: Round,
  claim: Claim,
  reading: ProvinceReading,
  { believed, since, suspicion }: Trust,
  found: boolean,
): Verdict {
  const now = ctx.clock.now()
  const reasons = reading.failures.map((failure) => failure.reason)
  const slow = slowsDown({
    failures: reasons,
    listed: reading.observation !== null,
    monthsRead: reading.monthsRead,
  })
  const sessionLost = reasons.includes('no-session') || reasons.includes('session-expired')
  const failures = slow ? claim.failures + 1 : sessionLost ? claim.failures : 0
  const retryAfter = longestWait(reading.failures.map((failure) => failure.retryAfterMs ?? 0))
  const foundAt = found ? now : claim.foundAt
  const offices = reading.observation?.offices ?? []
  const { interval, step, notAfter } = pacing.next({ code: claim.code, foundAt, offices }, now)
  const usual = suspicion === 'alone' ? Math.min(interval, ctx.interval) : interval
  const delay = slow ? delayAfter(failures, Math.max(interval, ctx.interval)) : usual
  const dueAt = nextRoundAt(claim.startedAt, delay, step, now + retryAfter)
  const hurries = !slow && retryAfter === 0 && notAfter > now
  return {
    readAt: reasons.length === 0 && believed ? now : null,
    failures,
    failure: reasons[0] ?? (believed || suspicion === 'alone' ? null : 'suspicious'),
    suspiciousSince: since,
    foundAt,
    ...account(claim, reading.requests, now),
    dueAt: hurries ? Math.min(dueAt, notAfter) : dueAt,
  }
}

/** Writes one province's part of the round and counts it. */
async function conclude(
  { writer, report }: Round,
  claim: Claim,
  changes: Changes | null,
  verdict: Verdict,
  warnings: OutboxMessage[],
) {
  if (!(await writer.write({ claim, changes, verdict, warnings }))) {
    log('warn', 'lease-lost', { trace: claim.token, province: claim.code })
    return
  }
  if (verdict.failure !== null) report.failures++
  if (verdict.readAt !== null) report.read++
  report.opened += changes?.opened.length ?? 0
  report.gone += changes?.changed.filter((slot) => slot.gone).length ?? 0
  report.restored += changes?.restored.length ?? 0
}

/**
 * A reading's report to the mass-empty guard. An office that could not be read reports nothing, unless others show
 * slots.
 */
function emptyReport(claim: Claim, reading: ProvinceReading, changes: Changes): EmptyReport {
  if (countOpen(claim.offices) > 0 && changes.leftOpen === 0) return 'emptied'
  const showsSlots = [...(reading.observation?.agendas.values() ?? [])].some(({ slots }) => slots.length > 0)
  return showsSlots || reading.failures.length === 0 ? 'kept' : 'unread'
}

async function takeReading(round: Round, claim: Claim, reading: ProvinceReading) {
  const { ctx, guard, warnings } = round
  const now = ctx.clock.now()
  const { observation } = reading
  const { offices } = claim
  if (!observation) {
    guard.report(claim.code, 'unread')
    const trust: Trust = { believed: true, since: claim.suspiciousSince, suspicion: null }
    return conclude(round, claim, null, evaluate(round, claim, reading, trust, false), [])
  }
  const full = diff(offices, observation, now, true)
  const report = emptyReport(claim, reading, full)
  guard.report(claim.code, report)

  let suspicion: Suspicion | 'alone' | null = suspectList(offices, observation)
  if (!suspicion && report === 'emptied')
    suspicion = suspectEmptied(await guard.verdict, claim.witnesses, claim.suspiciousSince)
  const believed = suspicion === null || secondReadingAgrees(claim.suspiciousSince, now)
  const complete = reading.failures.length === 0
  const since = !believed ? (claim.suspiciousSince ?? now) : complete ? null : claim.suspiciousSince

  const messages: OutboxMessage[] = []
  const isKnown = claim.suspiciousSince !== null && claim.lastFailure === 'suspicious'
  if (suspicion && suspicion !== 'alone' && !believed && !isKnown) {
    const what = { province: claim.code, suspicion, trace: claim.token }
    log('warn', 'suspicious-reading', what)
    if (suspicion !== 'silent' || !claim.witnesses.notified) messages.push(...(await warnings.of(what, now)))
  }
  const changes = believed ? full : diff(offices, observation, now, false)
  const found = changes.opened.length > 0 && offices.length > 0
  const verdict = evaluate(round, claim, reading, { believed, since, suspicion }, found)
  return conclude(round, claim, changes, verdict, messages)
}

/** Reads one province and writes the outcome; an error affects this province only. */
async function runProvince(round: Round, claim: Claim, isOpen: ReturnType<typeof pLimit>) {
  const { ctx, report, guard, portal, writer } = round
  try {
    const province = {
      code: claim.code,
      offices: claim.offices,
      round: claim.rounds,
      horizons: round.pacing.horizons,
    }
    const reading = await isOpen(() => readProvince(portal, province, ctx.clock.now()))
    report.requests += reading.requests
    for (const { reason, detail } of reading.failures) {
      if (reason !== 'no-session')
        log('warn', 'portal-failure', { trace: claim.token, province: claim.code, reason, detail })
    }
    if (!reading.abandoned) return await takeReading(round, claim, reading)
    guard.report(claim.code, 'unread')
    await writer.write({ claim, changes: null, verdict: null, warnings: [] })
  } catch (error) {
    log('error', 'province-failed', { trace: claim.token, province: claim.code, error: describeError(error) })
    guard.report(claim.code, 'unread')
    await postpone(round, claim)
  }
}

/** Releases a province after an error of ours, before its lease ends. */
async function postpone({ ctx: { clock, interval }, writer }: Round, claim: Claim) {
  const failures = claim.failures + 1
  const dueAt = nextRoundAt(claim.startedAt, delayAfter(failures, interval), interval, clock.now())
  const { suspiciousSince, foundAt } = claim
  const verdict: Verdict = {
    readAt: null,
    failures,
    failure: 'store',
    suspiciousSince,
    foundAt,
    dueAt,
    ...account(claim, 0, clock.now()),
  }
  await writer.write({ claim, changes: null, verdict, warnings: [] })
}

/**
 * Reads claimed provinces. Changes are written as soon as their province is read. A province that the round would leave
 * empty waits for the mass-empty guard. Never throws.
 */
export async function readClaims(run: Run, trace: string, claims: readonly Claim[]): Promise<RoundReport> {
  const { ctx, budget, writer } = run
  const { clock } = ctx
  const startedAt = clock.now()
  for (const claim of claims) writer.hold(claim)
  const withSlots = claims.filter((claim) => countOpen(claim.offices) > 0).map((claim) => claim.code)
  const round: Round = {
    ...run,
    report: {
      trace,
      provinces: claims.length,
      read: 0,
      requests: 0,
      opened: 0,
      gone: 0,
      restored: 0,
      failures: 0,
    },
    guard: beginMassEmptyGuard(withSlots),
    portal: {
      reader: ctx.reader,
      limit: async (request) => {
        const value = await ctx.limit(request)
        await writer.keepUp()
        return value
      },
      paused: false,
      usedUp: () => budget.usedUp !== null,
    },
    warnings: new OperatorWarnings(ctx.db, ctx.adminIds),
  }
  const isOpen = pLimit(OPEN_PROVINCES)
  await Promise.all(claims.map((claim) => runProvince(round, claim, isOpen)))
  await writer.flush()
  const ms = clock.now() - startedAt
  tally.add('round', 1, ms)
  tally.add('read', round.report.read, round.report.requests)
  tally.add('unread', round.report.provinces - round.report.read)
  log('info', 'round', { ...round.report, ms })
  return round.report
}

/**
 * Runs one round: claims the due provinces and reads them.
 * @param only just this province, if it is due
 * @returns null when there was nothing to claim
 */
export async function runRound(ctx: PollerContext, only?: string): Promise<RoundReport | null> {
  const trace = traceId()
  const { claims } = await claimDue(ctx.db, trace, ctx.clock.now(), only)
  return claims.length === 0 ? null : readClaims(beginRun(ctx), trace, claims)
}

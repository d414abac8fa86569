import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/platform/time.ts'
import { bookAtOpening, type RaceInput } from '../../src/sport/site/booking-race.ts'
import type { ClassChange, SportrickOptions } from '../simulators/sportrick/model.ts'
import { must, openYoga, reasonOf, sessionOf, simulate, siteOf, YOGA } from './site-kit.worker.ts'

/** The simulator runs on this machine's clock, next door. */
const SAME_CLOCK = { offsetMs: 0, uncertaintyMs: 3, oneWayMs: 1 }

/** A class that opens shortly, and all that a student needs to be there. */
async function beforeOpening(inMs: number, change: ClassChange = {}, options: SportrickOptions = {}) {
  const sportrick = await simulate(options)
  const site = siteOf(sportrick)
  const session = await sessionOf(sportrick)
  const slot = await openYoga(sportrick, session)
  const opensAt = (await sportrick.now()) + inMs
  await sportrick.setClass(YOGA, { opensAt, ...change })
  const run = (extra: Partial<RaceInput> = {}) =>
    bookAtOpening({
      site,
      session,
      slot,
      opensAt,
      clock: systemClock,
      patienceMs: 10_000,
      serverClock: SAME_CLOCK,
      ...extra,
    })
  return { sportrick, opensAt, run }
}

/** Our plain requests that reached the site since an instant. */
async function requestsOf(sportrick: Awaited<ReturnType<typeof simulate>>, since: number) {
  return (await sportrick.ledger()).requests.filter(({ at, browser }) => !browser && at >= since)
}

describe('the race at the opening', () => {
  test('is won against 200 rivals for 20 places, by a clock that is off, with one request', async () => {
    const { sportrick, run } = await beforeOpening(
      9_000,
      { rivals: { count: 200, firstMs: 60, lastMs: 10_000 } },
      { networkDelayMs: 40, serverClockOffsetMs: 300 },
    )
    const { result, attempts, serverClock } = await run({ serverClock: undefined })
    must(result)
    expect(attempts.map(({ answer }) => answer)).toEqual(['ok'])
    expect(Math.abs((serverClock?.offsetMs ?? 0) - 300)).toBeLessThan(60)
    expect((await sportrick.ledger()).bookings.map(({ outcome }) => outcome)).toEqual(['accepted'])
  })

  // They wait for openings, each of a site of its own.
  test.concurrent('goes on while the site opens later than it should, at no more than 10 requests a second', async () => {
    const { sportrick, opensAt, run } = await beforeOpening(2_500)
    await sportrick.setClass(YOGA, { opensAt: opensAt + 3_000 })
    const { result, attempts } = await run()
    must(result)
    expect(attempts.length).toBeGreaterThan(1)
    expect(new Set(attempts.slice(0, -1).map(({ answer }) => answer))).toEqual(new Set(['not-open-yet']))
    const sent = await requestsOf(sportrick, opensAt)
    for (const { at } of sent)
      expect(sent.filter((other) => other.at >= at && other.at < at + 1_000).length).toBeLessThanOrEqual(10)
    const accepted = (await sportrick.ledger()).bookings.filter(({ outcome }) => outcome === 'accepted')
    expect(accepted).toHaveLength(1)
  })

  test.concurrent('finds its booking in the list after a lost answer, and does not book again', async () => {
    const { sportrick, run } = await beforeOpening(1_500)
    await sportrick.fault({ kind: 'answer-lost', times: 1 })
    const { result, attempts } = await run()
    must(result)
    expect(attempts.map(({ answer }) => answer)).toEqual(['answer-lost'])
    expect((await sportrick.ledger()).bookings).toHaveLength(1)
  })

  test.concurrent('tries again when the request was lost before it was served', async () => {
    const { sportrick, run } = await beforeOpening(1_500)
    await sportrick.fault({ kind: 'server-error', path: 'BookAppointment', times: 1 })
    const { result, attempts } = await run()
    must(result)
    expect(attempts.map(({ answer }) => answer)).toEqual(['answer-lost', 'ok'])
  })

  test.concurrent('stays away for as long as the site asks', async () => {
    const { sportrick, run } = await beforeOpening(1_500)
    await sportrick.fault({ kind: 'too-many-requests', path: 'BookAppointment', times: 1 })
    const { result, attempts } = await run()
    must(result)
    expect((attempts[1]?.sentAt ?? 0) - (attempts[0]?.answeredAt ?? 0)).toBeGreaterThanOrEqual(1_990)
  })

  test.concurrent('looks at the class when the refusal’s words mean nothing, and takes them for “too early” a few times', async () => {
    const { sportrick, run, opensAt } = await beforeOpening(1_500)
    await sportrick.setClass(YOGA, { opensAt: opensAt + 700 })
    await sportrick.fault({ kind: 'not-open-yet', text: 'Errore 17', times: 2 })
    must((await run()).result)
  })

  test.concurrent('takes an unknown refusal as final when it is repeated', async () => {
    const { sportrick, run } = await beforeOpening(1_500)
    await sportrick.fault({ kind: 'not-open-yet', text: 'Errore 17', times: 100 })
    const { result, attempts } = await run()
    expect(reasonOf(result)).toBe('refused')
    // A request that arrives before the opening, on a busy machine, does not count.
    expect(attempts.length).toBeGreaterThanOrEqual(4)
    expect(attempts.length).toBeLessThanOrEqual(8)
  })

  test.concurrent('ends at once when all places are gone, or the session is', async () => {
    const full = await beforeOpening(1_500, { taken: 20 })
    const lost = await full.run()
    expect([reasonOf(lost.result), lost.attempts.length]).toEqual(['full', 1])

    const expired = await beforeOpening(1_500)
    await expired.sportrick.expireSessions()
    const ended = await expired.run()
    expect([reasonOf(ended.result), ended.attempts.length]).toEqual(['session-expired', 1])
  })

  test.concurrent('gives up when its patience ends', async () => {
    const { sportrick, run, opensAt } = await beforeOpening(1_000)
    await sportrick.setClass(YOGA, { opensAt: opensAt + 3_600_000 })
    expect(reasonOf((await run({ patienceMs: 800 })).result)).toBe('not-open-yet')
  })
})

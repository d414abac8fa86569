import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { isClaimed, isWaiting } from '../../src/chats/open-deliveries.ts'
import { transact } from '../../src/db/database.ts'
import { readState } from '../../src/db/state.ts'
import { dropFinishedClaims, markSettled, nextDueAt } from '../../src/delivery/claimed-deliveries.ts'
import { type Outcome, recordOutcomes } from '../../src/delivery/delivery-store.ts'
import { enqueue } from '../../src/delivery/outbox.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { claim, clean, db, delivery, enqueueAll, plain, rows, senderKit } from './kit.worker.ts'

const NOW = Date.now()

beforeEach(async () => {
  await clean()
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation(() => undefined)
})

const everybody = (count: number, event = 'tutti') =>
  Array.from({ length: count }, (_, n) => plain(event, n + 1))
const record = (outcomes: readonly Outcome[], now = NOW) => transact(db, recordOutcomes(outcomes, now))
const idsOf = (claimed: readonly { id: number }[]) => claimed.map(({ id }) => id)
const claims = () => rows(sql`SELECT deliveries FROM claims ORDER BY id`)
/** Each delivery's chat with whether it waits and whether it is claimed. */
const holders = () =>
  rows(
    sql`SELECT chat_id, ${isWaiting()} AS waits, ${isClaimed()} AS claimed FROM deliveries ORDER BY chat_id`,
  )

describe('a claim', () => {
  test('is one row for all that it takes, and nobody else takes them before it expires', async () => {
    await enqueueAll(everybody(50))
    const [first, second] = [await claim(30, NOW), await claim(30, NOW)]
    expect(idsOf([...first, ...second])).toEqual([...new Set(idsOf([...first, ...second]))])
    expect([first.length, second.length]).toEqual([30, 20])
    expect(await claims()).toHaveLength(2)
    expect(await claim(30, NOW + MINUTE - 1)).toEqual([])
    expect(await nextDueAt(db)).toEqual({ telegram: NOW + MINUTE })
  })

  test('of nothing leaves no row', async () => {
    expect(await claim(30, NOW)).toEqual([])
    expect(await claims()).toEqual([])
    expect(await nextDueAt(db)).toEqual({})
  })

  test('for replies alone takes no alert', async () => {
    await enqueueAll([plain('avviso', 1), plain('risposta', 2, { priority: 'interactive' })])
    expect(await claim(9, NOW, 'interactive')).toMatchObject([{ event: 'risposta' }])
  })

  test('says which deliveries still wait: what is given back does, what was begun does not', async () => {
    await enqueueAll(everybody(4))
    const [sent, begun, back] = idsOf(await claim(3, NOW))
    await record([
      { id: sent ?? 0, status: 'sent', messageId: 7 },
      { id: begun ?? 0, status: 'claimed', messageId: 8, rest: { text: 'resto' } },
      { id: back ?? 0, status: 'queued', unused: true },
    ])
    expect(await holders()).toEqual([
      { chat_id: 1, waits: 0, claimed: 0 },
      { chat_id: 2, waits: 0, claimed: 1 },
      { chat_id: 3, waits: 1, claimed: 0 },
      { chat_id: 4, waits: 1, claimed: 0 },
    ])
  })

  test('is prolonged while its run sends a message in parts', async () => {
    await enqueueAll(everybody(1))
    const [id = 0] = idsOf(await claim(1, NOW))
    await record([{ id, status: 'claimed', messageId: 8, rest: { text: 'resto' } }], NOW + MINUTE / 2)
    expect(await claim(1, NOW + MINUTE)).toEqual([])
    expect(await claim(1, NOW + 2 * MINUTE)).toMatchObject([
      { attempts: 2, content: { message: { text: 'resto' } } },
    ])
  })

  test('is deleted once all of it is finished', async () => {
    await enqueueAll(everybody(2))
    const [one = 0, other = 0] = idsOf(await claim(2, NOW))
    await record([{ id: one, status: 'sent' }])
    await transact(db, [dropFinishedClaims()])
    expect(await claims()).toHaveLength(1)
    await record([{ id: other, status: 'dead', reason: 'x' }])
    await transact(db, [dropFinishedClaims()])
    expect(await claims()).toEqual([])
  })

  test('costs a delivery that is given back as it was no write of its row', async () => {
    await enqueueAll(everybody(40))
    const taken = await claim(40, NOW)
    const results = await record(
      taken.map(({ id }) => ({ id, status: 'queued', notBefore: 0, unused: true })),
    )
    expect(results.map(({ meta }) => meta.rows_written)).toEqual([1])
    expect(await claim(40, NOW)).toMatchObject(taken.map(({ id }) => ({ id, attempts: 1 })))
  })
})

/** Where a run may crash, and what the next one then sends: in doubt is what may have been sent. */
describe('after a crash', () => {
  const crashed = async (act: (ids: number[]) => Promise<unknown>) => {
    await enqueueAll(everybody(4))
    await act(idsOf(await claim(3, NOW - MINUTE)))
    const { telegram, send } = senderKit()
    await send()
    const states = await rows(sql`SELECT chat_id, status, reason, attempts FROM deliveries ORDER BY chat_id`)
    expect(await claims()).toEqual([])
    return { states, told: telegram.calls.map(({ body }) => body.chat_id).sort() }
  }
  const doubtful = (chat_id: number) => ({ chat_id, status: 'sent', reason: 'in-doubt', attempts: 2 })
  const sure = (chat_id: number) => ({ chat_id, status: 'sent', reason: null, attempts: 1 })

  test('between the claim and the record, all of the claim is in doubt', async () => {
    const { states, told } = await crashed(async () => undefined)
    expect(states).toEqual([doubtful(1), doubtful(2), doubtful(3), sure(4)])
    expect(told).toEqual([1, 2, 3, 4])
  })

  test('between two records, only what was not recorded is in doubt', async () => {
    const { states, told } = await crashed(([id = 0]) => record([{ id, status: 'sent', messageId: 5 }]))
    expect(states).toEqual([sure(1), doubtful(2), doubtful(3), sure(4)])
    expect(told).toEqual([2, 3, 4])
  })

  test('after some were given back, those are not in doubt', async () => {
    const { states, told } = await crashed(([id = 0]) => record([{ id, status: 'queued', unused: true }]))
    expect(states).toEqual([sure(1), doubtful(2), doubtful(3), sure(4)])
    expect(told).toEqual([1, 2, 3, 4])
  })

  test('of the run that took over too, both attempts count', async () => {
    await enqueueAll(everybody(1))
    await claim(1, NOW)
    await claim(1, NOW + MINUTE)
    expect(await claim(1, NOW + 2 * MINUTE)).toMatchObject([{ attempts: 3 }])
    expect(await delivery('tutti', 1)).toMatchObject({ status: 'queued', reason: 'in-doubt', attempts: 2 })
  })

  test('of a run of version 0.2.0, its claims are taken over when they expire', async () => {
    await enqueueAll(everybody(2))
    await transact(db, [
      sql`UPDATE deliveries SET status = 'claimed', lease_until = ${NOW}, attempts = 1 WHERE chat_id = 1`,
    ])
    expect(await claim(2, NOW - 1)).toMatchObject([{ chatId: 2 }])
    expect(await holders()).toMatchObject([{ claimed: 1 }, { claimed: 1 }])
    const { telegram, send } = senderKit()
    await send()
    expect(telegram.textsTo(1)).toEqual(['tutti a 1'])
    expect(await delivery('tutti', 1)).toMatchObject(doubtful(1))
  })
})

describe('the mark of settled deliveries', () => {
  const mark = async () => (await readState(db, ['settled-deliveries']))['settled-deliveries']?.upTo ?? 0
  const move = () => transact(db, [markSettled(NOW)])

  test('goes to the first that waits, and what is behind it is read no more', async () => {
    await enqueueAll(everybody(500))
    const first = await claim(300, NOW)
    await record(first.map(({ id }) => ({ id, status: 'sent' })))
    await move()
    expect(await mark()).toBe(first.at(-1)?.id)
    const rest = await claim(300, NOW)
    expect(rest).toHaveLength(200)
    await record(rest.map(({ id }) => ({ id, status: 'sent' })))
    await move()
    const [{ meta } = { meta: { rows_read: Number.NaN } }] = await transact(db, [
      sql`SELECT count(*) FROM open_deliveries`,
    ])
    expect(meta.rows_read).toBeLessThan(20)
  })

  test('is written only when that spares some reading', async () => {
    const before = await mark()
    await enqueueAll(everybody(1))
    const [id = 0] = idsOf(await claim(1, NOW))
    await record([{ id, status: 'sent' }])
    await transact(db, [
      sql`INSERT INTO state (name, value, at) VALUES ('settled-deliveries', ${`{"upTo":${id - 1}}`}, 1)`,
    ])
    expect((await move()).map(({ meta }) => meta.rows_written)).toEqual([0])
    expect(before).toBe(0)
  })

  test('never hides a delivery, whatever happens to them, also by a Worker of version 0.2.0', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('enqueue'),
        count: fc.integer({ min: 1, max: 150 }),
        lane: fc.nat(2),
        later: fc.boolean(),
      }),
      fc.record({
        do: fc.constant('enqueue-old'),
        count: fc.integer({ min: 1, max: 150 }),
        lane: fc.nat(2),
        later: fc.boolean(),
      }),
      fc.record({
        do: fc.constant('run'),
        count: fc.integer({ min: 1, max: 200 }),
        ends: fc.array(fc.nat(5), { minLength: 1 }),
      }),
      fc.record({
        do: fc.constant('run-old'),
        count: fc.integer({ min: 1, max: 200 }),
        ends: fc.array(fc.nat(5), { minLength: 1 }),
      }),
      fc.record({ do: fc.constant('mark') }),
      fc.record({ do: fc.constant('wait') }),
    )
    const lanes = ['interactive', 'alert', 'edit'] as const
    let events = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        await clean()
        let now = NOW
        const endOf = (kind: number, id: number): Outcome | undefined =>
          [
            undefined,
            { id, status: 'queued' as const, unused: true, notBefore: 0 },
            { id, status: 'queued' as const, unused: true, notBefore: now + 5_000, reason: 'chat-busy' },
            { id, status: 'sent' as const },
            { id, status: 'sent' as const, edit: true },
            { id, status: 'expired' as const, reason: 'x' },
          ][kind]
        for (const one of [...steps, { do: 'mark' as const }]) {
          events++
          if (one.do === 'enqueue') {
            const changes = { priority: lanes[one.lane] ?? 'alert', ...(one.later && { notBefore: now + 1 }) }
            await transact(db, [
              enqueue(
                everybody(one.count, `e${events}`).map((each) => ({ ...each, ...changes })),
                now,
              ),
            ])
          } else if (one.do === 'enqueue-old') {
            await transact(db, [
              sql`INSERT INTO deliveries (event, chat_id, lane, content, status, not_before, event_at, created_at, trace)
                  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${one.count})
                  SELECT ${`e${events}`}, i, ${one.lane}, '{}', 'queued', ${one.later ? now + 1 : 0}, 1, ${now}, 't' FROM n`,
            ])
          } else if (one.do === 'run') {
            const taken = await claim(one.count, now)
            await record(
              taken.flatMap(({ id }, i) => endOf(one.ends[i % one.ends.length] ?? 0, id) ?? []),
              now,
            )
          } else if (one.do === 'run-old') {
            // As version 0.2.0 claims, and gives back what it did not send.
            await transact(db, [
              sql`UPDATE deliveries SET status = 'claimed', lease_until = ${now + MINUTE}, attempts = attempts + 1
                  WHERE id IN (SELECT id FROM deliveries WHERE (status = 'queued' AND not_before <= ${now})
                               OR (status = 'claimed' AND lease_until <= ${now}) ORDER BY lane, id LIMIT ${one.count})`,
              ...one.ends.map(
                (kind, i) => sql`UPDATE deliveries
                SET status = ${['claimed', 'queued', 'queued', 'sent', 'dead', 'expired'][kind]},
                    not_before = ${kind === 2 ? now + 5_000 : 0}
                WHERE status = 'claimed' AND lease_until > ${now} AND id % ${one.ends.length} = ${i}`,
              ),
            ])
          } else if (one.do === 'wait') now += MINUTE + 1
          else await transact(db, [markSettled(now), dropFinishedClaims()])
          const open = await rows(
            sql`SELECT id FROM deliveries WHERE status IN ('queued', 'claimed') ORDER BY id`,
          )
          expect(await rows(sql`SELECT id FROM open_deliveries ORDER BY id`)).toEqual(open)
        }
      }),
      { numRuns: 12 },
    )
  })
})

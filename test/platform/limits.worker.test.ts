import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { refusals } from '../../scripts/local/limits/invocation.worker.ts'
import { limitOf } from '../../src/platform/limits.ts'
import { asInvocation, limitFetch } from '../invocation.worker.ts'

const { DB, OUTBOUND, STUDENTS } = env as unknown as {
  DB: D1Database
  OUTBOUND: Queue
  STUDENTS: DurableObjectNamespace
}
const paid = (name: Parameters<typeof limitOf>[0]) => limitOf(name, 'paid')
const one = () => DB.prepare('SELECT 1')
const times = (count: number) => Array.from({ length: count }, (_, i) => i)
const big = (bytes: number) => 'x'.repeat(bytes)
/** What an error says, as the code that meets it sees it. */
const problem = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: Error) => error.message,
  )

describe('queries of D1', () => {
  test('1,000 pass, the next one fails, and so does everything after it', async () => {
    await asInvocation(async (invocation) => {
      await DB.batch(times(paid('d1Queries') - 1).map(one))
      expect(await problem(one().all())).toBe('none')
      expect(invocation.used.d1Queries).toBe(1_000)
      expect(await problem(one().first())).toBe(`D1_ERROR: ${refusals.service}`)
      expect(await problem(DB.batch([one()]))).toBe(`D1_ERROR: ${refusals.service}`)
    })
    expect(await problem(asInvocation(() => one().all()))).toBe('none')
  })

  test('every statement of a batch counts, and every line of exec', async () => {
    await asInvocation(async (invocation) => {
      await DB.batch(times(7).map(one))
      await DB.exec('SELECT 1\nSELECT 2')
      await one().run()
      await one().raw()
      await DB.withSession().prepare('SELECT 1').all()
      expect(invocation.used.d1Queries).toBe(12)
      expect(invocation.used.serviceSubrequests).toBe(5)
    })
    expect(await problem(asInvocation(() => DB.batch(times(1_001).map(one))))).toMatch(
      /Too many API requests/,
    )
  })

  test('the free plan has 50', async () => {
    const plan = { plan: 'free' } as const
    expect(await problem(asInvocation(() => DB.batch(times(50).map(one)), plan))).toBe('none')
    expect(await problem(asInvocation(() => DB.batch(times(51).map(one)), plan))).toMatch(
      /D1_ERROR: Too many/,
    )
  })

  test('those of two invocations at once are counted apart', async () => {
    const each = () =>
      asInvocation(async (invocation) => {
        for (const _ of times(5)) await one().all()
        return invocation.used.d1Queries
      })
    expect(await Promise.all([each(), each()])).toEqual([5, 5])
  })
})

describe('a statement of D1', () => {
  const echo = (value: string) => asInvocation(() => DB.prepare('SELECT length(?) AS n').bind(value).all())

  test('takes 2,000,000 bytes in a parameter, counted in UTF-8', async () => {
    expect(await problem(echo(big(2_000_000)))).toBe('none')
    expect(await problem(echo(big(2_000_001)))).toBe('D1_ERROR: string or blob too big: SQLITE_TOOBIG')
    expect(await problem(echo('è'.repeat(1_000_001)))).toBe('D1_ERROR: string or blob too big: SQLITE_TOOBIG')
  })

  test('answers with rows of 2,000,000 bytes', async () => {
    const row = (bytes: number) =>
      asInvocation(() => DB.prepare('SELECT ? AS a, ? AS b').bind(big(1_000_000), big(bytes)).all())
    expect(await problem(row(1_000_000))).toBe('none')
    expect(await problem(row(1_000_001))).toBe('D1_ERROR: string or blob too big: SQLITE_TOOBIG')
  })

  test('takes 100 parameters', async () => {
    const inList = (count: number) => {
      const marks = times(count).map(() => '?')
      return asInvocation(() =>
        DB.prepare(`SELECT 1 WHERE 1 IN (${marks})`)
          .bind(...times(count))
          .all(),
      )
    }
    expect(await problem(inList(100))).toBe('none')
    expect(await problem(inList(101))).toMatch(/^D1_ERROR: too many SQL variables/)
  })

  test('takes 100,000 bytes of SQL, in a batch too', async () => {
    const ofLength = (bytes: number) => DB.prepare(`SELECT '${big(bytes - "SELECT ''".length)}'`)
    expect(await problem(asInvocation(() => ofLength(100_000).all()))).toBe('none')
    expect(await problem(asInvocation(() => DB.batch([one(), ofLength(100_001)])))).toBe(
      'D1_ERROR: statement too long: SQLITE_TOOBIG',
    )
  })
})

describe('subrequests', () => {
  const internet = limitFetch(async () => new Response('fine'))
  const ask = () => internet('http://somewhere.test/')

  test('10,000 pass on the paid plan, calls to services included', async () => {
    await asInvocation(async (invocation) => {
      await one().all()
      for (const _ of times(paid('subrequests') - 1)) await ask()
      expect(invocation.used).toMatchObject({ subrequests: 9_999, serviceSubrequests: 1 })
      expect(await problem(ask())).toBe(refusals.fetch)
    })
  })

  test('the free plan has 50, and 1,000 to services', async () => {
    await asInvocation(
      async (invocation) => {
        for (const _ of times(50)) await ask()
        expect(await problem(ask())).toBe(refusals.fetch)
        for (const _ of times(999)) invocation.countService()
        expect(await problem(OUTBOUND.send(1))).toBe('none')
        expect(await problem(OUTBOUND.send(1))).toBe(`Queue send failed: ${refusals.service}`)
      },
      { plan: 'free' },
    )
  })

  test('a call of an object is one', async () => {
    await asInvocation(async (invocation) => {
      const stub = STUDENTS.get(STUDENTS.idFromName('1'))
      await problem(stub.fetch('http://object/'))
      expect(invocation.used).toMatchObject({ serviceSubrequests: 1 })
    })
  })
})

describe('connections', () => {
  /** An internet that answers when it is told to. */
  const slow = () => {
    const answers: (() => void)[] = []
    const fetch = limitFetch(
      () => new Promise((resolve) => answers.push(() => resolve(new Response('a body that nobody reads')))),
    )
    return { fetch, answers }
  }

  test('six wait for their answers, the seventh starts when one has come', async () => {
    const { fetch, answers } = slow()
    await asInvocation(async (invocation) => {
      const all = times(7).map(() => fetch('http://somewhere.test/'))
      expect(answers).toHaveLength(6)
      answers[3]?.()
      await all[3]
      expect(answers).toHaveLength(7)
      for (const answer of answers) answer()
      await Promise.all(all)
      expect(invocation.used.openConnections).toBe(7)
    })
  })

  test('D1 and queues need one too', async () => {
    const { fetch, answers } = slow()
    await asInvocation(async (invocation) => {
      const all = times(6).map(() => fetch('http://somewhere.test/'))
      const done: string[] = []
      const query = one()
        .all()
        .then(() => done.push('query'))
      const sent = OUTBOUND.send(1).then(() => done.push('sent'))
      await scheduler.wait(20)
      expect(done).toEqual([])
      for (const answer of answers) answer()
      await Promise.all([...all, query, sent])
      expect(invocation.used.openConnections).toBe(8)
    })
  })

  test('what fails gives its connection back', async () => {
    const broken = limitFetch(async () => Promise.reject(new Error('reset')))
    await asInvocation(async () => {
      for (const _ of times(20)) expect(await problem(broken('http://somewhere.test/'))).toBe('reset')
      expect(await problem(one().all())).toBe('none')
    })
  })
})

describe('a queue', () => {
  /** Of a message's bytes, quotes and metadata are not its text. */
  const text = (bytes: number) => big(bytes - 102)
  const send = (body: unknown, delaySeconds = 0) =>
    problem(asInvocation(() => OUTBOUND.send(body, { delaySeconds })))
  const sendAll = (bodies: unknown[]) =>
    problem(asInvocation(() => OUTBOUND.sendBatch(bodies.map((body) => ({ body })))))

  test('takes messages of 128,000 bytes', async () => {
    expect(await send(text(128_000))).toBe('none')
    expect(await send(text(128_001))).toBe('Queue send failed: Payload Too Large (10204)')
  })

  test('takes 256,000 bytes and 100 messages in one call', async () => {
    expect(await sendAll([text(128_000), text(128_000)])).toBe('none')
    expect(await sendAll([text(100_000), text(100_000), text(56_001)])).toBe(
      'Queue sendBatch failed: Payload Too Large (10205)',
    )
    expect(await sendAll(times(100))).toBe('none')
    expect(await sendAll(times(101))).toBe('Queue sendBatch failed: Bad Request (10206)')
  })

  test('delays a message by twelve hours at most', async () => {
    expect(await send(1, 43_200)).toBe('none')
    expect(await send(1, 43_201)).toBe('Queue send failed: Bad Request (10203)')
  })
})

test('outside an invocation only the limits on one call apply', async () => {
  await DB.batch(times(1_001).map(one))
  expect(await problem(DB.prepare('SELECT ?').bind(big(2_000_001)).all())).toMatch(/too big/)
})

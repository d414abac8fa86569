import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import type { EdgeEnv } from '../../src/bindings.d.ts'
import { connect, type Statement, transact } from '../../src/db/database.ts'
import { expireSession } from '../../src/passport/sessions/owner-notices.ts'
import { CODE_LIFETIME, openPairing } from '../../src/passport/sessions/paired-browsers.ts'
import { readConfig } from '../../src/platform/config.ts'
import { operatorSession } from '../../src/web/operator-session.ts'
import { countStatements } from '../counting-d1.worker.ts'
import { oddJson, oddText } from '../hostile/fuzz.ts'
import { type RemotePortal, startRemotePortal } from '../simulators/portal/remote.ts'

const OPERATOR = 900
const time = { now: Date.parse('2026-11-20T12:00:00Z') }
const bindings = { ...(env as unknown as EdgeEnv) }
const { DB } = bindings
const db = connect(DB)
let portal: RemotePortal
let app = operatorSession({ now: () => time.now })

beforeAll(async () => {
  portal = await startRemotePortal(inject('portalFactory'), { provinces: ['RM'], officesEach: 3 })
  bindings.PORTAL_ORIGIN = portal.origin
})

beforeEach(async () => {
  await transact(db, [
    sql`DELETE FROM paired_browsers`,
    sql`DELETE FROM portal_sessions`,
    sql`DELETE FROM rate_limits`,
  ])
  Object.assign(bindings, { ADMIN_IDS: `${OPERATOR},901`, DB })
  app = operatorSession({ now: () => time.now })
})

const keys = () => readConfig(bindings, ['ENCRYPTION_KEY']).ENCRYPTION_KEY
const rows = async (statement: Statement) => (await transact(db, [statement]))[0]?.results ?? []
const sessions = () => rows(sql`SELECT id, owner_id, health FROM portal_sessions ORDER BY id`)
const browsers = () => rows(sql`SELECT * FROM paired_browsers ORDER BY id`)

interface Sending {
  token?: string | undefined
  body?: unknown
  query?: string
}

/** Asks as the extension does. @returns the status and the JSON of the answer */
async function ask(method: string, path: string, { token, body, query = '' }: Sending = {}) {
  const context = createExecutionContext()
  const request = new Request(`https://sportello.test/operator/${path}${query}`, {
    method,
    ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const response = await app.fetch(request, bindings, context)
  await waitOnExecutionContext(context)
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    value: text === '' ? null : (JSON.parse(text) as Record<string, unknown>),
  }
}

async function newCode(ownerId = OPERATOR): Promise<string> {
  const { code, statements } = await openPairing(ownerId, keys(), time.now)
  await transact(db, statements)
  return code
}

const exchange = (code: string, browser = 'chrome') => ask('POST', 'pairing', { body: { code, browser } })

async function paired(ownerId = OPERATOR): Promise<string> {
  const { value } = await exchange(await newCode(ownerId))
  return String(value?.token)
}

const cookieList = (cookie: string) =>
  cookie.split('; ').map((pair) => {
    const [, name, value] = /^([^=]*)=(.*)$/.exec(pair) ?? []
    return { name, value }
  })
const handIn = (token: string, cookie: string) => ask('POST', 'session', { token, body: cookieList(cookie) })

describe('a code', () => {
  test('pairs one browser, once, whatever its case and dashes', async () => {
    const code = await newCode()
    const first = await exchange(` ${code.toLowerCase().replaceAll('-', ' ')} `, 'firefox')
    expect(first.status).toBe(201)
    expect(await browsers()).toMatchObject([{ owner_id: OPERATOR, browser: 'firefox', code_hash: null }])
    expect(await exchange(code)).toMatchObject({ status: 403, value: { error: 'unknown-code' } })
    expect(await browsers()).toHaveLength(1)
  })

  test('that two use at the same moment pairs one of them', async () => {
    const code = await newCode()
    const answers = await Promise.all([exchange(code), exchange(code), exchange(code)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403, 403])
  })

  test('works for ten minutes', async () => {
    const [early, late] = [await newCode(OPERATOR), await newCode(901)]
    time.now += CODE_LIFETIME - 1
    expect((await exchange(early)).status).toBe(201)
    time.now += 1
    expect((await exchange(late)).status).toBe(403)
  })

  test('is replaced by the next one, and only the operator’s own', async () => {
    const [old, other] = [await newCode(), await newCode(901)]
    const fresh = await newCode()
    const answers = [await exchange(old), await exchange(other), await exchange(fresh)]
    expect(answers.map(({ status }) => status)).toEqual([403, 201, 201])
  })

  test('of a person who is no operator any more is refused', async () => {
    const code = await newCode(901)
    bindings.ADMIN_IDS = String(OPERATOR)
    expect((await exchange(code)).status).toBe(403)
  })

  test.each([
    ['a wrong code', { code: '2222-2222-2222', browser: 'chrome' }, 403],
    ['no code', { browser: 'chrome' }, 400],
    ['a code of other characters', { code: 'O000-1111-IIII', browser: 'chrome' }, 400],
    ['an unknown browser', { code: '2222-2222-2222', browser: '<b>' }, 400],
    ['no JSON', 'code', 400],
    ['a long body', 'x'.repeat(2_000), 413],
  ])('%s is refused', async (_, body, status) => {
    await newCode()
    expect((await ask('POST', 'pairing', { body })).status).toBe(status)
  })

  test('works at once, whatever wrong codes came before it', async () => {
    expect((await exchange('2222-2222-2222')).status).toBe(403)
    expect((await exchange(await newCode())).status).toBe(201)
  })

  test('that none of our keys signed is refused without a query', async () => {
    const code = await newCode()
    const counted = countStatements(DB)
    bindings.DB = counted.d1
    const swapped = code.startsWith('A') ? `B${code.slice(1)}` : `A${code.slice(1)}`
    for (const wrong of [swapped, '2222-2222-2222', `${code.slice(0, -4)}2222`])
      expect((await exchange(wrong)).status).toBe(403)
    expect(counted.used.statements).toBe(0)
  })
})

describe('a paired browser', () => {
  test('hands a session in, which is tried like a pasted one, and asks how it is', async () => {
    const token = await paired()
    expect((await ask('GET', 'session', { token })).value).toEqual({ own: null })
    const { cookie } = await portal.issueSession()
    expect((await handIn(token, cookie)).value).toMatchObject({ kind: 'kept', offices: 3 })
    expect(await sessions()).toMatchObject([{ owner_id: OPERATOR, health: 'good' }])
    const { value, headers } = await ask('GET', 'session', { token })
    expect(value).toEqual({ own: { health: 'good', lastGoodAt: time.now } })
    expect(headers.get('Cache-Control')).toBe('no-store')
  })

  test('replaces its own session with the renewed one, and no other', async () => {
    const [token, other] = [await paired(), await paired(901)]
    await handIn(other, (await portal.issueSession()).cookie)
    const { cookie } = await portal.issueSession()
    await handIn(token, cookie)
    await handIn(token, cookie)
    const [theirs, mine] = await sessions()
    await handIn(token, (await portal.issueSession()).cookie)
    const after = await sessions()
    expect(after).toMatchObject([theirs, { owner_id: OPERATOR, health: 'good' }])
    expect(after[1]?.id).not.toBe(mine?.id)
  })

  test('keeps its session while the portal does not accept or cannot try another', async () => {
    const token = await paired()
    await handIn(token, (await portal.issueSession()).cookie)
    const before = await sessions()
    expect((await handIn(token, 'JSESSIONID=of-nobody')).value).toEqual({ kind: 'refused' })
    expect((await handIn(token, 'AGPID=1')).value).toEqual({ kind: 'no-jsessionid' })
    expect((await ask('POST', 'session', { token, body: 'ciao' })).value).toEqual({ kind: 'no-cookies' })
    expect(await sessions()).toEqual(before)
    await transact(db, [sql`DELETE FROM rate_limits`])
    await portal.fault({ kind: 'server-error' })
    const untested = await handIn(token, (await portal.issueSession()).cookie)
    await portal.clearFaults()
    expect(untested.value).toMatchObject({ kind: 'untested' })
    expect(await sessions()).toHaveLength(2)
  })

  test('is told that its session expired', async () => {
    const token = await paired()
    await handIn(token, (await portal.issueSession()).cookie)
    await transact(db, [sql`UPDATE portal_sessions SET health = 'dead', died_at = 1`])
    expect((await ask('GET', 'session', { token })).value).toMatchObject({ own: { health: 'dead' } })
  })

  test('is named to its operator when the session expires: a login there is enough', async () => {
    const token = await paired()
    await handIn(token, (await portal.issueSession()).cookie)
    await handIn(await paired(901), (await portal.issueSession()).cookie)
    await transact(db, [sql`DELETE FROM deliveries`, sql`DELETE FROM paired_browsers WHERE owner_id = 901`])
    for (const { id, owner_id: ownerId } of await sessions())
      await expireSession(db, { id: Number(id), ownerId: Number(ownerId) }, portal, time.now, 'trace')
    const told = await rows(sql`SELECT content FROM deliveries ORDER BY chat_id`)
    expect(told.map(({ content }) => /browser collegato/.test(String(content)))).toEqual([true, false])
  })

  test('of ten hand-ins at the same moment has at most six tried', async () => {
    const token = await paired()
    const { cookie } = await portal.issueSession()
    const answers = await Promise.all(Array.from({ length: 10 }, () => handIn(token, cookie)))
    const tried = answers.filter(({ status }) => status === 200).length
    expect(tried).toBeGreaterThan(0)
    expect(tried).toBeLessThanOrEqual(6)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(10 - tried)
    expect(refused[0]?.headers.get('Retry-After')).toBe('60')
  })

  test('that asks without end is refused, at the operator’s own rate limit', async () => {
    const token = await paired()
    // The bucket of a minute in which the operator did much in the chat.
    await transact(db, [
      sql`INSERT INTO rate_limits (id, used_until) VALUES (${OPERATOR}, ${time.now + 115_000})`,
    ])
    const statuses: number[] = []
    for (let n = 0; n < 8; n++) statuses.push((await ask('GET', 'session', { token })).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429])
  })

  test('sends 64 KiB at most', async () => {
    const token = await paired()
    expect((await ask('POST', 'session', { token, body: 'x'.repeat(70_000) })).status).toBe(413)
  })

  test('ends its pairing itself', async () => {
    const token = await paired()
    expect((await ask('DELETE', 'pairing', { token })).status).toBe(204)
    expect(await browsers()).toEqual([])
    expect((await ask('GET', 'session', { token })).status).toBe(401)
  })

  test('is one of five: the one not used for the longest time makes room', async () => {
    const tokens: string[] = []
    for (let n = 0; n < 5; n++) tokens.push(await paired())
    time.now += 1
    await ask('GET', 'session', { token: tokens[0] })
    await paired()
    expect(await browsers()).toHaveLength(5)
    expect((await ask('GET', 'session', { token: tokens[0] })).status).toBe(200)
    expect((await ask('GET', 'session', { token: tokens[1] })).status).toBe(401)
  })
})

describe('a token', () => {
  test('that was revoked, or whose owner is no operator any more, is refused, and the pairing deleted', async () => {
    const [revoked, former] = [await paired(), await paired(901)]
    await transact(db, [sql`DELETE FROM paired_browsers WHERE owner_id = ${OPERATOR}`])
    bindings.ADMIN_IDS = String(OPERATOR)
    for (const token of [revoked, former]) {
      expect((await ask('GET', 'session', { token })).status).toBe(401)
      expect((await handIn(token, (await portal.issueSession()).cookie)).status).toBe(401)
    }
    expect(await browsers()).toEqual([])
    expect(await sessions()).toEqual([])
  })

  test('that is forged, changed, or of another browser is refused without a query', async () => {
    const token = await paired()
    const [id, secret, signature] = token.split('.')
    const swapped = (text = '') => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`
    const counted = countStatements(DB)
    bindings.DB = counted.d1
    const forged = [
      undefined,
      '',
      'x',
      `${id}.${secret}`,
      `${id}.${swapped(secret)}.${signature}`,
      `${id}.${secret}.${swapped(signature)}`,
      `${Number(id) + 1}.${secret}.${signature}`,
      `${token} ${token}`,
      'x'.repeat(5_000),
    ]
    for (const one of forged) {
      const { status, headers } = await ask('GET', 'session', { token: one })
      expect([one, status, headers.get('WWW-Authenticate')]).toEqual([one, 401, 'Bearer'])
    }
    expect(counted.used.statements).toBe(0)
  })

  test('counts only in its header', async () => {
    const token = await paired()
    for (const query of [`?token=${token}`, `?access_token=${token}`])
      expect((await ask('GET', 'session', { query })).status).toBe(401)
  })

  test('of another key is refused; of the key before a rotation it works', async () => {
    const token = await paired()
    const { ENCRYPTION_KEY: old } = bindings as unknown as { ENCRYPTION_KEY: string }
    const next = 'another-key-for-tests-0123456789abcdef'
    const withKeys = async (keys: string) => {
      Object.assign(bindings, { ENCRYPTION_KEY: keys })
      const { status } = await ask('GET', 'session', { token })
      Object.assign(bindings, { ENCRYPTION_KEY: old })
      return status
    }
    expect(await withKeys(`${next},${old}`)).toBe(200)
    expect(await withKeys(next)).toBe(401)
  })
})

test('neither code, token nor cookie is stored readable or logged', async () => {
  const logged: unknown[] = []
  const spies = (['log', 'info', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...line) => void logged.push(...line)),
  )
  const code = await newCode()
  const hashed = await browsers()
  const token = String((await exchange(code)).value?.token)
  const { cookie } = await portal.issueSession()
  await handIn(token, cookie)
  await handIn(`${token}x`, cookie)
  await ask('POST', 'pairing', { body: `{"code":"${code}"` })
  for (const spy of spies) spy.mockRestore()
  const kept = JSON.stringify([
    hashed,
    await browsers(),
    await rows(sql`SELECT * FROM portal_sessions`),
    logged.map(String),
  ])
  expect(logged.length).toBeGreaterThan(0)
  const secrets = [code, code.replaceAll('-', ''), token, ...token.split('.').slice(1)]
  for (const secret of [...secrets, ...cookieList(cookie).map(({ value }) => value ?? '')])
    expect(kept).not.toContain(secret)
})

test('any body that a paired browser or a stranger sends is answered without an error of ours', async () => {
  const token = await paired()
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        oddText,
        oddJson.map((value) => JSON.stringify(value) ?? ''),
        fc
          .array(fc.record({ name: fc.oneof(fc.constant('JSESSIONID'), oddText), value: oddText }))
          .map((list) => JSON.stringify(list)),
        fc
          .record({ code: oddText, browser: fc.constantFrom('chrome', '') })
          .map((one) => JSON.stringify(one)),
      ),
      async (body) => {
        time.now += 20_000
        for (const path of ['session', 'pairing'])
          expect((await ask('POST', path, { token, body })).status).toBeLessThan(500)
      },
    ),
    { numRuns: 60 },
  )
})

test('while the database is out of reach the extension is told to come back', async () => {
  const token = await paired()
  const broken = () => {
    throw new Error('D1_ERROR: storage caused object to be reset')
  }
  bindings.DB = { prepare: broken, batch: broken } as unknown as D1Database
  const answer = await ask('GET', 'session', { token })
  expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '30'])
})

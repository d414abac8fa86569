import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { freshPortal, handInNew, health, paste, poolOf, rows } from './sessions-kit.worker.ts'

test.each(['bash', 'windows'] as const)(
  'a request copied as cURL for %s is taken and works',
  async (shell) => {
    const portal = await freshPortal()
    const { asCurl } = await portal.issueSession()
    expect(await paste(portal, asCurl[shell])).toMatchObject({ kind: 'kept', offices: 2 })
    expect(await poolOf(portal).listOffices('TO')).toMatchObject({ ok: true })
  },
)

test('a Cookie line is enough, and so are the bare cookies', async () => {
  const portal = await freshPortal()
  expect(await paste(portal, `Cookie: ${(await portal.issueSession()).cookie}`)).toMatchObject({
    kind: 'kept',
  })
  expect(await paste(portal, (await portal.issueSession()).cookie)).toMatchObject({ kind: 'kept' })
})

test('what is missing is said: no cookie, not the one that matters, or one that the portal does not know', async () => {
  const portal = await freshPortal()
  expect(await paste(portal, 'ciao, come stai?')).toEqual({ kind: 'no-cookies' })
  expect(await paste(portal, 'curl https://example.org')).toEqual({ kind: 'no-cookies' })
  expect(await paste(portal, 'AGPID=1; spid_domain_jwt=2')).toEqual({ kind: 'no-jsessionid' })
  expect(await paste(portal, 'JSESSIONID=unknown')).toEqual({ kind: 'refused' })
  expect(await health()).toEqual({})
})

test('a session that cannot be tried now is kept, as its login cost somebody a while', async () => {
  const portal = await freshPortal()
  await portal.fault({ kind: 'server-error' })
  const { cookie } = await portal.issueSession()
  expect(await paste(portal, cookie)).toMatchObject({ kind: 'untested', page: true, reason: 'unavailable' })
  await portal.clearFaults()
  expect(await poolOf(portal).listOffices('TO')).toMatchObject({ ok: true })
})

test('the same session handed in twice is one', async () => {
  const portal = await freshPortal()
  const { id, cookie } = await handInNew(portal)
  expect(await paste(portal, cookie)).toMatchObject({ kind: 'kept', id })
  expect(Object.keys(await health())).toHaveLength(1)
})

test('a new session makes room by taking the place of its owner’s dead ones', async () => {
  const portal = await freshPortal()
  const [mine, theirs] = [await handInNew(portal, 900), await handInNew(portal, 901)]
  for (const { number } of [mine, theirs]) {
    await portal.expireSession('redirect', number)
    for (let n = 0; n < 2; n++) await poolOf(portal).listOffices('TO')
  }
  expect(Object.values(await health())).toEqual(['dead', 'dead'])
  const fresh = await handInNew(portal, 900)
  expect(await health()).toEqual({ [theirs.id]: 'dead', [fresh.id]: 'good' })
  expect(mine.id).not.toBe(fresh.id)
})

test('nothing of a session stands readable in the database', async () => {
  const portal = await freshPortal()
  const { cookie, csrf } = await portal.issueSession()
  await paste(portal, `Cookie: ${cookie}\nX-CSRF-TOKEN: ${csrf}`)
  const all = JSON.stringify(await rows(sql`SELECT * FROM portal_sessions`))
  for (const secret of [csrf, ...cookie.split('; ').map((pair) => pair.split('=')[1] ?? '')]) {
    expect(all).not.toContain(secret)
  }
})

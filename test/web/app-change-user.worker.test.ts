import { expect, test } from 'vitest'
import { enter, initData, visitor } from './app-kit.worker.ts'
import { kit, ORIGIN } from './kit.worker.ts'

const site = kit()
const [VICTIM, ATTACKER] = [8_101, 8_102]

/** Hands in an opening with a cookie. */
const open = async (cookie: string, id: number, change = '') =>
  site.send('/app/session', {
    method: 'POST',
    headers: { Origin: ORIGIN, Cookie: cookie },
    body: new URLSearchParams({ initData: await initData(id), change }),
  })

test('another person’s opening does not take the place of a session before it is confirmed', async () => {
  const { cookie } = await visitor(site, VICTIM)
  for (const change of ['', 'yes', 'true', String(VICTIM), `${ATTACKER}0`]) {
    const refused = await open(cookie, ATTACKER, change)
    expect(refused.status, change).toBe(409)
    expect(refused.headers.get('Set-Cookie')).toBeNull()
    expect(await refused.json()).toEqual({
      reason: 'other-user',
      before: `Anna & "Co" (id ${VICTIM})`,
      now: `Anna & "Co" (id ${ATTACKER})`,
      change: ATTACKER,
    })
  }
  const confirmed = await open(cookie, ATTACKER, String(ATTACKER))
  expect(confirmed.status).toBe(200)
  expect(confirmed.headers.get('Set-Cookie')).toContain('__Host-app=')
})

test('the same person, and a person without a valid session, enter at once', async () => {
  const { cookie } = await visitor(site, VICTIM)
  expect((await open(cookie, VICTIM)).status).toBe(200)
  expect((await open('__Host-app=a.b.c', ATTACKER)).status).toBe(200)
  expect((await enter(site, await initData(ATTACKER))).status).toBe(200)
  site.time.now += 13 * 3_600_000
  const late = await site.send('/app/session', {
    method: 'POST',
    headers: { Origin: ORIGIN, Cookie: cookie },
    body: new URLSearchParams({ initData: await initData(ATTACKER, { now: site.time.now }) }),
  })
  expect(late.status).toBe(200)
})

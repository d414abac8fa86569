import { env } from 'cloudflare:test'
import { type BrowserWorker, launch } from '@cloudflare/playwright'
import { expect, inject, test } from 'vitest'
import { systemClock } from '../../src/platform/time.ts'
import { createSportSite, type SportSiteOptions } from '../../src/sport/site/client.ts'
import type { SiteResult } from '../../src/sport/site/model.ts'
import { type RemoteSportrick, startRemoteSimulator } from '../simulators/sportrick/remote.ts'
import type { SportrickOptions } from '../simulators/sportrick/simulator.ts'

const { BROWSER } = env as unknown as { BROWSER: BrowserWorker }
const simulate = (options?: SportrickOptions) => startRemoteSimulator(inject('sportrickFactory'), options)

const siteOf = (sportrick: RemoteSportrick, options: Partial<SportSiteOptions> = {}) =>
  createSportSite({
    base: sportrick.base,
    fetch: (...args) => fetch(...args),
    clock: systemClock,
    launchBrowser: () => launch(BROWSER),
    ...options,
  })

function valueOf<Value>(result: SiteResult<Value>): Value {
  if (!result.ok)
    throw new Error(
      `${result.failure.reason}: ${result.failure.detail} ${result.failure.evidence?.html ?? ''}`,
    )
  return result.value
}

test('logs in through the single sign-on and leaves a session that opens the site', async () => {
  const sportrick = await simulate()
  const site = siteOf(sportrick)
  const session = valueOf(await site.login(sportrick.demo))
  expect(Object.keys(session.cookies)).toContain('.ASPXAUTH_SOCIALBOOKING')
  expect(await site.checkSession(session)).toMatchObject({ ok: true })
})

import { launch } from '@cloudflare/playwright'
import { describe, expect, test } from 'vitest'
import { tally } from '../../src/db/tally.ts'
import { BROWSER, IMPATIENT, must, quickClock, reasonOf, simulate, siteOf } from './site-kit.worker.ts'

describe('logging in', () => {
  test('goes through the single sign-on and leaves a session that opens the site', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    tally.take()
    const session = must(await site.login(sportrick.demo))
    const [opened, openMs] = tally.take().browser ?? [0, 0]
    expect(opened).toBe(1)
    expect(openMs).toBeGreaterThan(0)
    expect(Object.keys(session.cookies).sort()).toEqual([
      '.ASPXAUTH_SOCIALBOOKING',
      'ASP.NET_SessionId',
      '__RequestVerificationToken',
    ])
    expect(must(await site.bookings(session))).toEqual([])
    expect((await sportrick.ledger()).logins.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'password accepted',
      'otp accepted',
    ])
  })

  test('dismisses the cookie banner even when it comes late, over a page that is slow', async () => {
    const sportrick = await simulate()
    await sportrick.fault({ kind: 'slow-page', path: 'getservizio', ms: 800 })
    await sportrick.fault({ kind: 'late-banner', ms: 40 })
    must(await siteOf(sportrick).login(sportrick.demo))
  })

  test('survives a single sign-on that remembers the student and asks nothing', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick, {
      launchBrowser: async () => {
        const browser = await launch(BROWSER)
        const newContext = browser.newContext.bind(browser)
        browser.newContext = async (options) => {
          const context = await newContext(options)
          await context.addCookies([
            { name: 'SSO_REMEMBER', value: sportrick.demo.username, url: sportrick.ssoUrl },
          ])
          return context
        }
        return browser
      },
    })
    await sportrick.fault({ kind: 'sso-remembers' })
    must(await site.login(sportrick.demo))
    expect((await sportrick.ledger()).logins).toEqual([])
  })

  test.each(['http', 'https'])(
    'types nothing into a page of another host that looks the same, over %s',
    async (scheme) => {
      const sportrick = await simulate()
      const typed: string[] = []
      const lookalike = `${scheme}://aunicalogin-polimi.example`
      const site = siteOf(sportrick, {
        launchBrowser: async () => {
          const browser = await launch(BROWSER)
          const newContext = browser.newContext.bind(browser)
          browser.newContext = async (options) => {
            const context = await newContext(options)
            await context.route(/\/Account\/Login/, (route) =>
              route.fulfill({
                contentType: 'text/html',
                body: `<script>location.href='${lookalike}/login'</script>`,
              }),
            )
            await context.route(`${lookalike}/**`, (route) => {
              typed.push(route.request().url() + (route.request().postData() ?? ''))
              return route.fulfill({
                contentType: 'text/html',
                body: `<form method="post"><input id="login" oninput="fetch('/typed?'+this.value)"><input id="password" type="password" oninput="fetch('/typed?'+this.value)"><button>Accedi</button></form>`,
              })
            })
            return context
          }
          return browser
        },
      })
      expect(reasonOf(await site.login(sportrick.demo))).toBe('login-elsewhere')
      expect(typed.filter((url) => !url.endsWith('/login'))).toEqual([])
    },
  )

  test('tries wrong credentials once only', async () => {
    const sportrick = await simulate()
    const result = await siteOf(sportrick).login({ ...sportrick.demo, password: 'not-this-one' })
    expect(result).toMatchObject({
      ok: false,
      failure: { reason: 'bad-credentials', message: expect.stringContaining('Identificazione fallita') },
    })
    expect((await sportrick.ledger()).logins).toHaveLength(1)
  })

  test('tells a locked account and an expired password from a wrong one', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    await sportrick.fault({ kind: 'password-expired', times: 1 })
    expect(reasonOf(await site.login(sportrick.demo))).toBe('password-expired')
    await sportrick.fault({ kind: 'account-locked', times: 1 })
    expect(await site.login(sportrick.demo)).toMatchObject({
      failure: { reason: 'bad-credentials', message: expect.stringContaining('bloccata') },
    })
  })

  test('gives up on a refused code, which was not late, after one try', async () => {
    const sportrick = await simulate()
    await sportrick.fault({ kind: 'otp-refused' })
    expect(reasonOf(await siteOf(sportrick).login(sportrick.demo))).toBe('otp-refused')
    expect((await sportrick.ledger()).logins.filter(({ step }) => step === 'otp')).toHaveLength(1)
  })

  test('tries the next code when the first one came too late', async () => {
    const sportrick = await simulate()
    let shift = 0
    const clock = {
      now: () => Date.now() + shift,
      sleep: async (ms: number) => {
        shift += Math.max(0, ms)
        await sportrick.advance(Math.max(0, ms))
      },
    }
    const periods: number[] = []
    const usingOtp = async (period: number) => {
      if (periods.push(period) === 1) await clock.sleep(65_000)
    }
    must(await siteOf(sportrick, { clock }).login(sportrick.demo, { usingOtp }))
    const outcomes = (await sportrick.ledger()).logins.map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['accepted', 'late', 'accepted'])
    expect(new Set(periods).size).toBe(2)
  })

  test('gives up on a key that belongs to somebody else', async () => {
    const sportrick = await simulate()
    const otpauth = 'otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    expect(reasonOf(await siteOf(sportrick).login({ ...sportrick.demo, otpauth }))).toBe('otp-refused')
  })

  test('never uses a code twice: a second login at once waits for the next period', async () => {
    const sportrick = await simulate()
    const clock = quickClock(async (ms) => {
      await sportrick.advance(ms)
    })
    const site = siteOf(sportrick, { clock })
    const periods: number[] = []
    const usingOtp = (period: number) => {
      periods.push(period)
    }
    must(await site.login(sportrick.demo, { usingOtp }))
    must(await site.login(sportrick.demo, { usingOtp, lastOtpPeriod: periods[0] }))
    expect(periods[1]).toBeGreaterThan(periods[0] ?? Number.POSITIVE_INFINITY)
    expect((await sportrick.ledger()).logins.every(({ outcome }) => outcome === 'accepted')).toBe(true)
  })

  test('waits for another day when no browser is to be had', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick, {
      launchBrowser: () =>
        Promise.reject(new Error('Unable to create new browser: code: 429: message: Rate limit exceeded')),
    })
    expect(reasonOf(await site.login(sportrick.demo))).toBe('browser-busy')
    expect((await sportrick.ledger()).requests).toEqual([])
  })

  // From here on most of the time is waited, each test with a site and a browser of its own.
  test.concurrent('lets nothing that was typed into a failure', async () => {
    const sportrick = await simulate()
    const { password } = sportrick.demo
    const site = siteOf(sportrick, {
      ...IMPATIENT,
      launchBrowser: async () => {
        const browser = await launch(BROWSER)
        const newContext = browser.newContext.bind(browser)
        browser.newContext = async (options) => {
          const context = await newContext(options)
          await context.addInitScript(
            "addEventListener('DOMContentLoaded', () => document.querySelector('#password')?.setAttribute('readonly', ''))",
          )
          return context
        }
        return browser
      },
    })
    const result = await site.login(sportrick.demo)
    expect(reasonOf(result)).toBe('markup-changed')
    expect(JSON.stringify(result)).not.toContain(password)
  })

  test.concurrent('says that the single sign-on is down, or the site', async () => {
    const sportrick = await simulate()
    const site = siteOf(sportrick)
    await sportrick.fault({ kind: 'sso-down', times: 1 })
    expect(reasonOf(await site.login(sportrick.demo))).toBe('sso-down')
    await sportrick.fault({ kind: 'server-error', path: 'Account/Login', times: 1 })
    expect(reasonOf(await site.login(sportrick.demo))).toBe('site-down')
    await sportrick.fault({ kind: 'hang', path: 'getservizio', times: 1 })
    expect(reasonOf(await siteOf(sportrick, IMPATIENT).login(sportrick.demo))).toBe('sso-down')
  })

  test.concurrent('says that a page has changed, without secrets', async () => {
    const sportrick = await simulate()
    await sportrick.fault({ kind: 'changed-markup', path: 'otp', times: 1 })
    await sportrick.fault({ kind: 'changed-markup', path: 'aunicalogin.jsp', times: 1 })
    const result = await siteOf(sportrick, IMPATIENT).login(sportrick.demo)
    expect(result).toMatchObject({ failure: { reason: 'markup-changed' } })
    expect(JSON.stringify(result)).not.toContain(sportrick.demo.password)
  })

  test.concurrent('ends within its total time', async () => {
    const sportrick = await simulate()
    await sportrick.fault({ kind: 'hang', path: 'otp.jsp' })
    const site = siteOf(sportrick, { stepTimeoutMs: 60_000, browserTimeoutMs: 12_000 })
    // Which page it waits for when the time is up depends on the machine.
    expect(['sso-down', 'site-down']).toContain(reasonOf(await site.login(sportrick.demo)))
  })
})

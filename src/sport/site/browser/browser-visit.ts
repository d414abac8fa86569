import type { Browser, BrowserContext, Locator, Page, Request } from '@cloudflare/playwright'
import { tally } from '../../../db/tally.ts'
import { describeError, log } from '../../../platform/log.ts'
import type { Clock } from '../../../platform/time.ts'
import type { SiteFailure, SiteResult, SiteSession } from '../site-model.ts'
import { fail, safeUrl } from '../site-result.ts'
import { parsePage, siteText } from '../site-text.ts'

export interface BrowserKit {
  base: string
  clock: Clock
  launchBrowser: () => Promise<Browser>
  /** How long a page may take to show what comes next, ms. */
  stepTimeoutMs: number
  /** How long the whole run may take, ms. */
  totalTimeoutMs: number
}

/** Ends a run of the browser with a failure; caught by `withPage`. */
export class Stop extends Error {
  override name = 'Stop'
  readonly failure: SiteFailure

  constructor(failure: SiteFailure) {
    super(failure.detail)
    this.failure = failure
  }
}

/** One run of the browser: a page, and what is known about it. */
export interface Visit {
  kit: BrowserKit
  context: BrowserContext
  page: Page
  /** Rejects with `Stop` as soon as the site or the single sign-on refuses a navigation. Race waits against it. */
  broken: Promise<never>
  /** Called before the click after which the booking may be changed: later surprises are "answer lost". */
  commit(): void
}

const NO_SENTENCE =
  'button, input, select, script, style, .btn, .close, .modal-footer, .modal-header, [role=button], [data-dismiss], [data-modalrole]'

export const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'

/** The cookie banner lies over the content and comes when it likes: Playwright dismisses it before any action. */
async function dismissBanner(page: Page): Promise<void> {
  const banner = page
    .locator('.iubenda-cs-accept-btn, .iubenda-cs-close-btn')
    .or(page.getByRole('button', { name: 'Chiudi questa informativa' }))
    .first()
  // The page may have been closed by then. Nobody awaits this handler, so it must not throw.
  const dismiss = () =>
    banner
      .click({ timeout: 5_000 })
      .catch((error: unknown) => log('info', 'banner-stayed', { error: describeError(error) }))
  await page.addLocatorHandler(banner, dismiss, { noWaitAfter: true })
}

/** Whose page a navigation was for: the site's own, or the single sign-on's. */
const ownerOf = (kit: BrowserKit, url: string): 'site-down' | 'sso-down' =>
  url.startsWith(kit.base) ? 'site-down' : 'sso-down'

/** Cookies that make the session: the site's own are HttpOnly, unlike those of banners and statistics. */
export async function sessionCookies(context: BrowserContext, base: string): Promise<Record<string, string>> {
  const cookies = await context.cookies(base)
  return Object.fromEntries(
    cookies.filter(({ httpOnly }) => httpOnly).map(({ name, value }) => [name, value]),
  )
}

/** The cookie that says who is logged in. */
export const hasAuthCookie = (cookies: Record<string, string>): boolean =>
  Object.keys(cookies).some((name) => /^\.ASPX(AUTH|FORMSAUTH)|^\.AspNet/i.test(name))

/** Watches navigations of the main frame: which one is under way, and the first one that is refused. */
function watchNavigations(
  kit: BrowserKit,
  page: Page,
): { broken: Promise<never>; pending: () => string | null } {
  let pending: string | null = null
  const isMain = (request: Request) => request.isNavigationRequest() && request.frame() === page.mainFrame()
  const broken = new Promise<never>((_, reject) => {
    page.on('request', (request) => {
      if (isMain(request)) pending = request.url()
    })
    page.on('response', (response) => {
      if (!isMain(response.request())) return
      pending = null
      const url = response.url()
      if (response.status() === 429)
        reject(new Stop(fail('rate-limited', `${safeUrl(url)} answered 429`).failure))
      else if (response.status() >= 500)
        reject(new Stop(fail(ownerOf(kit, url), `${safeUrl(url)} answered ${response.status()}`).failure))
    })
    page.on('requestfailed', (request) => {
      const error = request.failure()?.errorText ?? ''
      if (!isMain(request) || /ERR_ABORTED/.test(error)) return
      reject(new Stop(fail(ownerOf(kit, request.url()), `${safeUrl(request.url())}: ${error}`).failure))
    })
  })
  // Awaited only while something else is waited for; on its own it must not count as unhandled.
  broken.catch((error: unknown) => log('info', 'navigation-refused', { detail: describeError(error) }))
  return { broken, pending: () => pending }
}

/** What a thrown error means, once the page is known. */
function failureOf(error: unknown, kit: BrowserKit, page: Page, pending: string | null): SiteFailure {
  if (error instanceof Stop) return error.failure
  if (pending !== null)
    return fail(ownerOf(kit, pending), `${safeUrl(pending)} does not answer: ${describeError(error)}`).failure
  if (page.isClosed()) return fail('browser-busy', `the browser went away: ${describeError(error)}`).failure
  if (!isTimeout(error)) return fail('site-down', `${safeUrl(page.url())}: ${describeError(error)}`).failure
  return fail('markup-changed', `${safeUrl(page.url())} shows nothing that is known`).failure
}

/**
 * Runs `work` on a fresh page with the session's cookies, within the total time, and closes the browser whatever
 * happens. No browser to be had is `browser-busy`.
 */
export async function withPage<Value>(
  kit: BrowserKit,
  session: SiteSession | null,
  work: (visit: Visit) => Promise<SiteResult<Value>>,
): Promise<SiteResult<Value>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not done within ${kit.totalTimeoutMs} ms`)),
      kit.totalTimeoutMs,
    )
  })
  const startedAt = kit.clock.now()
  const launching = kit.launchBrowser()
  let browser: Browser
  try {
    browser = await Promise.race([launching, tooLong])
  } catch (error) {
    clearTimeout(timer)
    // One that comes after all is not left running.
    launching.then(
      (late) => late.close(),
      () => log('warn', 'no-browser', { error: describeError(error) }),
    )
    return fail('browser-busy', `no browser: ${describeError(error)}`)
  }
  try {
    const context = await browser.newContext({ locale: 'it-IT', timezoneId: 'Europe/Rome' })
    context.setDefaultTimeout(kit.stepTimeoutMs)
    if (session) {
      const { origin } = new URL(kit.base)
      await context.addCookies(
        Object.entries(session.cookies).map(([name, value]) => ({
          name,
          value,
          url: origin,
          httpOnly: true,
        })),
      )
    }
    const page = await context.newPage()
    await dismissBanner(page)
    const { broken, pending } = watchNavigations(kit, page)
    let committed = false
    try {
      const commit = () => {
        committed = true
      }
      return await Promise.race([work({ kit, context, page, broken, commit }), tooLong, broken])
    } catch (error) {
      const failure = failureOf(error, kit, page, pending())
      return { ok: false, failure: committed ? { ...failure, reason: 'answer-lost' } : failure }
    }
  } catch (error) {
    return fail('browser-busy', `the browser went away: ${describeError(error)}`)
  } finally {
    clearTimeout(timer)
    await browser
      .close()
      .catch((error: unknown) => log('warn', 'browser-close', { error: describeError(error) }))
    tally.add('browser', 1, kit.clock.now() - startedAt)
  }
}

/** Opens a page of the site with the session; being sent to the login means that the session is over. */
export async function open({ kit, page }: Visit, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await page.goto(`${kit.base}${path}`, { waitUntil: 'domcontentloaded' })
      break
    } catch (error) {
      // The page was about to reload itself: what we asked for is asked again.
      if (tries === 3 || !/interrupted|ERR_ABORTED/.test(describeError(error))) throw error
    }
  }
  if (!isInside(kit.base, page.url()))
    throw new Stop(fail('session-expired', `sent to ${safeUrl(page.url())}`).failure)
}

/** More HTML of a page is not fetched from the browser. */
const MAX_CHARACTERS = 2 * 1024 * 1024

/** The HTML in an element. */
export const htmlOf = (locator: Locator): Promise<string> =>
  locator.evaluate(
    // It runs in the page, which has no counters of coverage.
    /* istanbul ignore next -- @preserve */ (element, most) => element.innerHTML.slice(0, most),
    MAX_CHARACTERS,
  )

/** The HTML of a page. */
export const htmlOfPage = (page: Page): Promise<string> => htmlOf(page.locator('html'))

/** What a person reads in an element. */
export const readText = async (locator: Locator): Promise<string> => siteText(await htmlOf(locator))

/** The sentence of a dialog or alert: without its buttons, its cross and what a script put beside them. */
export async function readSentence(locator: Locator): Promise<string> {
  const content = parsePage(await htmlOf(locator))
  for (const part of content.querySelectorAll(NO_SENTENCE)) part.remove()
  return siteText(content.innerHTML)
}

/** True for an address of the site behind the login. */
export const isInside = (base: string, url: string): boolean =>
  (url === base || url.startsWith(`${base}/`)) &&
  !/\/account\//i.test(url.slice(base.length).split('?')[0] ?? '')

/** The text of a dialog or alert on the page, the banner apart; empty when there is none. */
export const alertsOf = (page: Page): Locator =>
  page
    .locator(
      '[role="dialog"]:not([class*="iubenda"]):not([id*="iubenda"]), [role="alertdialog"], [role="alert"], .modal-dialog, .alert, .toast-message',
    )
    .filter({ visible: true })

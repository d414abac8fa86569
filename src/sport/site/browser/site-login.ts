import type { Locator, Page } from '@cloudflare/playwright'
import { log } from '../../../platform/log.ts'
import { nextOtp, otpCode, otpPeriodAt, parseOtpKey } from '../../otp.ts'
import type { Credentials, LoginOptions, SiteResult, SiteSession } from '../site-model.ts'
import { fail, ok, safeUrl } from '../site-result.ts'
import {
  type BrowserKit,
  hasAuthCookie,
  isInside,
  readText,
  Stop,
  sessionCookies,
  type Visit,
  withPage,
} from './browser-visit.ts'
import { mayTypeCredentials } from './trusted-page.ts'

/** What the page shows on the way in. */
type Landmark = 'home' | 'enter' | 'credentials' | 'code' | 'new-password' | 'problem'

/** Roles and labels first, ids second. */
function landmarks(page: Page) {
  const field = page.locator('input:not([type="hidden"])')
  const username = page.getByRole('textbox', { name: 'Codice Persona' }).or(page.locator('#login')).first()
  const password = page
    .getByLabel('Password', { exact: true })
    .and(field)
    .or(page.locator('#password'))
    .first()
  return {
    enter: page
      .getByRole('button', { name: 'Accedi al tuo account' })
      .or(page.locator('button[type=submit].green:not(.pull-right)'))
      .first(),
    username,
    password,
    accedi: page
      .getByRole('button', { name: 'Accedi', exact: true })
      .or(page.locator('.aunicalogin-button-accedi').locator('button, input[type=submit], a'))
      .first(),
    code: page.getByRole('textbox', { name: 'OTP' }).or(page.locator('#otp')).first(),
    proceed: page.getByRole('button', { name: 'Continua' }).or(page.locator('#submit-dissms')).first(),
    newPassword: page
      .getByLabel(/nuova password|new password/i)
      .or(
        page.getByText(/password (è |e' )?scaduta|password (has )?expired|cambi[ao] (della |la )?password/i),
      )
      .first(),
    problem: page
      .getByText(
        /identificazione fallita|(credenziali|codice|otp) (otp )?(è |e' )?(errat[eo]|non valid[eo]|scadut[eo])|(utente|utenza|account) (è )?bloccat|temporaneamente non disponibile/i,
      )
      .first(),
  }
}
type Landmarks = ReturnType<typeof landmarks>

const shown = async (locator: Locator) => locator.isVisible()

/** Waits until the page shows something known, and says what. @throws TimeoutError when it never does */
async function nextLandmark({ kit, page, broken }: Visit, marks: Landmarks): Promise<Landmark> {
  const { enter, username, code, newPassword, problem } = marks
  const inside = (url: URL) => isInside(kit.base, url.href)
  await Promise.race([
    enter.or(username).or(code).or(newPassword).or(problem).first().waitFor({ state: 'visible' }),
    page.waitForURL(inside, { waitUntil: 'domcontentloaded' }),
    broken,
  ])
  if (inside(new URL(page.url()))) return 'home'
  if (await shown(code)) return 'code'
  // A link for a new password may stand beside the form: it means something only where the form is gone.
  if (await shown(username)) return 'credentials'
  if (await shown(newPassword)) return 'new-password'
  if (await shown(enter)) return 'enter'
  return 'problem'
}

/** Does something that leads on, and waits until the page has moved or newly shows one of `signs`. */
async function leadOn({ page, broken }: Visit, signs: Locator[], act: () => Promise<void>): Promise<void> {
  const already = await Promise.all(signs.map(shown))
  const moved = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame() })
  const news = signs.filter((_, place) => !already[place])
  const next = Promise.race([moved, ...news.map((sign) => sign.waitFor({ state: 'visible' })), broken])
  await Promise.all([next, act()])
}

/** Types a credential, if the page is one that may have it. */
async function typeInto({ kit, page }: Visit, field: Locator, credential: string): Promise<void> {
  await field.waitFor({ state: 'visible' })
  if (!mayTypeCredentials(kit.base, page.url()))
    throw new Stop(fail('login-elsewhere', `asked for credentials at ${safeUrl(page.url())}`).failure)
  await field.fill(credential)
}

/** The page's own sentence about what went wrong, for the student. */
async function sentence(page: Page): Promise<string | undefined> {
  const candidates = page
    .locator('[role="alert"], .error-message, .error, .alert, [class*="errore"]')
    .filter({ visible: true })
  const text = (await candidates.count()) > 0 ? await readText(candidates.first()) : ''
  return text.slice(0, 300) || undefined
}

async function refuseCredentials(page: Page): Promise<never> {
  const message = await sentence(page)
  const reason = /password.{0,60}(scadut|expired)/i.test(message ?? '')
    ? 'password-expired'
    : 'bad-credentials'
  const detail = 'the single sign-on refused user name and password'
  throw new Stop(fail(reason, detail, message === undefined ? {} : { message }).failure)
}

/** Types the one-time code, computed just before; never one that was used. @returns its period */
async function enterCode(
  visit: Visit,
  marks: Landmarks,
  credentials: Credentials,
  options: LoginOptions,
): Promise<number> {
  const { clock } = visit.kit
  const parsed = parseOtpKey(credentials.otpauth)
  if (!parsed.ok)
    throw new Stop(
      fail('otp-refused', `a code is asked for, but the key is unusable: ${parsed.problem}`).failure,
    )
  const { period, waitMs } = nextOtp(parsed.key, clock.now(), options.lastOtpPeriod)
  await clock.sleep(waitMs)
  await options.usingOtp?.(period)
  await leadOn(visit, [marks.problem], async () => {
    await typeInto(visit, marks.code, otpCode(parsed.key, period))
    await marks.proceed.click()
  })
  return period
}

/** Goes through the single sign-on; the caller opened nothing yet. */
async function goIn(
  visit: Visit,
  credentials: Credentials,
  options: LoginOptions,
): Promise<SiteResult<SiteSession>> {
  const { kit, page, context } = visit
  const marks = landmarks(page)
  const returnUrl = encodeURIComponent(`${new URL(kit.base).pathname}/`)
  await page.goto(`${kit.base}/Account/Login?returnUrl=${returnUrl}`, { waitUntil: 'domcontentloaded' })

  let entered = 0
  let credentialsGiven = false
  let lastOtpPeriod = options.lastOtpPeriod
  let codesGiven = 0
  for (;;) {
    const landmark = await nextLandmark(visit, marks)
    if (landmark === 'home') {
      const cookies = await sessionCookies(context, kit.base)
      if (hasAuthCookie(cookies)) return ok({ cookies, obtainedAt: kit.clock.now() })
      throw new Stop(fail('markup-changed', 'inside the site without its session cookie').failure)
    }
    if (landmark === 'enter') {
      if (++entered > 2)
        throw new Stop(fail('sso-down', 'the single sign-on sends back to the login').failure)
      await leadOn(visit, [marks.username], () => marks.enter.click())
    } else if (landmark === 'credentials') {
      if (credentialsGiven) await refuseCredentials(page)
      credentialsGiven = true
      await leadOn(visit, [marks.code, marks.problem, marks.newPassword], async () => {
        await typeInto(visit, marks.username, credentials.username)
        await typeInto(visit, marks.password, credentials.password)
        await marks.accedi.click()
      })
    } else if (landmark === 'code') {
      const key = parseOtpKey(credentials.otpauth)
      const late =
        key.ok && lastOtpPeriod !== undefined && otpPeriodAt(key.key, kit.clock.now()) > lastOtpPeriod
      if (codesGiven > 1 || (codesGiven === 1 && !late)) {
        const message = await sentence(page)
        throw new Stop(
          fail(
            'otp-refused',
            'the single sign-on refused the one-time code',
            message === undefined ? {} : { message },
          ).failure,
        )
      }
      codesGiven++
      lastOtpPeriod = await enterCode(visit, marks, credentials, { ...options, lastOtpPeriod })
    } else if (landmark === 'new-password') {
      throw new Stop(fail('password-expired', 'the single sign-on wants a new password').failure)
    } else {
      if (credentialsGiven) await refuseCredentials(page)
      throw new Stop(fail('sso-down', 'the single sign-on shows an error').failure)
    }
  }
}

/**
 * Logs in by user name, password and one-time code, and hands the site's cookies over. Each credential is typed once;
 * a code that came too late is the one thing that is tried again, with the next one.
 */
export async function login(
  kit: BrowserKit,
  credentials: Credentials,
  options: LoginOptions,
): Promise<SiteResult<SiteSession>> {
  const startedAt = kit.clock.now()
  const result = await withPage(kit, null, (visit) => goIn(visit, credentials, options))
  log('info', 'site-login', {
    outcome: result.ok ? 'ok' : result.failure.reason,
    ms: kit.clock.now() - startedAt,
  })
  return result
}

import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { TOTP, URI } from 'otpauth'
import type { Faults } from './faults.ts'
import { token } from './sessions.ts'
import { credentialsPage, expiredPasswordPage, otpPage, samlPage } from './sso-pages.ts'
import type { Account, World } from './world.ts'

const WRONG = 'Identificazione fallita: codice persona o password errati.'
const LOCKED = 'Utenza bloccata per troppi tentativi: riprova più tardi.'

export interface SsoContext {
  world: World
  faults: Faults
  now: () => number
  maxLoginTries: number
}

/** A login under way: who passed the password, and where to go back to. */
interface Flow {
  relayState: string
  returnTo: string
  username: string | null
}

/** Periods around now whose code is accepted, as most servers tolerate a late reader. */
const TOLERATED_PERIODS = 1

/** Single sign-on: password, one-time code, then SAML pages that submit themselves back to the site. */
export class SingleSignOn {
  readonly app = new Hono()
  readonly #flows = new Map<string, Flow>()
  readonly #assertions = new Map<string, string>()
  readonly #context: SsoContext

  constructor(context: SsoContext) {
    this.#context = context
    this.app.get('/aunicalogin/getservizio.xml', (c) => this.#start(c))
    this.app.post('/aunicalogin/aunicalogin.jsp', (c) => this.#password(c))
    this.app.post('/aunicalogin/otp.jsp', (c) => this.#code(c))
    this.app.post('/aunicalogin/Shibboleth.sso', (c) => this.#hop(c))
    this.app.notFound((c) => c.text('Not found', 404))
  }

  /** The student of a SAML response, once. */
  redeem(assertion: string): string | null {
    const username = this.#assertions.get(assertion) ?? null
    this.#assertions.delete(assertion)
    return username
  }

  #down(c: Context): Response | null {
    return this.#context.faults.take('sso-down', { path: c.req.path })
      ? c.html('<html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>', 503)
      : null
  }

  #changed = (c: Context) => this.#context.faults.take('changed-markup', { path: c.req.path }) !== undefined

  #start(c: Context) {
    const down = this.#down(c)
    if (down) return down
    const id = token(8)
    const flow: Flow = {
      relayState: c.req.query('relay') ?? '',
      returnTo: c.req.query('back') ?? '',
      username: null,
    }
    this.#flows.set(id, flow)
    const remembered = getCookie(c, 'SSO_REMEMBER')
    if (remembered && this.#context.faults.take('sso-remembers', { username: remembered })) {
      flow.username = remembered
      return this.#finish(c, flow)
    }
    setCookie(c, 'JSESSIONID', token(12), { path: '/', httpOnly: true })
    return c.html(credentialsPage(this.#passwordUrl(id), { changed: this.#changed(c), error: null }))
  }

  #passwordUrl = (flow: string) => `/aunicalogin/aunicalogin.jsp?flow=${flow}`

  #fail(account: Account | undefined): void {
    if (account && ++account.failedTries >= this.#context.maxLoginTries) account.locked = true
  }

  async #password(c: Context) {
    const { world, faults, now } = this.#context
    const id = c.req.query('flow') ?? ''
    const flow = this.#flows.get(id)
    const form = await c.req.parseBody()
    const username = String(form.login ?? '')
    const account = world.accounts.get(username)
    const about = { username }
    const note = (outcome: string) => {
      world.ledger.logins.push({ at: now(), username, step: 'password', outcome })
    }
    const again = (error: string) => c.html(credentialsPage(this.#passwordUrl(id), { changed: false, error }))
    if (!flow) return again('Sessione scaduta: riprova.')
    if (account?.locked || faults.take('account-locked', about)) {
      note('locked')
      return again(LOCKED)
    }
    if (
      !account ||
      account.password !== String(form.password ?? '') ||
      faults.take('wrong-password', about)
    ) {
      this.#fail(account)
      note('wrong-password')
      return again(WRONG)
    }
    if (account.passwordExpired || faults.take('password-expired', about)) {
      note('password-expired')
      return c.html(expiredPasswordPage())
    }
    note('accepted')
    flow.username = username
    setCookie(c, 'SSO_REMEMBER', username, { path: '/', httpOnly: true })
    return c.html(otpPage('/aunicalogin/otp.jsp', id, { changed: this.#changed(c), error: null }))
  }

  async #code(c: Context) {
    const down = this.#down(c)
    if (down) return down
    const { world, faults, now } = this.#context
    const form = await c.req.parseBody()
    const id = String(form.flow ?? '')
    const flow = this.#flows.get(id)
    const username = flow?.username ?? ''
    const account = world.accounts.get(username)
    if (!flow || !account)
      return c.html(credentialsPage(this.#passwordUrl(id), { changed: false, error: WRONG }))
    const outcome = faults.take('otp-refused', { username })
      ? 'refused'
      : faults.take('otp-late', { username })
        ? 'late'
        : judgeCode(account, String(form.otp ?? ''), now())
    world.ledger.logins.push({ at: now(), username, step: 'otp', outcome })
    if (outcome === 'accepted') {
      account.failedTries = 0
      return this.#finish(c, flow)
    }
    this.#fail(account)
    const error = account.locked ? LOCKED : 'Codice OTP non valido o scaduto.'
    return c.html(otpPage('/aunicalogin/otp.jsp', id, { changed: false, error }))
  }

  #finish(c: Context, flow: Flow) {
    const assertion = Buffer.from(`<samlp:Response ID="_${token(12)}"/>`).toString('base64')
    this.#assertions.set(assertion, flow.username ?? '')
    const back = encodeURIComponent(flow.returnTo)
    return c.html(samlPage(`/aunicalogin/Shibboleth.sso?back=${back}`, flow.relayState, assertion))
  }

  async #hop(c: Context) {
    const form = await c.req.parseBody()
    return c.html(samlPage(c.req.query('back') ?? '', String(form.RelayState), String(form.SAMLResponse)))
  }
}

/** Checks a code with the otpauth library; a code that was accepted never is again. */
function judgeCode(account: Account, code: string, now: number): 'accepted' | 'wrong' | 'late' | 'reused' {
  const totp = URI.parse(account.otpauth)
  if (!(totp instanceof TOTP)) throw new Error(`${account.username} has no time-based code`)
  const delta = totp.validate({ token: code, timestamp: now, window: 10 })
  if (delta === null) return 'wrong'
  if (Math.abs(delta) > TOLERATED_PERIODS) return 'late'
  const period = Math.floor(now / 1000 / totp.period) + delta
  if (account.usedPeriods.has(period)) return 'reused'
  account.usedPeriods.add(period)
  return 'accepted'
}

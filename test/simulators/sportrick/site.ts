import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { romeDate } from '../../../src/platform/time.ts'
import { scheduleJson } from './answers.ts'
import type { Faults } from './faults.ts'
import type { Frame } from './look.ts'
import type { Refusal } from './model.ts'
import {
  activitiesPage,
  bookingsPage,
  calendarPage,
  confirmPage,
  confirmPart,
  emptyErrorPage,
  homePage,
  loginPage,
} from './pages.ts'
import { ASP_COOKIE, AUTH_COOKIE, FORGERY_COOKIE, type Sessions, token } from './sessions.ts'
import type { Account, World } from './world.ts'

export interface SiteContext {
  root: string
  world: World
  faults: Faults
  sessions: Sessions
  now: () => number
  /** Address of the single sign-on, for a login that must come back to `back`. */
  ssoStart: (relayState: string, back: string) => string
  redeem: (assertion: string) => string | null
  calendarDelayMs: number
  bannerDelayMs: number
  idsAsNumbers: boolean
  casing: 'Pascal' | 'camel' | 'lower'
  listLagMs: number
  waitingLists: boolean
  texts: Partial<Record<Refusal, string>>
}

/** Texts of the refusals: guesses, as nobody has published the real ones. */
export const REFUSALS: Record<Refusal, string> = {
  full: 'Posti esauriti per la lezione selezionata.',
  'already-booked': 'Hai già una prenotazione per questa lezione.',
  'not-open-yet': 'Le prenotazioni per questa lezione non sono ancora aperte.',
  past: 'La lezione è già iniziata.',
  'over-limit': 'Hai raggiunto il numero massimo di prenotazioni.',
  'no-subscription': 'Nessun abbonamento valido per questa attività.',
  'certificate-expired': 'Il certificato medico è scaduto.',
  'class-gone': 'La lezione selezionata non esiste.',
}
const FORCED = Object.keys(REFUSALS) as Refusal[]

type Env = { Variables: { account: Account } }

/** The booking site's pages and its two JSON requests. */
export function createSite(context: SiteContext): Hono<Env> {
  const { root, world, faults, sessions, now } = context
  const relays = new Map<string, string>()
  const app = new Hono<Env>({ strict: false }).basePath(root)

  const frame = (c: Context, title: string, who: string | null): Frame => ({
    root,
    title,
    who,
    bannerDelayMs: faults.take('late-banner', { path: c.req.path })?.ms ?? context.bannerDelayMs,
  })
  const looks = (c: Context) => ({
    changed: faults.take('changed-markup', { path: c.req.path }) !== undefined,
    calendarDelayMs: context.calendarDelayMs,
    waitingLists: context.waitingLists,
  })
  const cookieOptions = (maxAge?: number) => ({
    path: '/',
    httpOnly: true,
    ...(maxAge === undefined ? {} : { maxAge }),
  })

  app.get('/Account/Login', (c) => {
    const forgery = token(32)
    setCookie(c, FORGERY_COOKIE, forgery, cookieOptions())
    if (!getCookie(c, ASP_COOKIE)) setCookie(c, ASP_COOKIE, token(12).toLowerCase(), cookieOptions())
    return c.html(
      loginPage(frame(c, 'Login', null), c.req.query('returnUrl') ?? `${root}/`, forgery, looks(c)),
    )
  })

  app.post('/Account/ExternalLogin', (c) => {
    const relay = token(16)
    relays.set(relay, c.req.query('returnUrl') ?? `${root}/`)
    return c.redirect(context.ssoStart(relay, new URL(`${root}/Account/SamlAcs`, c.req.url).href))
  })

  app.post('/Account/SamlAcs', async (c) => {
    const form = await c.req.parseBody()
    const username = context.redeem(String(form.SAMLResponse ?? ''))
    const returnUrl = relays.get(String(form.RelayState ?? '')) ?? `${root}/`
    if (!username) return c.redirect(`${root}/Account/Login`)
    const value = sessions.open(username, now())
    setCookie(c, AUTH_COOKIE, value, cookieOptions(sessions.lifeSeconds))
    return c.redirect(returnUrl.startsWith(root) ? returnUrl : `${root}/`)
  })

  app.use('*', async (c, next) => {
    const session = sessions.read(getCookie(c, AUTH_COOKIE), now())
    const account = session ? world.accounts.get(session.username) : undefined
    const about = { username: session?.username ?? null, path: c.req.path }
    if (!session || !account || faults.take('session-expired', about)) {
      const { pathname, search } = new URL(c.req.url)
      return c.redirect(`${root}/Account/Login?returnUrl=${encodeURIComponent(pathname + search)}`)
    }
    if (session.renewed) setCookie(c, AUTH_COOKIE, session.renewed, cookieOptions(sessions.lifeSeconds))
    c.set('account', account)
    return next()
  })

  app.get('/', (c) => c.html(homePage(frame(c, 'Home', c.var.account.name))))

  app.get('/Booking', (c) => {
    const { account } = c.var
    const page = frame(c, 'Prenotazioni', account.name)
    if (faults.take('empty-error-page', { username: account.username, path: c.req.path }))
      return c.html(emptyErrorPage(page))
    return c.html(
      bookingsPage(
        page,
        world.listedBookings(account.username, now(), context.listLagMs),
        getCookie(c, FORGERY_COOKIE) ?? '',
        looks(c),
      ),
    )
  })

  app.get('/Booking/ChooseActivity', (c) => c.html(activitiesPage(frame(c, 'Attività', c.var.account.name))))

  app.get('/Booking/BookActivity', (c) => {
    const { account } = c.var
    const activityId = c.req.query('activityId') ?? ''
    return c.html(
      calendarPage(frame(c, 'Calendario', account.name), world, account, activityId, now(), looks(c)),
    )
  })

  app.get('/Booking/ConfirmActivityBooking', (c) => {
    const entry = world.find(c.req.query('appointmentID') ?? '')
    if (!entry) return c.redirect(`${root}/Booking`)
    return c.req.header('x-requested-with')
      ? c.html(confirmPart(entry))
      : c.html(confirmPage(frame(c, 'Conferma', c.var.account.name), entry))
  })

  app.post('/Booking/GetActivitySchedule', async (c) => {
    const form = await c.req.parseBody()
    const date = String(form.currentDate ?? '')
    if (!/^\d{4}-\d\d-\d\d$/.test(date)) return c.json({ status: 'ERROR', error_message: 'Data non valida.' })
    if (looks(c).changed) return c.json({ status: 'OK', result: { rows: [] } })
    const text = scheduleJson(world, c.var.account, String(form.activityID ?? ''), date, now(), context)
    return c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' })
  })

  app.post('/Booking/BookAppointment', async (c) => {
    const { account } = c.var
    const about = { username: account.username, path: c.req.path }
    const form = await c.req.parseBody()
    const id = String(form.appointmentID ?? '')
    const entry = world.find(id)
    if (entry && faults.take('slot-taken', about)) world.change(entry, { taken: entry.capacity })
    const forced = faults.take(FORCED, about)
    const outcome = world.book(account.username, id, now(), forced?.kind as Refusal | undefined)
    if (outcome === 'accepted') {
      return c.json({
        status: 'OK',
        message: 'Prenotazione effettuata.',
        url: `${root}/Booking`,
        canBookAgain: true,
      })
    }
    return c.json({
      status: 'ERROR',
      message: forced?.text ?? context.texts[outcome] ?? REFUSALS[outcome],
      url: null,
      canBookAgain: false,
    })
  })

  app.post('/Booking/Agenda', async (c) => {
    const form = await c.req.parseBody()
    const expected = getCookie(c, FORGERY_COOKIE)
    if (!expected || String(form.__RequestVerificationToken) !== expected)
      return c.text('The required anti-forgery form field is not present.', 500)
    const done = world.cancel(c.var.account.username, String(form.key ?? ''), now())
    return c.json({
      message: done ? 'Prenotazione cancellata.' : 'La prenotazione non può essere cancellata.',
    })
  })

  app.notFound((c) => c.text(`Nothing here (${romeDate(now())})`, 404))
  return app
}

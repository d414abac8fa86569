import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { readConfig, type SettingName } from '../../platform/config.ts'
import { traceId } from '../../platform/id.ts'
import { textsIn } from '../../texts/index.ts'
import { adminPage } from '../admin/admin.tsx'
import { NotFoundPage } from '../errors.tsx'
import { framedHeaders } from '../headers.ts'
import { secretIn } from '../push/push-cookie.ts'
import { readSite, type WebDeps } from '../site.ts'
import { isOwnForm, isOwnOrigin, readForm, readSession } from './app-session.ts'
import { entry } from './entry.tsx'
import { provincePage } from './followed-province.tsx'
import { provincesPage } from './followed-provinces.tsx'
import { dataPage } from './personal-data-page.tsx'
import { preferencesPage } from './preferences-page.tsx'
import { sportPages, sportTab } from './sport/sport-pages.ts'
import { TooManyPage } from './too-many.tsx'
import { type AppSettings, type AppTypes, readVisit, type Tab } from './visit.ts'
import { whyPage } from './why-page.tsx'

/** Forms are small, but for one that takes a picture. */
const MAX_FORM_BYTES = 64 * 1024
const MAX_PICTURE_BYTES = 6 * 1024 * 1024
const PICTURE_FORM = '/app/sport/account'

const atMost = (maxSize: number) => bodyLimit({ maxSize, onError: (c) => c.text('', 413) })
const [small, withPicture] = [atMost(MAX_FORM_BYTES), atMost(MAX_PICTURE_BYTES)]

const SETTINGS = [
  'TELEGRAM_BOT_TOKEN',
  'ENCRYPTION_KEY',
  'ADMIN_IDS',
  'SPORT_USER_IDS',
  'PUBLIC_URL',
  'PORTAL_ORIGIN',
] as const satisfies SettingName[]

const everyone = () => true

const noStore = createMiddleware(async (c, next) => {
  await next()
  c.header('Cache-Control', 'no-store')
})

/** The app's sections in order: a new one needs a tab here, and its pages mounted below. */
const TABS: readonly Tab[] = [
  { path: '/app/province', label: (t) => t.tabs.provinces, visible: everyone },
  sportTab,
  { path: '/app/preferenze', label: (t) => t.tabs.preferences, visible: everyone },
  { path: '/app/dati', label: (t) => t.tabs.data, visible: everyone },
  { path: '/admin', label: (t) => t.tabs.admin, visible: (who) => who.isAdmin },
]

/**
 * The Mini App: settings that the chat has too, on pages for the person whom Telegram vouches for. Every page needs a
 * session; every form comes from our own origin with the session's token. A body is read last: of those only who may send it.
 */
export function miniApp({ clock, pollNow }: WebDeps) {
  const app = new Hono<AppTypes>()
  const settings = (env: AppTypes['Bindings']): AppSettings => readConfig(env, SETTINGS)

  /** Lets a session's owner in, within their rate limit. Nothing of the body is read yet. */
  const signedIn = createMiddleware<AppTypes>(async (c, next) => {
    const now = clock.now()
    const config = settings(c.env)
    const session = await readSession(c, config.ENCRYPTION_KEY, config.TELEGRAM_BOT_TOKEN, now)
    if (!session) {
      // A browser that gets Web Push opens a new visit by itself.
      if (c.req.method === 'GET' && secretIn(c) !== undefined)
        return c.redirect(`/push/apri?to=${c.req.path.split('/').at(-1)}`, 303)
      const wanted = encodeURIComponent(c.req.path.replace(/^\/(app\/)?/, ''))
      return c.redirect(`/app?to=${wanted}`, 303)
    }
    if (c.req.method === 'POST' && !isOwnOrigin(c, config.PUBLIC_URL))
      return c.text(textsIn(session.language).app.refused, 403)
    c.set('visit', await readVisit(c, session, { settings: config, tabs: TABS, now, trace: traceId() }))
    if (c.get('visit').refused)
      return c.html(<TooManyPage visit={c.get('visit')} />, 429, { 'Retry-After': '60' })
    await next()
  })

  const bounded = createMiddleware<AppTypes>((c, next) => {
    const takesPicture = c.req.path === PICTURE_FORM && c.get('visit').maySport
    return (takesPicture ? withPicture : small)(c, next)
  })

  /** Takes forms that carry the session's own token, no others. */
  const ownForm = createMiddleware<AppTypes>(async (c, next) => {
    if (c.req.method === 'POST') {
      const { session, texts } = c.get('visit')
      const form = await readForm(c)
      if (!form || !(await isOwnForm(session, form))) return c.text(texts.refused, 403)
      c.set('form', form)
    }
    await next()
  })
  const guards = [signedIn, bounded, ownForm] as const

  app.use('/app/*', framedHeaders, noStore)
  app.route('/', entry({ now: clock.now, settings }))
  app.use('/app/*', ...guards)
  app.use('/admin', framedHeaders, noStore, ...guards)
  app.route('/', provincesPage)
  app.route('/', whyPage)
  app.route('/', provincePage({ pollNow }))
  app.route('/', sportPages)
  app.route('/', preferencesPage)
  app.route('/', dataPage)
  app.route('/', adminPage())
  app.all('/app/*', (c) => c.html(<NotFoundPage site={readSite(c, clock.now())} />, 404))
  return app
}

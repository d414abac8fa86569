import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { provinceByCode } from '../../passport/provinces/provinces.ts'
import { textsIn } from '../../texts/index.ts'
import { botLinks } from '../bot-link.ts'
import { Document } from '../document.tsx'
import { readSite } from '../site.ts'
import { isOwnOrigin, openSession, readForm, readSession } from './app-session.ts'
import { readInitData } from './init-data.ts'
import type { AppSettings, AppTypes } from './visit.ts'

/** What Telegram signs is one or two KB; who hands it in is not known yet. */
export const MAX_OPENING_BYTES = 16 * 1024

/**
 * The page that an opening leads to: the section in the button's address (`/app?to=sport/account`), or the province in
 * a link to the app (`startapp=TO`); always a page of ours.
 */
function destination(to: string, startParam: string | undefined): string {
  if (to === 'admin') return '/admin'
  if (/^[a-z][\w-]*(\/[\w-]+)*$/i.test(to)) return `/app/${to}`
  const province = startParam === undefined ? undefined : provinceByCode(startParam)
  return province ? `/app/province/${province.code}` : '/app/province'
}

/**
 * The way in. Telegram opens `/app` with its signed data after the `#`, which only the page's script can read: it posts
 * them, gets a session cookie, and continues. The page itself contains no person's data, so that a second Telegram
 * account on the same phone never sees the first one's.
 */
export function entry(options: { now: () => number; settings: (env: AppTypes['Bindings']) => AppSettings }) {
  const botLink = botLinks()
  return new Hono<AppTypes>()
    .get('/app', async (c) => {
      const site = readSite(c, options.now())
      const t = textsIn(site.language).app
      const bot = await botLink(c, site.now)
      return c.html(
        <Document site={site} title={t.name} scripts={['page-app.js']} hidden>
          <main id="content" class="app entry">
            <h1>{t.name}</h1>
            <p
              id="message"
              role="status"
              data-outside={t.openInTelegram}
              data-other={t.otherUser('{before}', '{now}')}
              data-expired={t.expired}
              data-blocked={t.blocked}
              data-failed={t.failed}
            >
              {t.opening}
            </p>
            <p id="change" class="actions" data-change={t.changeUser('{now}')} hidden>
              <button type="button"></button>
              <a class="button quiet" href="/app/province">
                {t.stayUser}
              </a>
            </p>
            <noscript>
              <p>{t.noScript}</p>
            </noscript>
            {bot ? (
              <p>
                <a href={bot()}>{t.toBot}</a>
              </p>
            ) : null}
          </main>
        </Document>,
      )
    })
    .use('/app/session', async (c, next) => {
      if (!isOwnOrigin(c, options.settings(c.env).PUBLIC_URL)) return c.json({ reason: 'forged' }, 403)
      return next()
    })
    .post(
      '/app/session',
      bodyLimit({ maxSize: MAX_OPENING_BYTES, onError: (c) => c.text('', 413) }),
      async (c) => {
        const { TELEGRAM_BOT_TOKEN, ENCRYPTION_KEY } = options.settings(c.env)
        const form = await readForm(c)
        const now = options.now()
        const read = await readInitData(String(form?.get('initData') ?? ''), TELEGRAM_BOT_TOKEN, now)
        if (!read.ok) return c.json({ reason: read.reason }, 401)
        const { userId, name, languageCode, startParam } = read.opening
        const before = await readSession(c, ENCRYPTION_KEY, TELEGRAM_BOT_TOKEN, now)
        // A link can carry another person's init data: a person with a session is asked before the user changes.
        if (before && before.userId !== userId && form?.get('change') !== String(userId))
          return c.json({ reason: 'other-user', before: before.name, now: name, change: userId }, 409)
        const theme = form?.get('theme')
        await openSession(
          c,
          ENCRYPTION_KEY,
          TELEGRAM_BOT_TOKEN,
          {
            userId,
            name,
            language: languageCode?.toLowerCase().startsWith('it') === false ? 'en' : 'it',
            ...((theme === 'light' || theme === 'dark') && { theme }),
          },
          now,
        )
        return c.json({ next: destination(String(form?.get('to') ?? ''), startParam) })
      },
    )
}

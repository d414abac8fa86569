import { Hono } from 'hono'
import { connect } from '../db/database.ts'
import { StoreError } from '../db/store-error.ts'
import { NO_FILTER } from '../passport/follow/slot-filter.ts'
import { type ProvinceForecast, readForecast } from '../passport/history/forecast-words.ts'
import { searchProvinces } from '../passport/provinces/place-search.ts'
import { provinceByCode } from '../passport/provinces/provinces.ts'
import { readConfig } from '../platform/config.ts'
import { describeError, log } from '../platform/log.ts'
import { MINUTE, SECOND } from '../platform/time.ts'
import { miniApp } from './app/app.tsx'
import { assetFiles } from './assets.ts'
import { botLinks } from './bot-link.ts'
import { BrokenPage, NotFoundPage } from './errors.tsx'
import { answerWithETag } from './etag.ts'
import { publicHeaders } from './headers.ts'
import { readStatus, type Status } from './info/service-status.ts'
import { StatusPage } from './info/status-page.tsx'
import { TextPage } from './info/text-page.tsx'
import { type Overview, readOverview } from './map/availability.ts'
import { MapPage, SearchPage } from './map/map-page.tsx'
import { mapView } from './map/view.ts'
import { keepAliveOf, memo } from './memo.ts'
import { openingEntries } from './opening-entries.ts'
import { type History, type ProvinceNow, readHistory, readProvinceNow } from './province/province-data.ts'
import { Panel, ProvincePage } from './province/province-page.tsx'
import { pushKey, pushRoutes } from './push/push-routes.ts'
import { inLanguage, readSite, type WebContext, type WebDeps, type WebTypes } from './site.ts'

/** Pages differ by language; a visitor's browser may show one again for a moment without asking. */
const BRIEFLY = 'public, max-age=5'

/**
 * Headers of a page that search engines may list: they are told of its languages, by whole addresses as they ask for; at
 * the page's own address the browser chooses.
 */
function listed(c: WebContext): void {
  // Without the query: it changes nothing here, and a header should not grow with what somebody sends.
  const site = { ...c.get('site'), path: c.req.path }
  const addresses = { it: inLanguage(site, 'it'), en: inLanguage(site, 'en'), 'x-default': site.path }
  c.header('Cache-Control', BRIEFLY)
  c.header(
    'Link',
    Object.entries(addresses)
      .map(([language, path]) => `<${site.origin}${path}>; rel="alternate"; hreflang="${language}"`)
      .join(', '),
  )
}

/**
 * The public pages and the Mini App. Mount it last: it answers everything that nobody else did, with its own "not found".
 */
export function web({ clock, pollNow }: WebDeps) {
  const overviews = memo<Overview>(5 * SECOND, 1)
  const provinces = memo<ProvinceNow>(5 * SECOND, 107)
  const histories = memo<History>(5 * MINUTE, 107)
  const forecasts = memo<ProvinceForecast>(5 * MINUTE, 107)
  const botLink = botLinks()
  const statuses = memo<Status>(15 * SECOND, 1)
  const app = new Hono<WebTypes>()

  app.route('/', miniApp({ clock, pollNow }))
  app.use(publicHeaders)
  app.use(async (c, next) => {
    c.set('site', readSite(c, clock.now()))
    c.header('Vary', 'Accept-Language')
    await next()
  })

  app.route('/', pushRoutes({ clock, pollNow }))

  const overview = (c: WebContext) => {
    const { now } = c.get('site')
    return overviews('italy', now, () => readOverview(connect(c.env.DB), now), keepAliveOf(c))
  }
  const provinceNow = (c: WebContext, code: string) => {
    const { now } = c.get('site')
    return provinces(code, now, () => readProvinceNow(connect(c.env.DB), code, now), keepAliveOf(c))
  }

  app.get('/', async (c) => {
    const site = c.get('site')
    listed(c)
    const [italy, bot] = await Promise.all([overview(c), botLink(c, site.now)])
    return c.html(<MapPage site={site} view={mapView(site, italy)} bot={bot} />)
  })

  app.get('/map.json', async (c) => {
    const site = c.get('site')
    c.header('Cache-Control', 'public, no-cache')
    c.header('X-Server-Time', String(site.now))
    const view = mapView(site, await overview(c))
    return answerWithETag(c, JSON.stringify(view), 'application/json; charset=utf-8')
  })

  app.get('/cerca', (c) => {
    const site = c.get('site')
    const query = (c.req.query('q') ?? '').trim().slice(0, 100)
    const found = searchProvinces(query)
    const [only] = found
    if (only && found.length === 1) return c.redirect(site.href(`/p/${only.code}`), 303)
    return c.html(<SearchPage site={site} query={query} found={found} />)
  })

  app.get('/p/:code/adesso', async (c, next) => {
    const site = c.get('site')
    const province = provinceByCode(c.req.param('code'))
    if (!province) return next()
    const [now, bot] = await Promise.all([provinceNow(c, province.code), botLink(c, site.now)])
    c.header('Cache-Control', BRIEFLY)
    const { PORTAL_ORIGIN } = readConfig(c.env, ['PORTAL_ORIGIN'])
    return c.html(<Panel site={site} province={province} now={now} portal={PORTAL_ORIGIN} bot={bot} />)
  })

  app.get('/p/:code', async (c, next) => {
    const site = c.get('site')
    const province = provinceByCode(c.req.param('code'))
    if (!province) return next()
    if (c.req.param('code') !== province.code) return c.redirect(site.href(`/p/${province.code}`), 301)
    const [now, bot, history, forecast] = await Promise.all([
      provinceNow(c, province.code),
      botLink(c, site.now),
      histories(
        province.code,
        site.now,
        () => readHistory(connect(c.env.DB), province.code, site.now),
        keepAliveOf(c),
      ),
      forecasts(
        province.code,
        site.now,
        () => readForecast(connect(c.env.DB), NO_FILTER, province.code, site.now),
        keepAliveOf(c),
      ),
    ])
    listed(c)
    const { PORTAL_ORIGIN } = readConfig(c.env, ['PORTAL_ORIGIN'])
    return c.html(
      <ProvincePage
        site={site}
        province={province}
        now={now}
        history={history}
        forecast={forecast}
        portal={PORTAL_ORIGIN}
        bot={bot}
        publicKey={pushKey(c.env)}
      />,
    )
  })

  app.get('/come-funziona', async (c) => {
    const site = c.get('site')
    const bot = await botLink(c, site.now)
    listed(c)
    return c.html(<TextPage site={site} text="how" bot={bot} />)
  })

  app.get('/privacy', (c) => {
    listed(c)
    return c.html(<TextPage site={c.get('site')} text="privacy" />)
  })

  app.get('/stato', async (c) => {
    const site = c.get('site')
    const status = await statuses(
      'all',
      site.now,
      () => readStatus(connect(c.env.DB), site.now),
      keepAliveOf(c),
    )
    listed(c)
    return c.html(<StatusPage site={site} status={status} />)
  })

  app.route('/', openingEntries)
  app.route('/', assetFiles)
  app.all('*', (c) => c.html(<NotFoundPage site={c.get('site')} />, 404))
  app.onError((error, c) => {
    log('error', 'page-failed', { path: c.req.path, error: describeError(error) })
    const storeIsDown = StoreError.is(error)
    if (storeIsDown) c.header('Retry-After', '30')
    return c.html(<BrokenPage site={c.get('site') ?? readSite(c, clock.now())} />, storeIsDown ? 503 : 500)
  })
  return app
}

import { Hono } from 'hono'
import { readFollowStatus } from '../../passport/follow/follow-status.ts'
import { searchPlaces } from '../../passport/provinces/place-search.ts'
import { provinceName } from '../../passport/provinces/provinces.ts'
import { romeTime } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { Ago } from '../ago-time.tsx'
import { isCurrent, levelOf, readOverview } from '../map/availability.ts'
import { Italy, Legend } from '../map/italy.tsx'
import { ProvinceSearch } from '../map/province-search.tsx'
import { mapView } from '../map/view.ts'
import { AppPage } from './app-page.tsx'
import type { AppTypes } from './visit.ts'

/** How often the list is read again. */
const LIVE_SECONDS = 10

/** The provinces that the person follows, and the map to follow more. */
export const provincesPage = new Hono<AppTypes>().get('/app/province', async (c) => {
  const visit = c.get('visit')
  const { site, texts, db, chat } = visit
  const [{ provinces }, overview] = await Promise.all([
    readFollowStatus(db, chat.id, site.now),
    readOverview(db, site.now),
  ])
  const t = texts.provinces
  const { booked, dates } = textsIn(site.language)
  const query = (c.req.query('q') ?? '').trim().slice(0, 100)
  const found = [...new Set(searchPlaces(query).map(({ province }) => province))]
  const [only] = found
  if (only && found.length === 1) return c.redirect(`/app/province/${only.code}`, 303)
  const followed = new Set(provinces.map((province) => province.code))
  return c.html(
    <AppPage visit={visit} title={t.title} live={LIVE_SECONDS}>
      <h1>{t.title}</h1>
      <div id="live">
        {provinces.length === 0 ? (
          <p class="empty">{t.none}</p>
        ) : (
          <ul class="group rows">
            {provinces.map((one) => {
              const places = one.open
                .flatMap((office) => office.slots)
                .reduce((sum, slot) => sum + slot.places, 0)
              const level = levelOf({ watched: true, lastReadAt: one.lastReadAt, places }, site.now)
              const muted = one.mutedUntil !== null && one.mutedUntil > site.now
              return (
                <li>
                  <a href={`/app/province/${one.code}`}>
                    <b>{provinceName(one.code)}</b>
                    <span class={places > 0 ? 'places' : 'soft'}>
                      {isCurrent(level) && places > 0
                        ? site.texts.places(places)
                        : site.texts.map.levels[level]}
                    </span>
                    <span class="detail">
                      {one.lastReadAt === null ? (
                        t.neverRead
                      ) : (
                        <>
                          {site.texts.province.lastRead} <Ago site={site} at={one.lastReadAt} />
                        </>
                      )}
                      {muted && ` · ${t.mutedUntil(romeTime(one.mutedUntil ?? 0))}`}
                      {one.bookedDate !== null &&
                        ` · ${one.bookedDate === '' ? booked.statusStopped : booked.statusKept(dates.full(one.bookedDate))}`}
                    </span>
                  </a>
                </li>
              )
            })}
          </ul>
        )}
      </div>
      {provinces.length > 0 && (
        <ul class="group rows after">
          <li>
            <a href="/app/province/perche">
              <b>{t.why}</b>
            </a>
          </li>
        </ul>
      )}
      <section aria-labelledby="map">
        <h2 id="map">{t.mapHeading}</h2>
        <ProvinceSearch
          site={site}
          action="/app/province"
          query={query}
          problem={query !== '' && found.length === 0 ? site.texts.map.searchNone(query) : undefined}
        />
        {found.length > 1 && (
          <>
            <p role="status">{site.texts.map.searchMany(query)}</p>
            <ul class="group rows">
              {found.map(({ code, name, region }) => (
                <li>
                  <a href={`/app/province/${code}`}>
                    <b>{name}</b> <span class="soft">{region}</span>
                  </a>
                </li>
              ))}
            </ul>
          </>
        )}
        <p class="soft">{t.mapHint}</p>
        <div class="chart">
          <nav aria-label={site.texts.map.mapLabel}>
            <Italy
              site={site}
              view={mapView(site, overview)}
              link={(code) => `/app/province/${code}`}
              marked={{ codes: followed, label: t.followed }}
            />
          </nav>
          <Legend site={site} />
        </div>
      </section>
    </AppPage>,
  )
})

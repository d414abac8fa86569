import { forecastWords, type ProvinceForecast } from '../../passport/history/forecast-words.ts'
import { medianOf, survival } from '../../passport/history/survival.ts'
import type { OpenOffice } from '../../passport/open-slots.ts'
import { BOOKING_PATH } from '../../passport/portal/portal-client.ts'
import type { Province } from '../../passport/provinces/provinces.ts'
import { duration } from '../../platform/duration.ts'
import { textsIn } from '../../texts/index.ts'
import { Ago } from '../ago-time.tsx'
import type { BotLink } from '../bot-link.ts'
import { Page } from '../document.tsx'
import { PushSection } from '../push/push-section.tsx'
import type { Site } from '../site.ts'
import { longDay, percent, shortDay, weekdayNames } from '../words.ts'
import { HoursChart, LifetimeChart, WeeksChart } from './charts.tsx'
import type { History, ProvinceNow } from './province-data.ts'
import { bestTime, ENOUGH, perWeek, weekGrid } from './statistics.ts'

/** Times of one office that a page shows; the portal shows all. */
const MOST_SLOTS = 24

interface NowProps {
  site: Site
  province: Province
  now: ProvinceNow
  portal: string
  bot: BotLink | null
}

const Office = ({ site, office }: { site: Site; office: OpenOffice }) => {
  const t = site.texts
  const shown = office.slots.slice(0, MOST_SLOTS)
  const days = [...new Set(shown.map((slot) => slot.date))]
  const total = office.slots.reduce((sum, slot) => sum + slot.places, 0)
  return (
    <li class="office">
      <h3>{office.name}</h3>
      <p class="soft">
        {[office.address, office.city].filter(Boolean).join(', ')}
        {office.bookableFrom &&
          ` · ${t.province.bookableFrom(textsIn(site.language).dates.from(office.bookableFrom))}`}
      </p>
      <p class="places">{t.places(total)}</p>
      <dl class="slots">
        {days.map((date) => (
          <div>
            <dt>{shortDay(site.language, date)}</dt>
            <dd>
              <ul>
                {shown
                  .filter((slot) => slot.date === date)
                  .map((slot) => (
                    <li>
                      {slot.time}
                      {slot.places > 1 && <small> ×{slot.places}</small>}
                    </li>
                  ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
      {office.slots.length > shown.length && (
        <p class="soft">{t.province.moreSlots(office.slots.length - shown.length)}</p>
      )}
    </li>
  )
}

/** The free slots of a province, and the buttons: on its page, and in the map's panel. */
export const Now = ({ site, province, now, portal, bot }: NowProps) => {
  const t = site.texts.province
  return (
    <>
      {now.level !== 'unwatched' && now.lastReadAt !== null && (
        <p class="soft">
          {t.lastRead} <Ago site={site} at={now.lastReadAt} />
        </p>
      )}
      {now.level === 'unwatched' && <p class="empty">{t.unwatched}</p>}
      {now.level === 'stale' && <p class="empty">{t.stale}</p>}
      {now.level === 'none' && <p class="empty">{t.none}</p>}
      <p class="actions">
        {bot && (
          <a class="button" href={bot(province.code)} rel="noopener">
            {site.texts.subscribe}
          </a>
        )}
        {now.offices.length > 0 && (
          <a href={`${portal}${BOOKING_PATH}`} rel="noopener noreferrer">
            {t.portal}
          </a>
        )}
      </p>
      {now.offices.length > 0 && (
        <ul class="offices">
          {now.offices.map((office) => (
            <Office site={site} office={office} />
          ))}
        </ul>
      )}
    </>
  )
}

/** The content of the map's panel after a tap on a tile. */
export const Panel = (props: NowProps) => (
  <>
    <p class="soft">{props.province.region}</p>
    <h2 id="panel-name">{props.province.name}</h2>
    <Now {...props} />
    <p>
      <a href={props.site.href(`/p/${props.province.code}`)}>{props.site.texts.map.more}</a>
    </p>
  </>
)

const HistorySection = ({ site, history }: { site: Site; history: History }) => {
  const t = site.texts.province
  const total = history.freed.reduce((sum, one) => sum + one.count, 0)
  if (total < ENOUGH) {
    return (
      <section aria-labelledby="history">
        <h2 id="history">{t.history}</h2>
        <p class="empty">{t.tooLittle}</p>
      </section>
    )
  }
  const grid = weekGrid(history.freed)
  const best = bestTime(grid)
  const steps = survival(history.lifetimes)
  const median = medianOf(steps)
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t.history}</h2>
      <p class="soft">{t.window}</p>
      {best && (
        <p class="finding">
          {t.bestTime(
            typeof best.days === 'number'
              ? t.onDay(weekdayNames(site.language, 'long')[best.days] ?? '')
              : t.onDays[best.days],
            best.from,
            best.to,
            percent(site.language, best.share),
          )}
        </p>
      )}
      <div class="charts">
        <section class="wide">
          <h3>{t.hoursHeading}</h3>
          <HoursChart site={site} grid={grid} best={best} />
        </section>
        <section>
          <h3>{t.lifetimeHeading}</h3>
          <p>{median === null ? t.medianNever : t.median(duration(site.language, median))}</p>
          <LifetimeChart site={site} steps={steps} />
        </section>
        <section>
          <h3>{t.weeksHeading}</h3>
          <WeeksChart site={site} weeks={perWeek(history.freed, history.since, site.now)} />
        </section>
      </div>
      <p class="soft method">{t.method}</p>
    </section>
  )
}

/** One province: its free slots, and statistics of when to look. */
export const ProvincePage = ({
  history,
  forecast,
  publicKey,
  ...props
}: NowProps & {
  history: History
  forecast: ProvinceForecast
  /** Our key of Web Push; undefined: it is off. */
  publicKey: string | undefined
}) => {
  const { site, province } = props
  const t = site.texts.province
  const first = props.now.offices[0]?.slots[0]?.date
  return (
    <Page
      site={site}
      title={t.title(province.name)}
      description={t.description(province.name)}
      scripts={[publicKey === undefined ? 'page-ago.js' : 'page-push.js']}
    >
      <article class="province">
        <p class="crumbs">
          <a href={site.href('/')}>{t.breadcrumb}</a> <span aria-hidden="true">›</span> {province.region}
        </p>
        <h1>{province.name}</h1>
        <section aria-labelledby="now">
          <h2 id="now">
            {t.openHeading}
            {first && <small> {site.texts.map.from(longDay(site.language, first))}</small>}
          </h2>
          <Now {...props} />
          {publicKey !== undefined && <PushSection site={site} province={province} publicKey={publicKey} />}
        </section>
        <section aria-labelledby="forecast">
          <h2 id="forecast">{textsIn(site.language).forecast.heading}</h2>
          {forecastWords(site.language, forecast, false).map((line) => (
            <p>{line}</p>
          ))}
          <HistorySection site={site} history={history} />
        </section>
      </article>
    </Page>
  )
}
